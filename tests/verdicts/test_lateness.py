"""What a generator's lateness does to a quantile, simulated: a server with one queue, loaded by
generators that need a while for each send, or stall now and then.
"""

import math
from itertools import product

import numpy as np
import pytest

from assay._engine import Histogram
from assay.evidence import Recorded
from assay.verdicts import Quantity
from assay.verdicts.validity import unfit

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
    """(error of the figure as a log, whether the block passes, whether a 5% lag would have)."""
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
                figure_us = measured.quantile_us(q)
                passes = unfit(measured, Quantity("before", "lookup", f"p{q * 100:g}")) is None
                lag_alone = measured.lag.quantile(0.99) <= 0.05 * figure_us
                found.append((math.log(figure_us / true), passes, lag_alone))
    return found


def test_what_passes_is_hardly_moved(seen):
    errors = [error for error, passes, _ in seen if passes]
    assert len(errors) > len(seen) / 2
    assert max(errors) < 0.12
    assert np.mean(np.array(errors) > 0.02) < 1 / 6


def test_the_lag_alone_would_let_more_through(seen):
    assert max(error for error, _, lag_alone in seen if lag_alone) > 0.25


def test_what_lateness_made_is_found_out(seen):
    assert all(not passes for error, passes, _ in seen if error > 0.12)


def test_a_wait_for_a_connection_is_the_systems_doing(block):
    """All but 10 of 1,000 requests waited; from their sending on they took no time."""
    held = (
        Recorded("Get", "ok", "latency", histogram(np.full(1000, 20_000))),
        Recorded("Get", "ok", "service", histogram(np.full(1000, 100))),
    )
    waited = block("before", 1, recorded=held, lag=histogram(np.full(10, 5)))
    assert unfit(waited, Quantity("before", "lookup", "p99")) is None
