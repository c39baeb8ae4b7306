"""What can be set of the benchmark, from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Self

PREFIX = "BENCH_CHECKOUT_"


@dataclass(frozen=True)
class Setting:
    """The same for both arms: `BENCH_CHECKOUT_USERS=64`, and so on."""

    median_ms: float = 250.0
    """Of the provider's answers; a checkout waits for two of them."""
    p99_ms: float = 1_000.0
    users: int = 128
    """Checkouts under way at once: who has an answer begins the next."""
    epochs: int = 2
    """So often is each arm started afresh, in turn."""
    rounds: int = 2
    """Measured of each start."""
    seconds: float = 10.0
    """Of a round."""
    warm_s: float = 8.0

    @classmethod
    def of_environment(cls) -> Self:
        """Raises ValueError where a value is no number."""
        given = {
            each.name: os.environ[name]
            for each in fields(cls)
            if (name := PREFIX + each.name.upper()) in os.environ
        }
        whole = {each.name for each in fields(cls) if each.type == "int"}
        return cls(**{n: int(v) if n in whole else float(v) for n, v in given.items()})
