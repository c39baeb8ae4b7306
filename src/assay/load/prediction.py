"""What share of its reads a cache can answer, from the workload alone. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Keys:
    """One kind of request, and the keys that it draws."""

    rate_per_s: float
    ttl_s: float
    count: int
    """How many keys there are; 1 where nothing is drawn."""
    draw: Literal["uniform", "zipf", "sequential"] = "uniform"
    s: float = 0.99


def hit_share(kinds: Iterable[Keys]) -> float:
    """The share of the reads that find their key, once a cache of unlimited size is steady.

    A key that is read at random moments, `rate` times a second, and kept for `ttl` after each load
    is found in `rate * ttl / (1 + rate * ttl)` of its reads: one miss, and the hits until it ends
    (Jung, Berger and Balakrishnan: Modeling TTL-based Internet Caches, INFOCOM 2003). A key that
    comes round in turn is found if it comes back in time.
    """
    reads = hits = 0.0
    for kind in kinds:
        reads += kind.rate_per_s
        hits += kind.rate_per_s * _of_one(kind)
    return hits / reads if reads else math.nan


def _of_one(kind: Keys) -> float:
    expected = kind.rate_per_s * kind.ttl_s
    if kind.draw == "sequential":
        return 1.0 if expected >= kind.count else 0.0
    skew = kind.s if kind.draw == "zipf" else 0.0
    weights = [rank**-skew for rank in range(1, kind.count + 1)]
    whole = math.fsum(weights)
    chances = (weight / whole for weight in weights)
    return math.fsum(p * p * expected / (1 + p * expected) for p in chances)
