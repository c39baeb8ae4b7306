"""The boundary's error by enumeration of every path, and the interval that goes with it."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verdicts import Side, boundary, interval, sequential_sign_test
from assay.verdicts.sign_test import looks_needed

differences = st.lists(
    st.floats(-2, 2) | st.sampled_from([math.inf, -math.inf, math.nan, 0.0]), max_size=60
)


@pytest.mark.parametrize("claims", [1, 2, 5])
@pytest.mark.parametrize("alpha", [0.05, 0.2])
@pytest.mark.parametrize("n_max", [1, 7, 10, 14])
def test_a_fair_coin_reaches_a_side_no_more_often_than_allowed(n_max, alpha, claims):
    limit = boundary(n_max, alpha, claims)
    reached = 0
    for path in product((0, 1), repeat=n_max):
        positives = 0
        for n, sign in enumerate(path, 1):
            positives += sign
            count = limit.at(n)
            if count is not None and positives >= count:
                reached += 1
                break
    assert reached / 2**n_max <= alpha / claims / 2


def test_the_boundary_is_the_one_that_the_method_states():
    limit = boundary(60)
    assert limit.counts[:6] == (None,) * 6
    stated = {7: 7, 8: 8, 12: 11, 17: 15, 30: 23, 40: 29}
    assert {n: limit.at(n) for n in stated} == stated


@given(st.integers(1, 40), st.integers(1, 6))
def test_one_claim_more_is_never_easier(n_max, claims):
    fewer, more = boundary(n_max, 0.05, claims), boundary(n_max, 0.05, claims + 1)
    for easy, hard in zip(fewer.counts, more.counts, strict=True):
        assert hard is None or (easy is not None and easy <= hard)


@pytest.mark.parametrize(("n_max", "alpha", "claims"), [(0, 0.05, 1), (9, 1.0, 1), (9, 0.05, 0)])
def test_a_boundary_without_meaning_is_refused(n_max, alpha, claims):
    with pytest.raises(ValueError, match="a boundary needs"):
        boundary(n_max, alpha, claims)


@given(differences)
def test_the_interval_leaves_zero_exactly_where_a_side_is_reached(values):
    limit = boundary(60)
    low, high = interval(values, limit)
    count = limit.at(len(values)) if values else None
    assert (low > 0) == (count is not None and sum(v > 0 for v in values) >= count)
    assert (high < 0) == (count is not None and sum(v < 0 for v in values) >= count)


@given(differences)
def test_exchanged_variants_exchange_the_sides(values):
    one = sequential_sign_test(values)
    other = sequential_sign_test([-v for v in values])
    assert one.n == other.n
    assert one.interval == (-other.interval[1], -other.interval[0])
    assert {one.side, other.side} in ({None}, {Side.ABOVE, Side.BELOW})


@given(differences, differences)
def test_what_comes_after_the_end_changes_nothing(values, later):
    ended = sequential_sign_test(values)
    if ended.side is not None:
        assert sequential_sign_test([*values, *later][:60]) == ended


@pytest.mark.parametrize(
    ("why", "values", "side", "n"),
    [
        ("seven of seven decide", [0.1] * 7, Side.ABOVE, 7),
        ("six of six do not", [0.1] * 6, None, 6),
        ("a collapsed block is one sign, not more", [math.inf] + [-0.1] * 11, Side.BELOW, 12),
        ("a tie counts for neither side, but is a look", [0.0] + [0.1] * 11, Side.ABOVE, 12),
        ("so is a comparison without an answer", [math.nan] + [0.1] * 11, Side.ABOVE, 12),
        ("two signs in turn never decide", [0.1, -0.1] * 30, None, 60),
    ],
)
def test_signs(why, values, side, n):
    found = sequential_sign_test(values)
    assert (found.side, found.n) == (side, n), why


def test_nearer_signs_need_more_looks():
    limit = boundary(60)
    needed = [looks_needed(above, 60 - above, limit) for above in (45, 40, 36)]
    assert all(needed)
    assert needed == sorted(needed)
    assert looks_needed(30, 30, limit) is None
