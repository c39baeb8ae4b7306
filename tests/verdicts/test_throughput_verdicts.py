"""A ratio of throughputs: of variants that were driven as far as they go, or none at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay._engine import Histogram
from assay.evidence import Block, Recorded
from assay.verdicts import Outcome, Quantity, RatioQuestion, judge_family, saturated_at
from assay.verdicts.saturation import limits

MORE = RatioQuestion(
    Quantity("before", "lookup", "throughput"),
    Quantity("after", "lookup", "throughput"),
    at_least=True,
    required=1.5,
)


@pytest.fixture
def blocks(block):
    def made(ratios: Sequence[float], failed: int = 0) -> list[Block]:
        """`after` does 1,000 in 3 s, `before` so many times as much."""
        found: list[Block] = []
        for pair, ratio in enumerate(ratios, 1):
            done = [(1000, round(1000 * ratio))]
            found += [
                block("before", pair, epoch=1, times=done, failed=failed),
                block("after", pair, epoch=1, times=[(1000, 1000)]),
            ]
        return found

    return made


def doubled(before_per_s: float = 700.0, after_per_s: float = 333.0) -> dict:
    return {"before": [(1, before_per_s)], "after": [(1, after_per_s)]}


def judged(case, found: Sequence[Block], **more):
    [judgement] = judge_family([case(found, MORE, doubled=doubled(), **more)])
    return judgement.verdict


def test_more_is_proved_and_less_refuted(case, blocks) -> None:
    proved = judged(case, blocks([2.0] * 7))
    assert proved.outcome is Outcome.PROVED
    assert proved.estimate == pytest.approx(2.0)
    assert proved.pooled == pytest.approx(2.0)
    less = judge_family([case(blocks([1.4] * 7), MORE, doubled=doubled(before_per_s=470.0))])
    assert less[0].verdict.outcome is Outcome.REFUTED
    assert judged(case, blocks([2.0] * 6), ended="budget ended").outcome is Outcome.UNDECIDED


def test_a_block_that_failed_did_nothing(case, blocks) -> None:
    found = blocks([2.0] * 20)
    found[0] = replace(found[0], recorded=blocks([2.0], failed=30)[0].recorded)
    verdict = judged(case, found, judged=False)
    assert verdict.ratios[:2] == (0, 2)


def test_what_could_have_done_more_is_not_compared(case, blocks) -> None:
    more = doubled(after_per_s=450.0)
    verdict = judge_family([case(blocks([2.0] * 7), MORE, doubled=more)])[0].verdict
    assert verdict.outcome is Outcome.INVALID
    assert verdict.reason.startswith("after was not saturated: twice the users gave 1.35 times")
    verdict = judge_family([case(blocks([2.0] * 7), MORE)])[0].verdict
    assert verdict.outcome is Outcome.INVALID
    assert "it was not looked whether before" in verdict.reason


def test_what_comes_late_is_not_done_and_did_not_fail(case, blocks) -> None:
    found = blocks([2.0] * 7)
    late = Recorded("Get", "late", "latency", Histogram.from_counts([(6_000_000, 500)]))
    found = [
        replace(each, recorded=(*each.recorded, late)) if each.variant == "before" else each
        for each in found
    ]
    verdict = judged(case, found)
    assert (verdict.outcome, verdict.estimate) == (Outcome.PROVED, 2.0)
    assert found[0].error_rate() == pytest.approx(0.2)
    assert found[0].error_rate(late=False) == 0.0


def test_variants_that_fail_unlike_did_not_do_the_same_work(case, blocks) -> None:
    verdict = judged(case, blocks([2.0] * 7, failed=18))
    assert verdict.outcome is Outcome.INVALID
    assert "before failed 0.89% of what was asked of it and after 0.00%" in verdict.reason


def test_the_users_are_those_whom_twice_as_many_add_nothing_to() -> None:
    assert saturated_at([(8, 50.0), (16, 90.0), (32, 91.0), (32, 89.0)]) == 16
    assert saturated_at([(8, 50.0), (16, 90.0), (32, 0.0), (32, 0.0)]) == 16
    assert saturated_at([(8, 50.0), (16, 51.0), (16, 50.0)]) == 8
    assert saturated_at([(8, 50.0), (16, 51.0), (16, 60.0)]) is None
    assert saturated_at([(8, 50.0), (16, 90.0), (32, 91.0)]) is None
    assert saturated_at([]) is None


@given(st.lists(st.floats(0, 1e4), max_size=12))
def test_a_search_ends_at_one_of_its_steps_or_goes_on(done: list[float]) -> None:
    steps = [(8 * 2 ** (i // 2), per_s) for i, per_s in enumerate(done)]
    found = saturated_at(steps)
    assert found is None or found in [users for users, _ in steps if users < steps[-1][0]]


def test_what_limits_is_named(block) -> None:
    used = {"shop": 0.4, "postgres": 0.2}
    full = block("before", 1, used=used, cores=1, capacities={"threads": (64.0, 64.0)})
    busy = block("after", 1, used={"shop": 0.8, "kafka": 0.19}, cores=1)
    idle = block("idle", 1, used=used, cores=1, capacities={"threads": (3.0, 64.0)})
    kernel = block("kernel", 1, used=used, cores=1, idle_cores=0.04)
    assert list(limits([full, busy, idle, kernel])) == [
        "before is limited by threads (64 of 64 taken); 0.60 of 1 cores busy: shop 0.40,"
        " postgres 0.20",
        "after is limited by the processor; 0.99 of 1 cores busy: shop 0.80, kafka 0.19",
        "idle is limited by none of what is known: 0.60 of 1 cores busy: shop 0.40, postgres 0.20;"
        " nearest to its end is threads, 3 of 64",
        "kernel is limited by the processor; 0.96 of 1 cores busy: shop 0.40, postgres 0.20",
    ]
    assert list(limits([block("unseen", 1)])) == []
