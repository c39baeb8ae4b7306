"""Ways to fool a benchmark. Each looks like a clear win, and none may be PROVED."""

from dataclasses import replace

import pytest

from assay._engine import Histogram
from assay.evidence import Recorded
from assay.verdicts import Outcome, judge_family


def outcome_of(case):
    (only,) = judge_family([case])
    return only.verdict


def only_before(blocks, **changed):
    return [replace(b, **changed) if b.variant == "before" else b for b in blocks]


@pytest.mark.parametrize(
    ("trap", "change", "words"),
    [
        ("a saturated generator", {"engine_cpu": 0.97}, "worked 97% of a core, over 70%"),
        ("a generator that gave up", {"sent": 800}, "sent 800 of 1,000 scheduled requests"),
        (
            "a generator that sends late",
            {
                "lag": Histogram.from_counts([(5, 900), (3000, 100)]),
                "recorded": (
                    Recorded("Get", "ok", "latency", Histogram.from_counts([(9000, 1000)])),
                    Recorded("Get", "ok", "service", Histogram.from_counts([(6500, 1000)])),
                ),
            },
            "sent its requests up to 3 ms late",
        ),
        ("a process that restarted", {"restarted": ("lookup",)}, "lookup restarted"),
        ("blocks without a request", {"scheduled": 0}, "held no request"),
    ],
)
def test_the_generator_or_the_run(case, pairs, trap, change, words):
    verdict = outcome_of(case(only_before(pairs([9.0] * 12), **change)))
    assert verdict.outcome is Outcome.INVALID, trap
    assert words in verdict.reason, trap


def test_a_generator_that_stalls_now_and_then(case, pairs):
    """Nine milliseconds that it made itself: from their sending on it was one."""
    stalled = {
        "recorded": (
            Recorded("Get", "ok", "latency", Histogram.from_counts([(9000, 1000)])),
            Recorded("Get", "ok", "service", Histogram.from_counts([(1200, 1000)])),
        )
    }
    blocks = only_before(pairs([9.0] * 60), **stalled)
    assert outcome_of(case(blocks, ended="budget ended")).outcome is Outcome.UNDECIDED


def test_fast_failures(case, block, pairs):
    """`after` answers in no time because it answers nothing."""
    blocks = [
        block("after", b.pair, 100, failed=400) if b.variant == "after" else b
        for b in pairs([1.0] * 12)
    ]
    verdict = outcome_of(case(blocks))
    assert verdict.outcome is Outcome.INVALID
    assert "after failed 28.6% of its requests" in verdict.reason


def test_failures_under_the_limit_still_count_as_infinitely_slow(case, block):
    """At p99.9, half a percent of failures is what the quantile is about."""
    blocks = []
    for pair in range(1, 13):
        blocks.append(block("before", pair, times=[(3300, 1000)]))
        blocks.append(block("after", pair, times=[(1000, 995)], failed=5))
    question = case(blocks).question
    asked = replace(
        question,
        numerator=replace(question.numerator, measure="p99.9"),
        denominator=replace(question.denominator, measure="p99.9"),
    )
    assert outcome_of(case(blocks, asked)).outcome is Outcome.REFUTED


def test_one_lucky_start(case, pairs):
    """Sixty pairs, all won, on one start of the processes."""
    lucky = pairs([3.3] * 60, per_epoch=60)
    verdict = outcome_of(case(lucky, pairs_per_epoch=60, ended="budget ended"))
    assert (verdict.outcome, verdict.starts) == (Outcome.UNDECIDED, 1)


def test_a_cold_start_against_a_warm_one(case, pairs):
    spoilt = "no steady state: before had not settled after 30 s of load"
    assert outcome_of(case(pairs([9.0] * 20), spoilt=spoilt)).outcome is Outcome.INVALID


def test_a_pair_is_never_dropped_for_its_value(case, pairs):
    verdict = outcome_of(case(pairs([3.3, 3.3, 0.5, 1000.0, 3.3, 3.3, 3.3])))
    assert (verdict.outcome, verdict.pairs) == (Outcome.UNDECIDED, 7)
