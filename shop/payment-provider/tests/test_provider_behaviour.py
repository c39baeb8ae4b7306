"""Latencies and declines are as they were asked for, and the same from the same seed."""

from __future__ import annotations

import random

import msgspec
import pytest
from payment_provider.behaviour import Behaviour, Latency, declined

DRAWS = 40_000


@pytest.mark.parametrize(("median_ms", "p99_ms"), [(250, 1000), (50, 60), (5, 500)])
def test_latency_has_the_median_and_the_p99_that_were_asked_for(median_ms, p99_ms) -> None:
    chance = random.Random(7)
    latency = Latency(median_ms, p99_ms)
    drawn_ms = sorted(latency.draw_s(chance) * 1000 for _ in range(DRAWS))
    # Of so many draws, the p99 of the widest of these strays by 4% at three sigmas.
    assert drawn_ms[DRAWS // 2] == pytest.approx(median_ms, rel=0.05)
    assert drawn_ms[DRAWS * 99 // 100] == pytest.approx(p99_ms, rel=0.12)
    assert drawn_ms[0] > 0


def test_the_extremes_of_latency() -> None:
    chance = random.Random(7)
    assert {Latency(0, 0).draw_s(chance) for _ in range(9)} == {0.0}
    assert {Latency(40, 40).draw_s(chance) for _ in range(9)} == {0.04}


@pytest.mark.parametrize(("median_ms", "p99_ms"), [(100, 99), (0, 1)])
def test_a_latency_that_no_lognormal_has(median_ms, p99_ms) -> None:
    with pytest.raises(ValueError, match="median_ms"):
        Latency(median_ms, p99_ms)


def test_the_same_seed_draws_the_same() -> None:
    first, again, other = (random.Random(seed) for seed in (3, 3, 4))
    latency = Latency(250, 1000)
    drawn = [[latency.draw_s(chance) for _ in range(20)] for chance in (first, again, other)]
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("rate", [0.0, 0.03, 0.5, 1.0])
def test_so_many_are_declined_and_always_the_same(rate: float) -> None:
    keys = [f"key {number}" for number in range(20_000)]
    refused = [declined("pm_card", key, rate, seed=5) for key in keys]
    assert sum(refused) / len(keys) == pytest.approx(rate, abs=0.012)
    assert refused == [declined("pm_card", key, rate, seed=5) for key in keys]
    if 0 < rate < 1:
        assert refused != [declined("pm_card", key, rate, seed=6) for key in keys]


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_a_payment_method_may_say_what_becomes_of_it(rate: float) -> None:
    assert declined("pm_declined_for_ever", "k", rate, seed=1)
    assert not declined("pm_ok", "k", rate, seed=1)


def test_a_behaviour_reads_back_as_it_was_written() -> None:
    behaviour = Behaviour(latency=Latency(10, 20), decline_rate=0.5, outage=True)
    assert msgspec.json.decode(msgspec.json.encode(behaviour), type=Behaviour) == behaviour
