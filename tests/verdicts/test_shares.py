"""Shares against a limit: e-values, the design effect, and what they decide."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verdicts.dispersion import chi_square_quantile, design_effect
from assay.verdicts.proportion import (
    least_successes,
    log_e_above,
    log_e_below,
    most_successes,
)

counts = st.integers(0, 400)
shares = st.floats(0.02, 0.98)


@given(counts, counts, shares)
def test_the_gambler_has_no_edge_at_the_limit(good, bad, limit):
    now = log_e_above(good, bad, limit)
    won = math.exp(log_e_above(good + 1, bad, limit) - now)
    lost = math.exp(log_e_above(good, bad + 1, limit) - now)
    assert limit * won + (1 - limit) * lost == pytest.approx(1, rel=1e-6)


@given(counts, counts, shares)
def test_failures_are_the_successes_of_the_other_side(good, bad, limit):
    assert log_e_below(good, bad, limit) == log_e_above(bad, good, 1 - limit)


def test_44_trials_without_a_failure_prove_nine_tenths():
    assert log_e_above(43, 0, 0.9) < math.log(40) <= log_e_above(44, 0, 0.9)
    assert least_successes(44, 0.9, 0.05) == 44
    assert least_successes(43, 0.9, 0.05) is None


@given(st.integers(1, 3000), shares, st.floats(1, 20))
def test_the_least_successes_are_the_least(trials, limit, effect):
    least = least_successes(trials, limit, 0.05, effect)
    if least is None:
        assert log_e_above(trials / effect, 0, limit) < math.log(40)
        return
    at = log_e_above(least / effect, (trials - least) / effect, limit)
    assert at >= math.log(40)
    if least:
        under = log_e_above((least - 1) / effect, (trials - least + 1) / effect, limit)
        assert under < math.log(40)
    most = most_successes(trials, limit, 0.05, effect)
    assert most is None or most < least


@pytest.mark.parametrize("limit", [0.0, 1.0])
def test_a_limit_at_the_edge_is_refused(limit):
    with pytest.raises(ValueError, match="between 0 and 1"):
        log_e_above(1, 1, limit)


def test_independent_trials_have_a_small_design_effect():
    chance = random.Random(5)
    good = [sum(chance.random() < 0.9 for _ in range(400)) for _ in range(40)]
    assert 1 <= design_effect(good, [400] * 40) < 2.5


def test_a_stream_with_memory_has_a_large_one():
    chance = random.Random(5)
    good = [round(400 * chance.choice([0.82, 0.98])) for _ in range(40)]
    assert design_effect(good, [400] * 40) > 20


@pytest.mark.parametrize(
    ("why", "good", "trials", "effect"),
    [
        ("too few blocks to know", [9] * 7, [10] * 7, None),
        ("nothing failed", [10] * 8, [10] * 8, 1.0),
        ("blocks that are all alike count in full", [5] * 8, [10] * 8, 1.0),
    ],
)
def test_design_effect(why, good, trials, effect):
    assert design_effect(good, trials) == effect, why


@pytest.mark.parametrize(("freedom", "tabled"), [(7, 2.167), (20, 10.851), (60, 43.188)])
def test_chi_square_is_near_the_tables(freedom, tabled):
    assert chi_square_quantile(0.05, freedom) == pytest.approx(tabled, rel=0.02)
