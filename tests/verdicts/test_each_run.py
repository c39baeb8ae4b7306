"""What each run of a fault is to keep within, beside the same load without one."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay._engine import Histogram
from assay.evidence import Injected, Recorded, Slice
from assay.verdicts import FAULT_TIMES, FaultQuestion, Outcome, Quantity, judge_family
from assay.verdicts.timeline import Control, recovery_s
from tests.verdicts.conftest import make_block

FAULT = Injected("killed", "kill", "bus", 3.0, 6.0, "killed by SIGKILL", 31, undone_s=5.0)


def asks(measure: str, limit: float, **more: object) -> FaultQuestion:
    quantity = Quantity("saga", "steady", measure)
    timed = measure in FAULT_TIMES
    return FaultQuestion(quantity, "killed", not timed, limit, "s" if timed else "%", **more)  # type: ignore[arg-type]


RECOVERY = asks("recovery_time", 4.0)


@pytest.fixture
def run(block):
    """A block of 12 s whose half seconds have so many visits that ended well, and failed."""

    def made(number: int, well: list[int], failed: list[int] | None = None, fault=FAULT, **more):
        slices = tuple(
            Slice(at / 2, done + bad, bad, 1000.0, 1000.0)
            for at, (done, bad) in enumerate(zip(well, failed or [0] * len(well), strict=True))
        )
        times = Histogram.from_counts([(1000, sum(well))] if sum(well) else [])
        return block(
            *("saga", number),
            epoch=more.pop("epoch", 1),
            seconds=len(well) / 2,
            slices=slices,
            recorded=(Recorded("visit", "ok", "latency", times),),
            faults=(fault,) if fault else (),
            **more,
        )

    return made


def control(run, number: int, **more):
    return run(number, [10] * 24, fault=None, **more)


def recovering(seconds: float) -> list[int]:
    """Nothing from the fault at 3 s until so long after it began to be undone, at 5 s."""
    halves = range(24)
    return [0 if 3.0 <= half / 2 < 5.0 + seconds else 10 for half in halves]


def verdict(case, blocks, question=RECOVERY, **more):
    return judge_family([case(blocks, question, **more)])[0].verdict


def test_six_that_recovered_in_time_prove_it_with_their_bound(case, run) -> None:
    blocks = [control(run, 0)] + [run(n, recovering(2.0)) for n in range(1, 7)]
    found = verdict(case, blocks)
    assert (found.outcome, found.estimate, found.pairs) == (Outcome.PROVED, 2.0, 6)
    assert found.reason == (
        "in all 6 runs: with 95% confidence in more than 61% of all; bus was hit 6 times"
        " (killed by SIGKILL), with 186 visits under way"
    )


def test_five_are_too_few(case, run) -> None:
    blocks = [control(run, 0)] + [run(n, recovering(2.0)) for n in range(1, 6)]
    assert verdict(case, blocks).outcome is Outcome.UNDECIDED
    ended = verdict(case, blocks, ended="budget ended")
    assert ended.reason == "budget ended after 5 runs; it takes 6"


@pytest.mark.parametrize("took_s", [4.5, 99.0])
def test_one_that_took_longer_refutes_it(case, run, took_s: float) -> None:
    blocks = [control(run, 0), run(1, recovering(1.0)), run(2, recovering(took_s))]
    found = verdict(case, blocks)
    assert (found.outcome, found.reason) == (Outcome.REFUTED, "in 1 of 2 runs of the fault")
    assert found.estimate == (4.5 if took_s == 4.5 else math.inf)


def test_a_short_burst_is_no_recovery(case, run) -> None:
    limps = recovering(3.0)
    limps[10] = 40
    assert verdict(case, [control(run, 0), run(1, limps)]).estimate > 2.0


def test_what_never_stopped_needs_no_time(case, run) -> None:
    assert verdict(case, [control(run, 0), run(1, [10] * 24)]).estimate == 0.0


def test_how_much_was_answered_and_done_meanwhile(case, run) -> None:
    well = [5 if 3 <= half / 2 < 6 else 10 for half in range(24)]
    failed = [5 if 3 <= half / 2 < 6 else 0 for half in range(24)]
    blocks = [control(run, 0), run(1, well, failed)]
    for measure in ("availability", "goodput_kept"):
        assert verdict(case, blocks, asks(measure, 0.4)).estimate == pytest.approx(0.5)
        assert verdict(case, blocks, asks(measure, 0.6)).outcome is Outcome.REFUTED


@pytest.mark.parametrize(
    ("alarmed_s", "outcome", "took_s"),
    [
        (3.75, Outcome.PROVED, 0.75),
        (5.5, Outcome.REFUTED, 2.5),
        (None, Outcome.REFUTED, math.inf),
        (2.5, Outcome.INVALID, None),
    ],
)
def test_when_it_was_told_of(case, run, alarmed_s, outcome, took_s) -> None:
    fault = replace(FAULT, alarmed_s=alarmed_s)
    blocks = [control(run, 0)] + [run(n, recovering(2.0), fault=fault) for n in range(1, 7)]
    found = verdict(case, blocks, asks("detection_time", 1.0))
    assert (found.outcome, found.estimate) == (outcome, took_s)


def test_controls_are_of_the_same_start(case, run) -> None:
    other = run(0, [100] * 24, fault=None, epoch=2)
    assert verdict(case, [other, run(1, recovering(1.0))]).outcome is Outcome.UNDECIDED
    found = verdict(case, [other, control(run, 2), run(1, recovering(1.0))])
    assert found.estimate == 1.0


def behind(until_s: float, most: float = 3.0) -> dict[str, tuple[tuple[float, float], ...]]:
    """A backlog that is long from the fault at 3 s until then."""
    return {"behind": tuple((at / 2, most if 3.0 <= at / 2 < until_s else 1.0) for at in range(24))}


def test_what_is_behind_has_not_recovered(case, run) -> None:
    blocks = [
        control(run, 0, backlogs=behind(0.0)),
        run(1, recovering(1.0), backlogs=behind(8.0)),
        run(2, recovering(1.0), backlogs=behind(5.0)),
    ]
    assert verdict(case, blocks).ratios == (3.0, 1.0)
    assert verdict(case, [blocks[0], run(1, recovering(1.0), backlogs=behind(99.0))]).estimate == (
        math.inf
    )


def test_as_much_behind_as_without_a_fault_is_none(case, run) -> None:
    blocks = [
        control(run, 0, backlogs=behind(4.0)),
        run(1, recovering(1.0), backlogs=behind(99.0)),
    ]
    assert verdict(case, blocks).estimate == 1.0


def test_a_backlog_that_nobody_can_read_is_not_worked_off(case, run) -> None:
    unread = {"behind": tuple(at for at in behind(0.0)["behind"] if at[0] < 5.0)}
    blocks = [control(run, 0, backlogs=behind(0.0)), run(1, recovering(1.0), backlogs=unread)]
    assert verdict(case, blocks).estimate == math.inf
    blind = control(run, 0, backlogs={"behind": ()})
    found = verdict(case, [blind, run(1, recovering(1.0), backlogs=behind(0.0))])
    assert found.outcome is Outcome.INVALID
    assert "behind could not be read in block" in found.reason


def test_of_a_budget_what_failed_is_spent(case, run) -> None:
    failed = [0] * 6 + [6] + [0] * 17
    budget = asks("budget_spent", 1.0, objective=0.9)
    blocks = [control(run, 0), *(run(n, [9] * 6 + [3] + [9] * 17, failed) for n in range(1, 7))]
    found = verdict(case, blocks, replace(budget, at_least=False))
    assert found.outcome is Outcome.PROVED
    assert found.estimate == pytest.approx(6 / (0.1 * 216))
    found = verdict(case, blocks, replace(budget, at_least=False, limit=0.2))
    assert found.outcome is Outcome.REFUTED


def test_a_metric_of_each_run_is_kept_within(case, run) -> None:
    retries = replace(asks("retries", 0.3), at_least=False)
    counted = [run(n, recovering(1.0), metrics={"retries": (n, 20)}) for n in range(1, 7)]
    found = verdict(case, [control(run, 0), *counted], retries)
    assert (found.outcome, found.estimate) == (Outcome.PROVED, 0.3)
    found = verdict(case, [control(run, 0), *counted], replace(retries, limit=0.25))
    assert (found.outcome, found.reason[:12]) == (Outcome.REFUTED, "in 1 of 6 ru")


@pytest.mark.parametrize(
    ("metrics", "said"),
    [({}, "could not be read around it"), ({"retries": (0, 0)}, "counted nothing")],
)
def test_a_metric_that_nobody_counted_tells_nothing(case, run, metrics, said) -> None:
    retries = replace(asks("retries", 0.3), at_least=False)
    blocks = [control(run, 0), run(1, recovering(1.0), metrics=metrics)]
    found = verdict(case, blocks, retries)
    assert found.outcome is Outcome.INVALID
    assert said in found.reason


def test_controls_that_differ_are_no_measure(case, run) -> None:
    unlevel = run(3, [20] * 24, fault=None)
    found = verdict(case, [control(run, 0), unlevel, run(1, recovering(1.0))])
    assert found.outcome is Outcome.INVALID
    assert "did 20.0 and 40.0 visits a second on one start" in found.reason


@pytest.mark.parametrize(
    ("fault", "question", "said"),
    [
        (
            Injected("killed", "kill", "bus", 3.0, 6.0, "", 31, undone_s=5.0),
            RECOVERY,
            "not seen to bite",
        ),
        (FAULT, asks("recovery_time", 4.0, in_flight=40), "31 visits were under way"),
    ],
)
def test_a_fault_that_did_nothing_proves_nothing(case, run, fault, question, said) -> None:
    found = verdict(case, [control(run, 0), run(1, [10] * 24, fault=fault)], question)
    assert found.outcome is Outcome.INVALID
    assert said in found.reason


@given(st.floats(0, 4), st.floats(0, 4))
def test_who_recovers_later_has_taken_longer(early: float, late: float) -> None:
    def took(seconds: float) -> float:
        slices = tuple(
            Slice(at / 2, well, 0, 1.0, 1.0) for at, well in enumerate(recovering(seconds))
        )
        block = make_block("saga", 1, seconds=12.0, slices=slices)
        return recovery_s(block, FAULT, Control(20.0))

    early, late = sorted((early, late))
    assert took(early) <= took(late)
    assert took(late) == pytest.approx(late, abs=0.5)
