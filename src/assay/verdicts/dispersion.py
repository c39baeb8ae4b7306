"""How much more the share of a stream varies than that of independent trials would.

Requests remember: a cache that is cold, a stall that delays hundreds. Counted as independent trials
they seem to say far more than they do. Dividing the counts by the design effect puts that right.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

LEAST_BLOCKS = 8
BATCHES = (1, 2, 4)
CONFIDENCE = 0.95
"""That the design effect is not larger than it is taken to be."""


def design_effect(successes: Sequence[int], trials: Sequence[int]) -> float | None:
    """The factor to divide both counts by, at least 1; None for fewer than 8 blocks.

    `successes` and `trials` are those of each block, in order of time. For batches of 1, 2 and 4
    consecutive blocks, the variance of the batch totals is set against the binomial one; the
    largest of the three ratios counts, inflated to its upper confidence bound by the chi-square
    quantile for the number of blocks.
    """
    blocks = len(trials)
    total, good = sum(trials), sum(successes)
    if blocks < LEAST_BLOCKS:
        return None
    share = good / total if total else 0.0
    if share in (0.0, 1.0):
        return 1.0
    ratios = [
        _variance_ratio(_batched(successes, size), _batched(trials, size), share)
        for size in BATCHES
    ]
    freedom = blocks - 1
    return max(1.0, max(ratios) * freedom / chi_square_quantile(1 - CONFIDENCE, freedom))


def chi_square_quantile(probability: float, freedom: int) -> float:
    """By the cube of Wilson and Hilferty (1931): within 2% for 7 degrees of freedom and more."""
    spread = 2 / (9 * freedom)
    return freedom * (1 - spread + NormalDist().inv_cdf(probability) * spread**0.5) ** 3


def _batched(counts: Sequence[int], size: int) -> list[int]:
    """Totals of `size` neighbours; what is left over at the start is dropped."""
    start = len(counts) % size
    return [sum(counts[i : i + size]) for i in range(start, len(counts), size)]


def _variance_ratio(successes: Sequence[int], trials: Sequence[int], share: float) -> float:
    squares = [
        (good - n * share) ** 2 / (n * share * (1 - share))
        for good, n in zip(successes, trials, strict=True)
        if n
    ]
    return sum(squares) / (len(squares) - 1) if len(squares) > 1 else 0.0
