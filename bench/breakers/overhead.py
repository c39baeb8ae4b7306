"""What a call through a breaker takes longer than the bare call, ours beside the others'."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence

from bench.breakers.library import Guarded, Wanted
from bench.figures import ratio

CALLS = 5_000
"""Of each library in each round."""
ROUNDS = 15
PATIENT = Wanted(wait_s=60.0)

Timed = Callable[[], float]
"""Seconds for CALLS calls."""


def main(libraries: Sequence[type[Guarded]]) -> None:
    """Print µs per call, medians of rounds in turn, and the ratios theirs / ours."""
    print(f"\noverhead of a call that goes well, 1 thread, {ROUNDS} rounds of {CALLS:,} in turn")
    print(f"  {'':<16}{'blocking µs':>12}{'  x ours':<22}{'task µs':>10}{'  x ours':<22}")
    blocking, tasks = _rounds(libraries, _blocking), _rounds(libraries, _tasks)
    ours = libraries[0]
    for library in libraries:
        print(f"  {library.package:<16}", end="")
        for rounds, width in ((blocking, 12), (tasks, 10)):
            theirs_us = statistics.median(rounds[library]) * 1e6
            against = ratio(rounds[library], rounds[ours])
            print(f"{theirs_us:>{width}.2f}  {against:<20}", end="")
        print()


def _rounds(
    libraries: Sequence[type[Guarded]], timed: Callable[[Guarded | None], Timed]
) -> dict[type[Guarded], list[float]]:
    """Seconds a call above the bare one, by library."""
    runs = {library: timed(library(PATIENT)) for library in libraries}
    bare = timed(None)
    found: dict[type[Guarded], list[float]] = {library: [] for library in libraries}
    for _ in range(ROUNDS):
        bare_s = bare()
        for library, run in runs.items():
            found[library].append((run() - bare_s) / CALLS)
    return found


def _blocking(guarded: Guarded | None) -> Timed:
    call: Callable[[], object] = guarded.guard(_nothing) if guarded else _nothing

    def run() -> float:
        began_s = time.perf_counter()
        for _ in range(CALLS):
            call()
        return time.perf_counter() - began_s

    return run


def _tasks(guarded: Guarded | None) -> Timed:
    call: Callable[[], Awaitable[object]]
    call = guarded.guard_async(_nothing_async) if guarded else _nothing_async

    async def run() -> float:
        began_s = time.perf_counter()
        for _ in range(CALLS):
            await call()
        return time.perf_counter() - began_s

    return lambda: asyncio.run(run())


def _nothing() -> None:
    pass


async def _nothing_async() -> None:
    pass
