"""Starts a stack, has a command of it done and waits to be killed: STACK LOG_DIR PROCESS COMMAND"""

import asyncio
import sys
from pathlib import Path

from assay.systems import LocalSystem, read_stack


async def main(stack: str, log_dir: str, process: str, command: str) -> None:
    async with LocalSystem(read_stack(Path(stack)), {"only": {}}, Path(log_dir)) as system:
        await system.up(["only"])
        await system.do("only", process, command)
        print("done", flush=True)
        await asyncio.sleep(600)


asyncio.run(main(*sys.argv[1:]))
