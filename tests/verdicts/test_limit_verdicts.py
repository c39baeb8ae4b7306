"""Claims on one quantity against a limit."""

import math
import random
from dataclasses import replace

import pytest

from assay.verdicts import LimitQuestion, Outcome, Quantity, judge_family

P99 = Quantity("after", "lookup", "p99")
ERRORS = Quantity("after", "lookup", "error_rate")
PROVED, REFUTED = Outcome.PROVED, Outcome.REFUTED
UNDECIDED, INVALID = Outcome.UNDECIDED, Outcome.INVALID


@pytest.fixture
def stream(block):
    """Blocks of 3,000 requests whose true p99 is 1,000 us, by a seed."""

    def make(count, seed=1, failed=0, wobble=0.0):
        chance = random.Random(seed)
        blocks = []
        for pair in range(1, count + 1):
            shift = chance.gauss(0, wobble) - 0.3 * 2.3263
            times = [
                (max(1, round(1000 * math.exp(0.3 * chance.gauss(0, 1) + shift))), 1)
                for _ in range(3000)
            ]
            blocks.append(block("after", pair, times=times, failed=failed))
        return blocks

    return make


def judged(case):
    (only,) = judge_family([case])
    return only


@pytest.mark.parametrize(
    ("why", "limit_us", "at_least", "outcome"),
    [
        ("far within the limit", 1300, False, PROVED),
        ("far beyond it", 800, False, REFUTED),
        ("at it", 1000, False, UNDECIDED),
        ("a limit from below, kept", 800, True, PROVED),
        ("a limit from below, broken", 1300, True, REFUTED),
    ],
)
def test_a_quantile(case, stream, why, limit_us, at_least, outcome):
    question = LimitQuestion(P99, at_least, limit_us, "ms")
    verdict = judged(case(stream(20), question)).verdict
    assert verdict.outcome is outcome, why
    assert verdict.required == limit_us / 1000
    assert verdict.estimate == pytest.approx(1.0, rel=0.05)
    low, high = verdict.interval
    assert low < 1.0 < high
    if outcome is not UNDECIDED:
        assert not low <= verdict.required <= high, "the table and the verdict agree"


def test_fewer_than_eight_blocks_say_nothing(case, stream):
    question = LimitQuestion(P99, False, 90_000, "ms")
    found = judged(case(stream(7), question, ended="budget ended"))
    assert found.verdict.outcome is UNDECIDED
    assert "at least 8" in found.verdict.reason
    assert judged(case(stream(8), question)).verdict.outcome is PROVED


def test_memory_makes_it_slower_and_the_interval_wider(case, stream):
    question = LimitQuestion(P99, False, 1000, "ms")
    calm = judged(case(stream(20), question)).verdict
    wobbly = judged(case(stream(20, wobble=0.1), question)).verdict
    assert wobbly.interval[1] - wobbly.interval[0] > 2 * (calm.interval[1] - calm.interval[0])


@pytest.mark.parametrize(
    ("failed", "limit", "outcome"),
    [(0, 0.01, PROVED), (15, 0.01, PROVED), (60, 0.01, REFUTED), (30, 0.0099, UNDECIDED)],
)
def test_an_error_rate(case, block, failed, limit, outcome):
    blocks = [block("after", pair, times=[(500, 3000)], failed=failed) for pair in range(1, 13)]
    verdict = judged(case(blocks, LimitQuestion(ERRORS, False, limit, "%"))).verdict
    assert verdict.outcome is outcome
    assert verdict.estimate == pytest.approx(failed / (3000 + failed))
    low, high = verdict.interval
    assert low <= verdict.estimate <= high
    assert (high < limit) == (outcome is PROVED)
    assert (low > limit) == (outcome is REFUTED)


def test_failures_break_an_upper_limit_and_prove_no_lower_one(case, stream):
    failing = stream(12, failed=600)
    upper = LimitQuestion(P99, False, 20_000, "ms")
    assert judged(case(failing, upper)).verdict.outcome is REFUTED
    lower = replace(upper, at_least=True)
    verdict = judged(case(failing, lower)).verdict
    assert verdict.outcome is INVALID
    assert "after failed 16.7% of its requests" in verdict.reason


def test_a_median_within_its_limit_is_no_merit_where_requests_fail(case, stream):
    question = LimitQuestion(replace(P99, measure="p50"), False, 20_000, "ms")
    assert judged(case(stream(12, failed=600), question)).verdict.outcome is INVALID


def test_blocks_that_the_engine_spoilt(case, stream):
    blocks = [replace(b, engine_cpu=0.95) if b.pair < 4 else b for b in stream(20)]
    verdict = judged(case(blocks, LimitQuestion(P99, False, 1300, "ms"))).verdict
    assert verdict.outcome is INVALID
    assert "3 of 3 blocks are invalid" in verdict.reason


def test_the_last_look(case, stream):
    question = LimitQuestion(P99, False, 1000, "ms")
    found = judged(case(stream(15), question, n_max=12))
    assert (found.verdict.outcome, found.verdict.pairs, found.settled) == (UNDECIDED, 12, True)
    assert found.verdict.reason == "12 blocks did not decide"


def test_a_verdict_stays_whatever_is_measured_after_it(case, stream):
    question = LimitQuestion(P99, False, 1300, "ms")
    assert (
        judged(case(stream(30, wobble=0.05), question)).verdict
        == judged(case(stream(20, wobble=0.05), question)).verdict
    )


def test_information_is_shown_over_all_blocks(case, stream):
    found = judged(case(stream(20), LimitQuestion(P99, False, 5000, "ms"), judged=False))
    assert (found.verdict.outcome, found.verdict.pairs, found.settled) == (None, 20, False)


def test_nothing_measured(case):
    found = judged(case([], LimitQuestion(P99, False, 5000, "ms"), ended="budget ended"))
    assert found.verdict.reason == "budget ended before a block was complete"
