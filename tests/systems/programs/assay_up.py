"""An assay process for tests to kill: `assay_up.py STACK LOGS`; says `up` and waits."""

import asyncio
import sys
from pathlib import Path

from assay.systems import LocalSystem, read_stack


async def main() -> None:
    async with LocalSystem(
        read_stack(Path(sys.argv[1])), {"only": {}}, Path(sys.argv[2])
    ) as system:
        await system.up(["only"])
        print("up", flush=True)
        await asyncio.sleep(600)


asyncio.run(main())
