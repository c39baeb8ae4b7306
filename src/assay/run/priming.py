"""Load by users, window after window, until a system and its caches are steady."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from statistics import median

from assay._engine import Feed
from assay.evidence.counters import Counted, rise
from assay.load.generator import run_block
from assay.load.spec import BlockSpec
from assay.run.counters import Reading
from assay.verdicts import Window, filled, primed

WINDOW_S = 4.0


@dataclass(frozen=True)
class Priming:
    """What comes before the warm-up at the workload's own rate."""

    by: str
    """Whose load it is: `users`, `its rate`."""
    window: BlockSpec
    """Of `WINDOW_S`."""
    feeds: Mapping[str, Feed]
    limit_s: float
    metrics: tuple[str, ...]
    """That must be steady too."""


@dataclass(frozen=True)
class Primed:
    """How it ended."""

    windows: tuple[Window, ...]
    seconds: float

    @property
    def steady(self) -> bool:
        return primed(self.windows)


async def prime(
    priming: Priming,
    predicted: Mapping[str, float],
    seed_of: Callable[[int], int],
    read: Callable[[], Awaitable[Reading]],
    tell: Callable[[Window | None], None],
    check: Callable[[], None],
    clock: Callable[[], float] = time.monotonic,
) -> Primed:
    """Until the medians and the metrics of the last windows agree, or `limit_s` have passed.

    Metrics also reach what is `predicted` of them by the workload; a cache that never does is
    measured as it is, at the limit.
    Each window replays a request sequence of its own, of the seed that `seed_of` gives for its
    number. `read` reads the metrics that must be steady; `tell` is told the window before.
    """
    begun = clock()
    windows: list[Window] = []
    while clock() - begun < priming.limit_s:
        if primed(windows) and filled(windows, predicted):
            break
        tell(windows[-1] if windows else None)
        spec = replace(priming.window, seed=seed_of(len(windows)))
        before = await read()
        result = await run_block(spec, priming.feeds, check=check)
        after = await read()
        medians = [part.median_us for part in result.slices if part.completed]
        windows.append(
            Window(
                median(medians) if medians else math.inf,
                {name: _share(before[name], after[name]) for name in before},
            )
        )
    return Primed(tuple(windows), clock() - begun)


def _share(before: Counted | None, after: Counted | None) -> float | None:
    part, whole = rise(before, after) or (0.0, 0.0)
    return part / whole if whole else None
