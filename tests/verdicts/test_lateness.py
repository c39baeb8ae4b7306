"""What a generator's lateness does to a quantile, simulated: a server with one queue, loaded by
generators that need a while for each send, or stall now and then.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from assay._engine import Histogram
from assay.evidence import Recorded
from assay.verdicts import Quantity, judge_family
from assay.verdicts.validity import span_us, unfit

P99 = Quantity("before", "lookup", "p99")
REQUESTS = 30_000
QUANTILES = (0.5, 0.9, 0.99)
SERVERS = list(product((500, 1000, 3000), (30, 130, 250), (0.3, 0.6, 1.0)))
"""Rate (a second), service time (us), spread of its logarithm."""
SEND_US = (5, 10, 20, 40, 80, 160)
STALLING = (0.001, 0.003, 0.01, 0.03)
"""Share of the sends before which the generator stalls, for 0.1 to 1.5 ms."""


def worked_off(begins, lengths):
    """When each begins and ends, where they are done one after the other."""
    begun, ended, free = np.empty_like(begins), np.empty_like(begins), 0.0
    for i, (begin, length) in enumerate(zip(begins, lengths, strict=True)):
        begun[i] = max(begin, free)
        free = ended[i] = begun[i] + length
    return begun, ended


def histogram(times_us):
    values, counts = np.unique(np.maximum(np.rint(times_us), 1).astype(int), return_counts=True)
    return Histogram.from_counts(list(zip(values.tolist(), counts.tolist(), strict=True)))


def generators(chance):
    for send_us in SEND_US:
        yield send_us * np.exp(0.5 * chance.standard_normal(REQUESTS) - 0.125)
    for share in STALLING:
        stalls = chance.random(REQUESTS) < share
        yield 5 + np.where(stalls, chance.uniform(100, 1500, REQUESTS), 0.0)


def loaded(block, intended, sent, service):
    _, answered = worked_off(sent, service)
    recorded = (
        Recorded("Get", "ok", "latency", histogram(answered - intended)),
        Recorded("Get", "ok", "service", histogram(answered - sent)),
    )
    asked = {"lag": histogram(sent - intended), "scheduled": REQUESTS, "sent": REQUESTS}
    return block("before", 1, recorded=recorded, **asked)


@pytest.fixture(scope="module")
def seen(block):
    """(true quantile over the lower and the upper end of its span, whether the block passes,
    whether a limit of 5% on the lag would have let it pass)."""
    chance = np.random.default_rng(1)
    found = []
    for rate, service_us, spread in SERVERS:
        intended = np.cumsum(chance.exponential(1e6 / rate, REQUESTS))
        draws = spread * chance.standard_normal(REQUESTS) - spread**2 / 2
        service = service_us * np.exp(draws)
        true_us = np.quantile(worked_off(intended, service)[1] - intended, QUANTILES)
        for sends in generators(chance):
            sent, _ = worked_off(intended, sends)
            measured = loaded(block, intended, sent, service)
            for q, true in zip(QUANTILES, true_us, strict=True):
                quantity = Quantity("before", "lookup", f"p{q * 100:g}")
                low, high = span_us(measured, quantity, 0.01)
                lag_alone = measured.lag.quantile(0.99) <= 0.05 * high
                passes = unfit(measured, quantity) is None
                found.append((true / low, true / high, passes, lag_alone))
    return np.array(found)


def test_the_truth_lies_in_the_span_of_what_passes(seen):
    passing = seen[seen[:, 2] == 1]
    assert len(passing) > 0.7 * len(seen)
    outside = np.maximum(1 - passing[:, 0], passing[:, 1] - 1)
    assert outside.max() < 0.08
    # The histograms' steps alone are 1%.
    assert np.mean(outside > 0.02) < 0.04


def test_a_limit_on_the_lag_alone_lets_wrong_figures_through(seen):
    assert seen[seen[:, 3] == 1][:, 1].min() < 0.8


def test_figures_that_lateness_made_are_found_out(seen):
    made = seen[seen[:, 1] < 0.7]
    assert len(made) > 20
    assert not made[:, 2].any()


def test_a_wait_for_a_connection_is_the_systems_doing(block):
    """All but 10 of 1,000 requests waited; from their sending on they took no time."""
    held = (
        Recorded("Get", "ok", "latency", histogram(np.full(1000, 20_000))),
        Recorded("Get", "ok", "service", histogram(np.full(1000, 100))),
    )
    waited = block("before", 1, recorded=held, lag=histogram(np.full(10, 5)))
    assert unfit(waited, P99) is None
    low, high = span_us(waited, P99, 0.01)
    assert low == high


@pytest.mark.parametrize(("required", "outcome"), [(2.6, "PROVED"), (3.0, None), (3.4, "REFUTED")])
def test_lateness_is_held_against_whoever_it_helps(case, block, control, required, outcome):
    """Twelve pairs of 3.0, which would have been anything from 2.7 to 3.33 without lateness."""
    blocks = []
    for pair in range(1, 13):
        for variant, us in (("before", 3000), ("after", 1000)):
            recorded = (
                Recorded("Get", "ok", "latency", histogram(np.full(1000, us))),
                Recorded("Get", "ok", "service", histogram(np.full(1000, us * 0.9))),
            )
            blocks.append(block(variant, pair, us, recorded=recorded))
    (found,) = judge_family([case(blocks, replace(control, required=required))])
    assert found.verdict.outcome == (outcome or "UNDECIDED")
    assert found.verdict.estimate == pytest.approx(3.0, rel=0.01)
    assert found.verdict.interval == pytest.approx((2.7, 3.33), rel=0.01)
