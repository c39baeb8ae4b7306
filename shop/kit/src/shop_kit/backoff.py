"""How long to wait before trying again."""

from __future__ import annotations

import random
from collections.abc import Iterator

BROKER_LIMIT_S = 1.0
"""As Kafka's own clients wait at most (`reconnect.backoff.max.ms`): who asks again later than that
is late by it when the broker is back."""


def delays_s(
    first_s: float = 0.1, limit_s: float = 5.0, rng: random.Random | None = None
) -> Iterator[float]:
    """Doubling from `first_s` to `limit_s`, each drawn from its upper half.

    The draw keeps a fleet that lost its store together from coming back together.
    """
    rng = rng or random.Random()
    wait_s = first_s
    while True:
        yield rng.uniform(wait_s / 2, wait_s)
        wait_s = min(wait_s * 2, limit_s)
