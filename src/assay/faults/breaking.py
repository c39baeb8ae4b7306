"""One fault, from its beginning to its end: injected, seen to bite, undone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from assay.faults.harms import Harm

T = TypeVar("T")


@dataclass(frozen=True)
class Broken:
    """What was done. Times in ns since 1970."""

    kind: str
    target: str
    began_unix_ns: int
    undone_unix_ns: int
    """When undoing it began."""
    healed_unix_ns: int
    """When all was ready again."""
    bit: str
    """What shows that it bit; empty where nothing does."""


async def broken_beside(
    load: Callable[[Callable[[int], None]], Awaitable[T]],
    harm: Harm,
    after_s: float,
    for_s: float,
) -> tuple[T, Broken]:
    """Run a load, and do harm beside it; gives both when all is healed.

    `load` is given what it must tell the beginning of its block to, in ns since 1970. Harm is done
    `after_s` later, and undone `for_s` after that, or when the load ends early. Raises what the
    load and the harm do.
    """
    begins: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def breaking() -> Broken:
        await asyncio.sleep((await begins - time.time_ns()) / 1e9 + after_s)
        return await _done_and_undone(harm, for_s)

    beside = asyncio.create_task(breaking())
    try:
        result = await load(begins.set_result)
    except BaseException:
        beside.cancel()
        await asyncio.wait([beside])
        raise
    return result, await beside


async def _done_and_undone(harm: Harm, for_s: float) -> Broken:
    """Until all is ready again."""
    began_unix_ns = time.time_ns()
    try:
        bit = await harm.begin()
        await asyncio.sleep(for_s)
    except BaseException:
        harm.drop()
        raise
    undone_unix_ns = time.time_ns()
    bit = await harm.end() or bit
    return Broken(harm.kind, harm.target, began_unix_ns, undone_unix_ns, time.time_ns(), bit)
