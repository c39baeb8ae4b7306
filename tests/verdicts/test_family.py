"""Several claims in one file share one error."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.verdicts import Outcome, boundary, judge_family

UP, DOWN = 3.3, 2.7


def outcomes(found):
    return [each.verdict.outcome for each in found]


def test_two_claims_need_eight_pairs_each(case, pairs):
    both = [case(pairs([UP] * 7), name="a"), case(pairs([UP] * 7), name="b")]
    assert outcomes(judge_family(both)) == [Outcome.UNDECIDED] * 2
    assert {each.verdict.alpha for each in judge_family(both)} == {0.025}


def test_a_claim_that_ends_leaves_its_share_to_the_other(case, pairs):
    ended, other = judge_family([case(pairs([UP] * 8)), case(pairs([DOWN] * 7))])
    assert (ended.verdict.outcome, ended.verdict.alpha) == (Outcome.PROVED, 0.025)
    assert (other.verdict.outcome, other.verdict.alpha) == (Outcome.REFUTED, 0.05)
    assert other.verdict.pairs == 7


def test_information_takes_no_share(case, pairs):
    found = judge_family([case(pairs([UP] * 7)), case(pairs([UP] * 7), judged=False)])
    assert outcomes(found) == [Outcome.PROVED, None]
    assert [each.verdict.alpha for each in found] == [0.05, 0.05]


def test_an_invalid_claim_keeps_its_share(case, pairs):
    found = judge_family([case(pairs([UP] * 7)), case([], spoilt="a process died")])
    assert outcomes(found) == [Outcome.UNDECIDED, Outcome.INVALID]


def test_no_claims_at_all():
    assert judge_family([]) == []


families = st.lists(
    st.lists(st.sampled_from([UP, UP, UP, DOWN]), min_size=6, max_size=20),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(families=families, grown=st.integers(0, 3), by=st.integers(1, 6))
def test_what_has_ended_stays_ended_while_others_go_on(case, pairs, families, grown, by):
    before = judge_family([case(pairs(signs)) for signs in families])
    longer = list(families)
    longer[grown % len(families)] = [*families[grown % len(families)], *[UP] * by]
    after = judge_family([case(pairs(signs)) for signs in longer])
    for old, new in zip(before, after, strict=True):
        if old.verdict.outcome is not Outcome.UNDECIDED:
            assert new.verdict.outcome is old.verdict.outcome


@settings(max_examples=40, deadline=None)
@given(families=families)
def test_holm_never_decides_what_plain_5_percent_would_not(case, pairs, families):
    together = judge_family([case(pairs(signs)) for signs in families])
    for signs, found in zip(families, together, strict=True):
        (alone,) = judge_family([case(pairs(signs))])
        if found.verdict.outcome is not Outcome.UNDECIDED:
            assert alone.verdict.outcome is not Outcome.UNDECIDED
            assert found.verdict.pairs >= alone.verdict.pairs


@pytest.mark.parametrize("claims", [1, 2, 3, 10])
def test_the_alpha_of_a_verdict_is_its_boundary_s(case, pairs, claims):
    found = judge_family([case(pairs([UP] * 5)) for _ in range(claims)])
    assert {each.verdict.alpha for each in found} == {boundary(60, 0.05, claims).alpha}
