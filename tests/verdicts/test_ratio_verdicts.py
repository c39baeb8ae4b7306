"""Claims on a ratio: what a few pairs, whole or spoilt, come to."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.verdicts import Outcome, judge_family

PROVED, REFUTED = Outcome.PROVED, Outcome.REFUTED
UNDECIDED, INVALID = Outcome.UNDECIDED, Outcome.INVALID


def judged(case):
    (only,) = judge_family([case])
    return only


@pytest.mark.parametrize(
    ("why", "ratios", "outcome", "used"),
    [
        ("six pairs are too few, however clear", [9.0] * 6, UNDECIDED, 6),
        ("seven of seven prove it", [3.3] * 7, PROVED, 7),
        ("seven of seven refute it", [2.9] * 7, REFUTED, 7),
        ("what comes after the verdict changes nothing", [3.3] * 7 + [1.0] * 20, PROVED, 7),
        ("one of twelve may be on the other side", [2.0] + [3.3] * 11, PROVED, 12),
        ("exactly the requirement counts for neither side", [3.0] * 60, UNDECIDED, 60),
        ("signs in turn do not decide", [3.3, 2.7] * 30, UNDECIDED, 60),
    ],
)
def test_pairs(case, pairs, why, ratios, outcome, used):
    found = judged(case(pairs(ratios)))
    assert (found.verdict.outcome, found.verdict.pairs) == (outcome, used), why
    assert found.settled == (outcome is not UNDECIDED or used == 60), why
    assert len(found.verdict.ratios) == len(found.verdict.history) == used


def test_the_row_shows_what_the_verdict_rests_on(case, pairs):
    verdict = judged(case(pairs([3.2, 3.3, 3.4, 3.5, 3.6, 3.7, 4.7]), seconds=48.0)).verdict
    assert verdict.estimate == pytest.approx(3.5, rel=0.002)
    assert verdict.interval == pytest.approx((3.2, 4.7), rel=0.002)
    assert verdict.mean == pytest.approx(sum(verdict.ratios) / 7)
    assert verdict.pooled == pytest.approx(4.7, rel=0.002)
    assert (verdict.required, verdict.required_sign, verdict.unit) == (3.0, ">=", "x")
    assert (verdict.alpha, verdict.starts, verdict.seconds) == (0.05, 7, 48.0)
    assert verdict.history[5] == (-math.inf, math.inf)
    assert verdict.reason == ""


def test_a_formula_is_shown_as_it_was_written(case, pairs, control):
    # 1 - after / before >= 0.7 asks for after / before <= 0.3.
    question = replace(
        control,
        numerator=control.denominator,
        denominator=control.numerator,
        at_least=False,
        required=0.3,
        offset=1.0,
        slope=-1.0,
        unit="%",
    )
    verdict = judged(case(pairs([4.0] * 6 + [5.0]), question, sign=">=")).verdict
    assert verdict.outcome is PROVED
    assert verdict.estimate == pytest.approx(0.75, rel=0.002)
    assert verdict.interval == pytest.approx((0.75, 0.8), rel=0.002)
    assert verdict.required == pytest.approx(0.7)


def test_a_block_without_its_partner_waits(case, pairs):
    assert judged(case(pairs([3.3] * 7)[:-1])).verdict.outcome is UNDECIDED


def test_measuring_that_ended_says_why_and_how_much_more_it_takes(case, pairs):
    verdict = judged(case(pairs([3.3, 3.3, 2.7] * 5), ended="budget ended")).verdict
    assert verdict.outcome is UNDECIDED
    assert verdict.reason.startswith("budget ended; about ")
    assert verdict.reason.endswith(" pairs would probably do")


@pytest.mark.parametrize(
    ("why", "ratios", "words"),
    [
        ("nothing was measured", [], "budget ended before a pair was complete"),
        ("no side leads", [3.3, 2.7] * 5, "too close to the requirement"),
        ("too few to decide at all", [3.3] * 3, "too few pairs to say how many"),
        ("one sign after another", [3.3] * 6, "about 15 pairs would probably do"),
    ],
)
def test_why_undecided(case, pairs, why, ratios, words):
    found = judged(case(pairs(ratios), ended="budget ended"))
    assert found.verdict.outcome is UNDECIDED
    assert words in found.verdict.reason, why


def test_while_measuring_goes_on_there_is_no_reason(case, pairs):
    found = judged(case(pairs([3.3] * 3)))
    assert (found.verdict.reason, found.settled) == ("", False)


def test_a_tolerance_eases_the_proof_and_not_the_refutation(case, pairs, control):
    eased = replace(control, tolerance=0.05)
    within = judged(case(pairs([2.95] * 7), eased)).verdict
    assert (within.outcome, within.required) == (PROVED, 3.0)
    assert "within the tolerance of 5%" in within.reason
    assert judged(case(pairs([2.8] * 7), eased)).verdict.outcome is REFUTED
    assert judged(case(pairs([3.2] * 7), eased)).verdict.reason == ""
    at_most = replace(eased, at_least=False)
    assert judged(case(pairs([3.1] * 7), at_most)).verdict.outcome is PROVED
    assert judged(case(pairs([3.2] * 7), at_most)).verdict.outcome is REFUTED


def test_tails_that_disagree_are_no_verdict(case, block):
    """Every block is faster at its p99, and one block in a while is awful."""
    blocks = []
    for pair in range(1, 61):
        awful = pair % 12 == 0
        blocks.append(block("before", pair, 3300))
        blocks.append(
            block("after", pair, times=[(1000, 700), (90_000, 300)] if awful else [(1000, 1000)])
        )
    found = judged(case(blocks[24:]))
    assert found.verdict.outcome is PROVED, "until the first awful block is seen"
    found = judged(case(blocks[22:]))
    assert found.verdict.outcome is UNDECIDED
    ended = judged(case(blocks[22:], ended="budget ended")).verdict
    assert ended.reason.startswith("tail disagreement: the pairs would prove it")


class TestFailures:
    """Of the service: they count as infinitely slow, and are never dropped."""

    def test_a_collapsed_block_counts_against_its_variant(self, case, block, pairs):
        blocks = [block("before", 1, 9000), block("after", 1, 1000, failed=20)]
        rest = [b for b in pairs([3.3] * 12) if b.pair > 1]
        verdict = judged(case([*blocks, *rest])).verdict
        assert (verdict.outcome, verdict.pairs, verdict.ratios[0]) == (PROVED, 12, 0.0)

    def test_more_than_a_tenth_of_such_pairs_is_no_verdict(self, case, block, pairs):
        blocks = [
            b if b.variant == "after" else block("before", b.pair, 3300, failed=50)
            for b in pairs([3.3] * 12)
        ]
        found = judged(case(blocks))
        assert (found.verdict.outcome, found.settled) == (INVALID, True)
        assert found.verdict.reason.startswith(
            "before failed 4.76% of its requests, over the limit"
        )

    def test_one_of_few_waits_for_more(self, case, block, pairs):
        def with_one(count):
            lost = block("before", 1, 3300, failed=50)
            return [lost, *pairs([3.3] * count)[1:]]

        assert judged(case(with_one(7))).verdict.outcome is UNDECIDED
        assert judged(case(with_one(7), ended="budget ended")).verdict.outcome is INVALID
        assert judged(case(with_one(10))).verdict.outcome is PROVED

    def test_both_variants_collapsed(self, case, block):
        blocks = [
            block(variant, pair, 1000, failed=50)
            for pair in (1, 2, 3)
            for variant in ("before", "after")
        ]
        assert judged(case(blocks)).verdict.outcome is INVALID


@pytest.mark.parametrize(
    ("why", "ratios", "spoilt", "outcome"),
    [
        ("two of nine are few", [3.3] * 9, (1, 2), PROVED),
        ("three of ten are too many", [3.3] * 10, (1, 2, 3), INVALID),
        ("three of thirty are not", [3.3, 2.7] * 9 + [3.3] * 30, (10, 20, 30), PROVED),
    ],
)
def test_invalid_pairs(case, pairs, why, ratios, spoilt, outcome):
    blocks = [replace(b, engine_cpu=0.9) if b.pair in spoilt else b for b in pairs(ratios)]
    verdict = judged(case(blocks)).verdict
    assert (verdict.outcome, verdict.invalid_pairs) == (outcome, len(spoilt)), why
    if outcome is INVALID:
        assert "the engine's busiest thread worked 90% of a core" in verdict.reason
        assert verdict.estimate is None


def test_a_spoilt_case_is_invalid_for_the_reason_given(case, pairs):
    found = judged(case(pairs([3.3] * 7), spoilt="no steady state: after had not settled"))
    assert (found.verdict.outcome, found.settled) == (INVALID, True)
    assert found.verdict.reason == "no steady state: after had not settled"


class TestEpochs:
    def test_the_epoch_is_the_unit_where_it_has_several_pairs(self, case, pairs):
        lucky = pairs([3.3] * 20, per_epoch=20)
        assert judged(case(lucky, pairs_per_epoch=20)).verdict.outcome is UNDECIDED
        seven = pairs([3.3, 3.3, 2.7] * 7, per_epoch=3)
        verdict = judged(case(seven, pairs_per_epoch=3)).verdict
        assert (verdict.outcome, verdict.pairs, verdict.starts) == (PROVED, 21, 7)

    def test_an_epoch_that_was_cut_short_decides_nothing(self, case, pairs):
        blocks = pairs([3.3] * 20, per_epoch=3)
        verdict = judged(case(blocks, pairs_per_epoch=3, ended="budget ended")).verdict
        assert (verdict.outcome, verdict.pairs, verdict.starts) == (UNDECIDED, 20, 7)
        assert "about 45 pairs would probably do" in verdict.reason

    def test_what_is_far_past_the_requirement_needs_three_starts(self, case, pairs):
        """By more than the luck of the starts can be: 15%."""
        far, near = pairs([4.0, 3.6, 3.7] * 3, per_epoch=3), pairs([3.4] * 9, per_epoch=3)
        verdict = judged(case(far, pairs_per_epoch=3)).verdict
        assert (verdict.outcome, verdict.pairs, verdict.starts) == (PROVED, 9, 3)
        assert verdict.interval[0] > 3.0
        assert judged(case(near, pairs_per_epoch=3)).verdict.outcome is UNDECIDED
        short = pairs([2.4, 2.5, 2.3] * 3, per_epoch=3)
        assert judged(case(short, pairs_per_epoch=3)).verdict.outcome is REFUTED
        two = pairs([9.0] * 20, per_epoch=10)
        assert judged(case(two, pairs_per_epoch=10)).verdict.outcome is UNDECIDED

    def test_where_nothing_is_started_the_pair_is_the_unit(self, case, pairs):
        blocks = pairs([3.3] * 7, per_epoch=7)
        verdict = judged(case(blocks, pairs_per_epoch=7, starts_known=False)).verdict
        assert (verdict.outcome, verdict.starts) == (PROVED, 0)


class TestInformation:
    def test_it_has_figures_and_no_outcome(self, case, pairs):
        found = judged(case(pairs([3.3] * 30), judged=False))
        assert (found.verdict.outcome, found.verdict.required) == (None, None)
        assert (found.verdict.pairs, found.settled) == (30, False)
        assert found.verdict.interval == pytest.approx((3.3, 3.3), rel=0.002)

    def test_it_ends_at_the_last_look(self, case, pairs):
        found = judged(case(pairs([3.3] * 12), judged=False, n_max=10))
        assert (found.verdict.pairs, found.settled) == (10, True)
        assert found.verdict.reason == ""


ratios = st.lists(st.floats(1.5, 6.0), min_size=0, max_size=30)


@settings(max_examples=60, deadline=None)
@given(values=ratios)
def test_the_interval_and_the_verdict_never_disagree(case, pairs, values):
    verdict = judged(case(pairs(values))).verdict
    low, high = verdict.interval or (-math.inf, math.inf)
    if verdict.outcome is PROVED:
        assert low > 3.0
    elif verdict.outcome is REFUTED:
        assert high < 3.0
    for lower, upper in verdict.history:
        assert lower <= upper


@settings(max_examples=60, deadline=None)
@given(values=ratios)
def test_exchanged_variants_say_the_same(case, pairs, control, values):
    """A claim that before / after >= 3 is one that after / before <= 1/3."""
    exchanged = replace(
        control,
        numerator=control.denominator,
        denominator=control.numerator,
        at_least=False,
        required=1 / 3,
    )
    one = judged(case(pairs(values))).verdict
    other = judged(case(pairs(values), exchanged)).verdict
    assert (one.outcome, one.pairs) == (other.outcome, other.pairs)
    if one.estimate is not None and other.estimate is not None:
        assert one.estimate == pytest.approx(1 / other.estimate)


@settings(max_examples=40, deadline=None)
@given(values=ratios, later=ratios)
def test_a_verdict_stays_whatever_is_measured_after_it(case, pairs, values, later):
    first = judged(case(pairs(values))).verdict
    if first.outcome in (PROVED, REFUTED):
        assert judged(case(pairs([*values, *later]))).verdict == first


def test_the_same_evidence_gives_the_same_verdict_bit_for_bit(case, pairs):
    chance = random.Random(9)
    values = [3.1 * chance.lognormvariate(0, 0.1) for _ in range(40)]
    assert judge_family([case(pairs(values))]) == judge_family([case(pairs(values))])
