"""What a cache can answer, by the workload alone."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.load.prediction import Keys, hit_share

ONE = Keys(rate_per_s=10.0, ttl_s=1.0, count=1)


@pytest.mark.parametrize(
    ("why", "keys", "share"),
    [
        ("one key, ten reads in its time: nine or ten of eleven", ONE, 10 / 11),
        ("ten keys share the reads", replace(ONE, count=10), 1 / 2),
        ("kept for ever", replace(ONE, count=10, ttl_s=1e12), 1.0),
        ("never kept", replace(ONE, ttl_s=1e-12), 0.0),
        ("in turn, back before it ends", replace(ONE, count=10, draw="sequential"), 1.0),
        ("in turn, back too late", replace(ONE, count=11, draw="sequential"), 0.0),
    ],
)
def test_known_shares(why, keys, share):
    assert hit_share([keys]) == pytest.approx(share, abs=1e-9), why


def test_kinds_count_by_their_rates():
    other = replace(ONE, rate_per_s=30.0, ttl_s=1e12)
    assert hit_share([ONE, other]) == pytest.approx((10 * 10 / 11 + 30) / 40)
    assert math.isnan(hit_share([]))


keys = st.builds(
    Keys,
    rate_per_s=st.floats(0.1, 1e4),
    ttl_s=st.floats(0.1, 1e5),
    count=st.integers(1, 200),
    draw=st.sampled_from(["uniform", "zipf"]),
    s=st.floats(0.1, 3.0),
)


@given(keys)
def test_a_longer_life_and_more_reads_never_hit_less(kind):
    share = hit_share([kind])
    assert 0 <= share <= 1
    assert hit_share([replace(kind, ttl_s=2 * kind.ttl_s)]) >= share
    assert hit_share([replace(kind, rate_per_s=2 * kind.rate_per_s)]) >= share
    assert hit_share([replace(kind, count=kind.count + 1)]) <= share + 1e-12


def test_a_cache_that_is_simulated_agrees():
    chance = random.Random(1)
    kind = Keys(rate_per_s=100.0, ttl_s=20.0, count=500, draw="zipf", s=0.99)
    weights = [rank**-kind.s for rank in range(1, kind.count + 1)]
    ends: dict[int, float] = {}
    now, hits, reads = 0.0, 0, 0
    for key in chance.choices(range(kind.count), weights, k=60_000):
        now += chance.expovariate(kind.rate_per_s)
        found = ends.get(key, 0.0) > now
        if not found:
            ends[key] = now + kind.ttl_s
        if now > 100:
            reads, hits = reads + 1, hits + found
    assert hits / reads == pytest.approx(hit_share([kind]), abs=0.01)
