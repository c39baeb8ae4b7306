"""How the provider behaves: how long it takes, what it declines, when it fails."""

from __future__ import annotations

import hashlib
import math
import random
from typing import Annotated

from msgspec import Meta, Struct

Share = Annotated[float, Meta(ge=0, le=1)]
Ms = Annotated[float, Meta(ge=0, le=600_000)]

_Z99 = 2.3263478740408408
"""The 99th percentile of the normal distribution."""


class Latency(Struct, frozen=True, forbid_unknown_fields=True):
    """Lognormal, by its median and its 99th percentile; both 0: none."""

    median_ms: Ms = 250.0
    p99_ms: Ms = 1_000.0

    def __post_init__(self) -> None:
        if self.p99_ms < self.median_ms:
            raise ValueError("p99_ms is at least median_ms")
        if self.p99_ms > 0 and self.median_ms == 0:
            raise ValueError("median_ms is above 0 where p99_ms is")

    def draw_s(self, chance: random.Random) -> float:
        if self.median_ms == 0:
            return 0.0
        sigma = math.log(self.p99_ms / self.median_ms) / _Z99
        return self.median_ms / 1000 * math.exp(sigma * chance.gauss(0, 1))


class Behaviour(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    latency: Latency = Latency()
    decline_rate: Share = 0.0
    error_rate: Share = 0.0
    """503, before anything has taken effect."""
    lost_reply_rate: Share = 0.0
    """It takes effect, and the answer never comes."""
    outage: bool = False
    """503 to everything."""


def declined(payment_method: str, key: str, rate: float, seed: int) -> bool:
    """The same for the same key. `pm_declined…` always is, `pm_ok…` never."""
    if payment_method.startswith("pm_declined"):
        return True
    if payment_method.startswith("pm_ok"):
        return False
    digest = hashlib.blake2b(f"{seed}:{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64 < rate
