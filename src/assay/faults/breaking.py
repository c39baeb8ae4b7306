"""Faults, each from its beginning to its end: injected, seen to bite, undone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from assay.faults.harms import Blunt, Harm

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
    missed: str = ""
    """Why it did not, where that is known."""


@dataclass(frozen=True)
class Awaited:
    """What is waited for before harm is done."""

    name: str
    comes: Callable[[], Awaitable[None]]
    within_s: float
    """Then it is too late for harm."""


@dataclass(frozen=True)
class Stroke:
    """Harm to be done: when, from the beginning of the block, and for how long."""

    harm: Harm
    at_s: float
    for_s: float
    moment: Awaited | None = None
    """After `at_s`, when this comes."""


async def broken_beside(
    load: Callable[[Callable[[int], None]], Awaitable[T]], strokes: Sequence[Stroke]
) -> tuple[T, list[Broken]]:
    """Run a load, and do harm beside it, stroke by stroke; gives both when all is healed.

    `load` is given what it must tell the beginning of its block to, in ns since 1970. A stroke
    whose time has come before the last one was healed is left out. Raises what the load and the
    harm do.
    """
    begins: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def breaking() -> list[Broken]:
        begun_ns = await begins
        done: list[Broken] = []
        for stroke in strokes:
            wait_s = (begun_ns - time.time_ns()) / 1e9 + stroke.at_s
            if wait_s < 0 and done:
                continue
            await asyncio.sleep(wait_s)
            done.append(await _struck(stroke))
        return done

    beside = asyncio.create_task(breaking())
    try:
        result = await load(begins.set_result)
    except BaseException:
        beside.cancel()
        await asyncio.wait([beside])
        raise
    return result, await beside


async def _struck(stroke: Stroke) -> Broken:
    harm, moment = stroke.harm, stroke.moment
    if moment is not None:
        try:
            async with asyncio.timeout(max(0.0, moment.within_s)):
                await moment.comes()
        except TimeoutError:
            now_ns = time.time_ns()
            missed = f"{moment.name} did not come within {moment.within_s:.3g} s"
            return Broken(harm.kind, harm.target, now_ns, now_ns, now_ns, bit="", missed=missed)
    return await _done_and_undone(harm, stroke.for_s)


async def _done_and_undone(harm: Harm, for_s: float) -> Broken:
    """Until all is ready again."""
    began_unix_ns = time.time_ns()
    bit = missed = ""
    try:
        try:
            bit = await harm.begin()
        except Blunt as blunt:
            missed = str(blunt)
        await asyncio.sleep(for_s)
    except BaseException:
        harm.drop()
        raise
    undone_unix_ns = time.time_ns()
    bit = await harm.end() or bit
    healed_unix_ns = time.time_ns()
    return Broken(
        harm.kind, harm.target, began_unix_ns, undone_unix_ns, healed_unix_ns, bit, missed
    )
