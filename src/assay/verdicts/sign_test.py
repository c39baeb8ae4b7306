"""The exact sequential sign test, and the interval that goes with it.

Is the median of the differences above zero, or below? After each difference the test may say so, go
on, or end; the error over all looks together is exact. It needs no symmetry, no variance and no
model of the differences: only that each is independent of the others and as likely above its median
as below.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import lru_cache

OPEN = (-math.inf, math.inf)
"""The interval while no count could decide yet."""


class Side(Enum):
    ABOVE = 1
    BELOW = -1


@dataclass(frozen=True)
class Boundary:
    """How many of the first n differences must lie on one side for the test to end there."""

    alpha: float
    """Two-sided: each side alone is reached by chance with probability `alpha` / 2 at most."""
    n_max: int
    """The number of looks; what comes after is not looked at."""
    counts: tuple[int | None, ...]
    """By n - 1; None where even n of n would be too soon."""

    def at(self, n: int) -> int | None:
        """The count at look n, 1 <= n <= n_max; None where no count decides yet."""
        return self.counts[n - 1]


@lru_cache(maxsize=256)
def boundary(n_max: int = 60, alpha: float = 0.05, claims: int = 1) -> Boundary:
    """The boundary for at most `n_max` looks at the error `alpha / claims`, by exact integers.

    Of all 2**n paths of n fair signs, those not yet stopped are counted by their number of
    positives. At each n as many of the highest counts stop as the error allowed so far,
    `alpha / 2 * sqrt(n / n_max)`, still covers; the other side is its mirror image. (Error spending
    in the sense of Lan and DeMets, 1983, for the sign test.) One side is walked as if the other did
    not exist, which costs nothing measurable and makes each side valid alone: with ties, with a
    tolerance, and for the interval.

    For one of several claims the boundary is never easier, at any look, than with one claim fewer.
    The integers alone do not see to that, and Holm's procedure rests on it.

    Shape: 7/7, 8/8, 9/9, ..., 11/12, 15/17, 23/30, 29/40 for 60 looks at 5%.
    """
    if n_max < 1 or claims < 1 or not 0 < alpha < 1:
        raise ValueError(
            "a boundary needs n_max >= 1, claims >= 1 and 0 < alpha < 1,"
            f" not {n_max}, {claims} and {alpha}"
        )
    easier = boundary(n_max, alpha, claims - 1).counts if claims > 1 else (None,) * n_max
    allowed_squared = (Fraction(alpha) / (2 * claims)) ** 2
    alive = [1]
    """Paths not stopped, by their number of positives."""
    stopped = 0
    counts: list[int | None] = []
    for n in range(1, n_max + 1):
        alive = [low + high for low, high in zip([*alive, 0], [0, *alive], strict=True)]
        stopped *= 2
        lowest = n // 2 + 1 if claims == 1 else (easier[n - 1] or n + 1)
        # In squares, so that the root stays exact.
        budget = allowed_squared * n / n_max * 4**n
        count = n + 1
        while count > lowest and (stopped + alive[count - 1]) ** 2 <= budget:
            count -= 1
            stopped += alive[count]
            alive[count] = 0
        counts.append(count if count <= n else None)
    return Boundary(alpha / claims, n_max, tuple(counts))


def interval(differences: Sequence[float], limit: Boundary) -> tuple[float, float]:
    """The interval for the median at the look after all of `differences`.

    The order statistics D(n-k+1) and D(k), where k is the boundary at n: all values of the median
    that the test, asked about each of them, would not reject at this look. The error holds over all
    looks together, so the interval may be read after every difference.

    NaN is a comparison without an answer (both sides infinite): it counts against either side, as
    minus infinity for the lower end and infinity for the upper. Differences beyond the last look
    are left out.
    """
    used = differences[: limit.n_max]
    n = len(used)
    count = limit.at(n) if n else None
    if count is None:
        return OPEN
    low = sorted(-math.inf if math.isnan(d) else d for d in used)[n - count]
    high = sorted(math.inf if math.isnan(d) else d for d in used)[count - 1]
    return low, high


@dataclass(frozen=True)
class SignTest:
    """Where the test stands, or how it ended."""

    side: Side | None
    """None: no side reached the boundary."""
    n: int
    """The look at which it ended, or the number of differences used."""
    interval: tuple[float, float]
    """At that look; beyond zero exactly where there is a `side`."""


def sequential_sign_test(
    differences: Sequence[float], alpha: float = 0.05, n_max: int = 60
) -> SignTest:
    """Test the differences in their order; the first side to reach the boundary wins.

    A pure function in which nothing is drawn at random, so that it needs no seed. A difference of
    exactly zero, or NaN, counts for neither side, but the look counts: both sides then need more of
    the others, which can only make the test slower, never wrong.
    """
    limit = boundary(n_max, alpha)
    used = min(len(differences), n_max)
    reached = OPEN
    for n in range(1, used + 1):
        reached = interval(differences[:n], limit)
        if reached[0] > 0:
            return SignTest(Side.ABOVE, n, reached)
        if reached[1] < 0:
            return SignTest(Side.BELOW, n, reached)
    return SignTest(None, used, reached)


def looks_needed(above: int, below: int, limit: Boundary, most: int = 1000) -> int | None:
    """How many differences would probably decide, going by the signs so far; None beyond `most`.

    A rough guide for who plans the next run: the number at which the share of the leading side
    (drawn towards one half by one more of each sign) would stand on the boundary, if that stood as
    many standard deviations away as it does at its end.
    """
    last = limit.at(limit.n_max)
    share = (max(above, below) + 1) / (above + below + 2)
    if last is None or share <= 0.5:
        return None
    deviations = (2 * last - limit.n_max) / math.sqrt(limit.n_max)
    needed = max(math.ceil((deviations / (2 * share - 1)) ** 2), above + below + 1)
    return needed if needed <= most else None
