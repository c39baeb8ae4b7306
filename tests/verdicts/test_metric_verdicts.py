"""Claims on a share that a service counts itself."""

import random

import pytest

from assay.verdicts import (
    LimitQuestion,
    Outcome,
    Quantity,
    RatioQuestion,
    Window,
    filled,
    judge_family,
    primed,
    supported,
)

HITS = Quantity("after", "lookup", "cache_hit_rate")


@pytest.fixture
def stream(block):
    """Blocks that count 2,000 reads each, of which `share` hit, more or less."""

    def make(count, share, wobble=0.0):
        chance = random.Random(1)
        blocks = []
        for pair in range(1, count + 1):
            here = min(1.0, max(0.0, share + chance.gauss(0, wobble)))
            hits = sum(chance.random() < here for _ in range(2000))
            blocks.append(block("after", pair, metrics={"cache_hit_rate": (hits, 2000)}))
        return blocks

    return make


def judged(case):
    (only,) = judge_family([case])
    return only.verdict


@pytest.mark.parametrize(
    ("why", "share", "limit", "at_least", "outcome"),
    [
        ("over what is asked", 0.94, 0.92, True, Outcome.PROVED),
        ("under it", 0.90, 0.92, True, Outcome.REFUTED),
        ("at it", 0.92, 0.92, True, Outcome.UNDECIDED),
        ("under a limit from above", 0.02, 0.05, False, Outcome.PROVED),
        ("over it", 0.08, 0.05, False, Outcome.REFUTED),
    ],
)
def test_a_share(case, stream, why, share, limit, at_least, outcome):
    verdict = judged(case(stream(30, share), LimitQuestion(HITS, at_least, limit, "%")))
    assert verdict.outcome is outcome, why
    assert verdict.estimate == pytest.approx(share, abs=0.01)
    assert verdict.required == limit
    low, high = verdict.interval
    assert low < verdict.estimate < high
    if outcome is not Outcome.UNDECIDED:
        assert not low <= limit <= high, "the table and the verdict agree"


def test_blocks_that_hang_together_count_for_less(case, stream):
    """The same share and the same counts, but a cache that has good and bad minutes."""
    question = LimitQuestion(HITS, True, 0.92, "%")
    steady = judged(case(stream(30, 0.94), question))
    wobbling = judged(case(stream(30, 0.94, wobble=0.03), question))
    width = [high - low for low, high in (steady.interval, wobbling.interval)]
    assert wobbling.pairs > steady.pairs
    assert wobbling.outcome is not Outcome.REFUTED
    assert width[0] > 0


def test_a_metric_that_cannot_be_read_is_no_evidence(case, stream, block):
    question = LimitQuestion(HITS, True, 0.92, "%")
    unread = [block("after", pair) for pair in range(1, 6)]
    verdict = judged(case(unread, question, ended="budget ended"))
    assert verdict.outcome is Outcome.INVALID
    assert "cache_hit_rate could not be read around the block" in verdict.reason
    idle = [block("after", pair, metrics={"cache_hit_rate": (0, 0)}) for pair in range(1, 6)]
    assert "cache_hit_rate counted nothing" in judged(case(idle, question)).reason


def test_hits_of_requests_that_failed_prove_nothing(case, block):
    blocks = [
        block("after", pair, failed=500, metrics={"cache_hit_rate": (1990, 2000)})
        for pair in range(1, 12)
    ]
    verdict = judged(case(blocks, LimitQuestion(HITS, True, 0.92, "%")))
    assert verdict.outcome is Outcome.INVALID
    assert "failed" in verdict.reason


def test_what_cannot_be_judged_is_refused():
    other = Quantity("before", "lookup", "cache_hit_rate")
    assert "a ratio of metrics" in supported(RatioQuestion(HITS, other, True, 2.0))
    assert "between 0% and 100%" in supported(LimitQuestion(HITS, True, 1.0, "%"))
    assert supported(LimitQuestion(HITS, True, 0.92, "%")) is None


@pytest.mark.parametrize(
    ("why", "medians", "shares", "steady"),
    [
        ("too few to say", [100] * 5, [0.9] * 5, False),
        ("all agree", [*[105] * 3, 100, 102, 104], [*[0.1] * 3, 0.900, 0.902, 0.904], True),
        ("the compiler is still at it", [150, 140, 135, 130, 115, 100], [0.9] * 6, False),
        ("it gains slowly", [115, 113, 112, 108, 104, 100], [0.9] * 6, False),
        ("the cache still fills", [100] * 6, [0.7, 0.7, 0.7, 0.80, 0.83, 0.85], False),
        ("they agreed once, and no more", [*[100] * 6, 150], [0.9] * 7, False),
        ("what was long ago does not count", [300, *[100] * 6], [0.1, *[0.9] * 6], True),
        ("a share that could not be read", [100] * 6, [*[0.9] * 4, None, 0.9], False),
    ],
)
def test_when_a_system_is_primed(why, medians, shares, steady):
    windows = [Window(m, {"hits": s}) for m, s in zip(medians, shares, strict=True)]
    assert primed(windows) is steady, why


def test_without_metrics_the_medians_alone_say_so():
    assert primed([Window(100, {})] * 6)


@pytest.mark.parametrize(
    ("why", "shares", "full"),
    [
        ("flat, and short of what is to come", [0.900, 0.902, 0.904], False),
        ("a point short is full", [0.931, 0.932, 0.930], True),
        ("more than was expected", [0.96, 0.96, 0.96], True),
        ("never read", [None, None, None], False),
        ("only the last three count", [0.94, 0.94, 0.90, 0.90, 0.90], False),
    ],
)
def test_when_a_cache_is_filled(why, shares, full):
    windows = [Window(100, {"hits": share}) for share in shares]
    assert filled(windows, {"hits": 0.94}) is full, why
    assert filled(windows, {}), "nothing is expected of it"
