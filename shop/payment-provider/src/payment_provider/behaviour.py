"""How the outside world behaves: slow, declining, failing, losing its answers, gone."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from hashlib import blake2b
from statistics import NormalDist
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

LATENCY_MS = 60_000
"""The most that a median or a p99 may be."""
ALWAYS_DECLINED = "pm_declined"
NEVER_DECLINED = "pm_ok"
_P99_SIGMAS = NormalDist().inv_cdf(0.99)

Milliseconds = Annotated[float, Meta(ge=0, le=LATENCY_MS)]
Rate = Annotated[float, Meta(ge=0, le=1)]


class Latency(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lognormal, with this median and this p99; none where both are 0.

    ValueError where no lognormal has them.
    """

    median_ms: Milliseconds
    p99_ms: Milliseconds

    def __post_init__(self) -> None:
        if self.p99_ms < self.median_ms:
            raise ValueError("a p99 that is not below the median")
        if self.median_ms == 0 < self.p99_ms:
            raise ValueError("a p99 of 0 where the median is 0")

    def drawn_s(self, chance: random.Random) -> float:
        """ln(latency) ~ N(ln(median), (ln(p99 / median) / 2.326)^2)"""
        if self.median_ms == 0:
            return 0.0
        sigma = math.log(self.p99_ms / self.median_ms) / _P99_SIGMAS
        return self.median_ms / 1000 * math.exp(chance.gauss(0, sigma))


class Behaviour(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    latency: Latency
    decline_rate: Rate
    """Of authorisations whose payment method says nothing else."""
    error_rate: Rate
    """Of requests that get a 503, before any effect."""
    lost_reply_rate: Rate
    """Of requests that take effect and whose answer does not come."""
    outage: bool
    """503 to every request but those of operators."""


class BehaviourChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    latency: Latency | UnsetType = UNSET
    decline_rate: Rate | UnsetType = UNSET
    error_rate: Rate | UnsetType = UNSET
    lost_reply_rate: Rate | UnsetType = UNSET
    outage: bool | UnsetType = UNSET

    def of(self, behaviour: Behaviour) -> Behaviour:
        given = msgspec.structs.asdict(self)
        changes = {name: value for name, value in given.items() if value is not UNSET}
        return msgspec.structs.replace(behaviour, **changes)


@dataclass(frozen=True)
class Course:
    """What one request meets with."""

    half_s: float
    """Spent before the effect, and once more after it: a caller whose time is out cannot know
    whether it took place."""
    fails: bool
    lost: bool


class Chances:
    """Draws by the behaviour that is set, the same from the same seed."""

    def __init__(self, behaviour: Behaviour, seed: int) -> None:
        self.behaviour = behaviour
        self._chance = random.Random(seed)
        self._salt = seed.to_bytes(8, "big")

    def course(self) -> Course:
        now = self.behaviour
        return Course(
            now.latency.drawn_s(self._chance) / 2,
            self._chance.random() < now.error_rate,
            self._chance.random() < now.lost_reply_rate,
        )

    def decline_reason(self, payment_method: str, idempotency_key: str) -> str | None:
        """None where it is not declined. It depends on nothing that was drawn before."""
        if payment_method.startswith(ALWAYS_DECLINED):
            return "card_declined"
        if payment_method.startswith(NEVER_DECLINED):
            return None
        digest = blake2b(idempotency_key.encode(), digest_size=8, key=self._salt).digest()
        drawn = int.from_bytes(digest, "big") / 2**64
        return "insufficient_funds" if drawn < self.behaviour.decline_rate else None
