"""When a system under load has become steady."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

STEADY_SLICES = 3
STEADY_WITHIN = 1.05
LEAST_S = 1.0


class TimeSlice(Protocol):
    """A short stretch of load; the engine's slices and the evidence's are such."""

    @property
    def at_s(self) -> float: ...
    @property
    def completed(self) -> int: ...
    @property
    def median_us(self) -> float: ...


def steady_at(slices: Sequence[TimeSlice]) -> float | None:
    """The second, at least 1, at which three consecutive slice medians agreed within 5%.

    The time is the start of the third of them; None while the load is not steady. A slice in which
    nothing was answered is never steady.
    """
    for last in range(STEADY_SLICES - 1, len(slices)):
        if slices[last].at_s < LEAST_S:
            continue
        window = slices[last - STEADY_SLICES + 1 : last + 1]
        medians = [part.median_us for part in window if part.completed > 0]
        agree = len(medians) == STEADY_SLICES and max(medians) <= STEADY_WITHIN * min(medians)
        if agree:
            return slices[last].at_s
    return None
