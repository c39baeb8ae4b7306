"""What the rounds of a benchmark add up to. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Round by round, ours over theirs: the median, and the range in brackets."""
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return f"{statistics.median(ratios):.2f} [{min(ratios):.2f}, {max(ratios):.2f}]"


def steady(rates: Sequence[float], rounds: int = 3, within: float = 0.1) -> bool:
    """Whether the last rounds agree: the fastest is no more than `within` above the slowest."""
    last = rates[-rounds:]
    return len(last) == rounds and max(last) <= (1 + within) * min(last)
