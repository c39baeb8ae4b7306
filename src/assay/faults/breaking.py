"""One fault, from its beginning to its end: injected, seen to bite, undone.

What is broken is a process that assay started, and nothing else. A killed process is started
again where it was; a frozen one goes on. Both are undone however the block ends; and where assay
itself is killed, the kernel kills what it started, frozen or not.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Literal

from assay.systems import System

Kind = Literal["kill", "freeze"]


@dataclass(frozen=True)
class Broken:
    """What was done. Times in ns since 1970."""

    kind: Kind
    process: str
    began_unix_ns: int
    healed_unix_ns: int
    bit: str
    """What shows that it bit; empty where nothing does."""


async def broken_and_healed(
    system: System, variant: str, kind: Kind, process: str, after_s: float, for_s: float
) -> Broken:
    """Break a process in `after_s` seconds, and heal it `for_s` later; until it is ready again.

    Cancelled, it heals at once. Raises UnknownName, SystemDown, StartFailed.
    """
    await asyncio.sleep(after_s)
    began_unix_ns = time.time_ns()
    bit = ""
    try:
        if kind == "kill":
            bit = await system.kill(variant, process)
        else:
            bit = await system.freeze(variant, process)
        await asyncio.sleep(for_s)
    finally:
        if kind == "freeze":
            system.thaw(variant, process)
        else:
            await asyncio.shield(system.revive(variant, process))
    return Broken(kind, process, began_unix_ns, time.time_ns(), bit)
