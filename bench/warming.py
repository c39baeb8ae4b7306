"""Warms a server until it does not become faster any more: a JVM compiles for a minute or so."""

from __future__ import annotations

from collections.abc import Callable

from bench.figures import steady

MOST_ROUNDS = 24


def warm(round_per_s: Callable[[], float]) -> None:
    """Repeat a round, which gives its requests a second, until three in a row agree; say so."""
    rates: list[float] = []
    while not steady(rates) and len(rates) < MOST_ROUNDS:
        rates.append(round_per_s())
    verdict = "steady" if steady(rates) else "NOT steady"
    print(
        f"\nwarm-up: {verdict} after {len(rates)} rounds, "
        f"from {rates[0]:.0f} to {rates[-1]:.0f} requests/s"
    )
