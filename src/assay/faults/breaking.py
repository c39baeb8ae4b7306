"""One fault, from its beginning to its end: injected, seen to bite, undone.

What is broken is a process that assay started, and nothing else. A killed process is started
again where it was; a frozen one goes on. Where the load ends early a frozen process goes on first,
and a killed one is left to whoever stops the system; where assay itself is killed, the kernel
kills what it started, frozen or not.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from assay.systems import System

Kind = Literal["kill", "freeze"]
T = TypeVar("T")


@dataclass(frozen=True)
class Broken:
    """What was done. Times in ns since 1970."""

    kind: Kind
    process: str
    began_unix_ns: int
    healed_unix_ns: int
    bit: str
    """What shows that it bit; empty where nothing does."""


async def broken_beside(
    load: Callable[[Callable[[int], None]], Awaitable[T]],
    system: System,
    variant: str,
    kind: Kind,
    process: str,
    after_s: float,
    for_s: float,
) -> tuple[T, Broken]:
    """Run a load, and break a process beside it; gives both when all is healed.

    `load` is given what it must tell the beginning of its block to, in ns since 1970. The process
    is broken `after_s` later, and healed `for_s` after that. Raises UnknownName, SystemDown,
    StartFailed, and what the load raises.
    """
    begins: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def breaking() -> Broken:
        await asyncio.sleep((await begins - time.time_ns()) / 1e9 + after_s)
        return await _broken_and_healed(system, variant, kind, process, for_s)

    beside = asyncio.create_task(breaking())
    try:
        result = await load(begins.set_result)
    except BaseException:
        beside.cancel()
        await asyncio.wait([beside])
        raise
    return result, await beside


async def _broken_and_healed(
    system: System, variant: str, kind: Kind, process: str, for_s: float
) -> Broken:
    """Until it is ready again."""
    began_unix_ns = time.time_ns()
    if kind == "kill":
        bit = await system.kill(variant, process)
        await asyncio.sleep(for_s)
        await system.revive(variant, process)
    else:
        try:
            bit = await system.freeze(variant, process)
            await asyncio.sleep(for_s)
        finally:
            system.thaw(variant, process)
    return Broken(kind, process, began_unix_ns, time.time_ns(), bit)
