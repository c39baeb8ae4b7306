"""When a system under load has become steady."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol

STEADY_SLICES = 3
STEADY_WIDTHS = (1, 4)
"""Slices to a stretch."""
STEADY_WITHIN = 1.05
LEVEL_WITHIN = 1.15
LEAST_S = 1.0
PRIMED_WITHIN = 1.10
"""Under as much load as it can take a system wobbles by 5%, and a compiler gains more than 10%."""
SHARES_WITHIN = 0.005
"""Half a point, which is what a few seconds of reads can tell apart."""
RISING = 1.05
FILLED_WITHIN = 0.01
"""A cache fills ever more slowly, and gains less than half a point in three windows long before it
is full. Where it is known what a full one does, it is full a point short of that."""


class TimeSlice(Protocol):
    """A short stretch of load; the engine's slices and the evidence's are such."""

    @property
    def at_s(self) -> float: ...
    @property
    def completed(self) -> int: ...
    @property
    def median_us(self) -> float: ...


@dataclass(frozen=True)
class Window:
    """Some seconds of load by users, with the metrics that were claimed of it."""

    median_us: float
    shares: Mapping[str, float | None]
    """Metric → what it was in this window; None where it could not be read."""


def primed(windows: Sequence[Window]) -> bool:
    """Whether the last three agree, and are no better than the three before them.

    Medians within 10%, and each share within half a point.
    """
    last = windows[-STEADY_SLICES:]
    before = windows[-2 * STEADY_SLICES : -STEADY_SLICES]
    if len(before) < STEADY_SLICES:
        return False
    medians = [window.median_us for window in last]
    if max(medians) > PRIMED_WITHIN * min(medians):
        return False
    # What a compiler still gains, it gains slowly.
    if min(window.median_us for window in before) > PRIMED_WITHIN * min(medians):
        return False
    for name in last[0].shares:
        shares = [share for window in last if (share := window.shares.get(name)) is not None]
        if len(shares) < STEADY_SLICES or max(shares) - min(shares) > SHARES_WITHIN:
            return False
    return True


def filled(windows: Sequence[Window], predicted: Mapping[str, float]) -> bool:
    """Whether the last three reach, on average, what the workload lets expect of each share."""
    for name, share in predicted.items():
        last = [window.shares.get(name) for window in windows[-STEADY_SLICES:]]
        known = [each for each in last if each is not None]
        if not known or sum(known) / len(known) < share - FILLED_WITHIN:
            return False
    return True


def level(slices: Sequence[TimeSlice]) -> bool:
    """Whether as much was completed in the second half of a block as in the first, within 15%."""
    half = len(slices) // 2
    first = sum(part.completed for part in slices[:half])
    second = sum(part.completed for part in slices[-half:]) if half else 0
    return first > 0 and 1 / LEVEL_WITHIN <= second / first <= LEVEL_WITHIN


def rising(done_per_s: Sequence[float]) -> bool:
    """Whether the last block did more than the two before it, by over 5%; with fewer nobody knows.

    Stretches of some seconds differ by more than that without any trend: then it takes a block or
    two longer.
    """
    if len(done_per_s) < STEADY_SLICES:
        return True
    *before, last = done_per_s[-STEADY_SLICES:]
    return last > RISING * sum(before) / len(before)


def steady_at(slices: Sequence[TimeSlice]) -> float | None:
    """The second, at least 1, at which three consecutive medians agreed within 5%.

    The time is the start of the last slice that was needed; None while the load is not steady. The
    medians are those of single slices, or of four together, where a noisy machine lets no three
    slices agree. A slice in which nothing was answered is never steady.
    """
    for last in range(len(slices)):
        if slices[last].at_s >= LEAST_S and any(
            _agree(slices[: last + 1], width) for width in STEADY_WIDTHS
        ):
            return slices[last].at_s
    return None


def _agree(slices: Sequence[TimeSlice], width: int) -> bool:
    """Whether the last three stretches of so many slices do."""
    if len(slices) < STEADY_SLICES * width:
        return False
    last = slices[-STEADY_SLICES * width :]
    if not all(part.completed > 0 for part in last):
        return False
    medians = [
        median(part.median_us for part in last[begin : begin + width])
        for begin in range(0, len(last), width)
    ]
    return max(medians) <= STEADY_WITHIN * min(medians)
