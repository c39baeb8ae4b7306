"""A count of an audit that must be zero: one refutes, and of none it is said among how many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay.evidence import Count, Injected
from assay.verdicts import Outcome, ZeroQuestion, judge_family

LOST = ZeroQuestion("before", "lookup", "orders", "lost")
NONE = {"lost": Count(0, 500), "twice": Count(0, 500)}
ONE = {"lost": Count(1, 500, ("o-7",)), "twice": Count(0, 500)}


@pytest.fixture
def audited(block):
    def made(*counts: dict[str, Count], seen: int = 1000):
        times = [(1000, seen)]
        return [
            block("before", pair, epoch=1, times=times, audits={"orders": each})
            for pair, each in enumerate(counts, 1)
        ]

    return made


def verdict(case, blocks, question=LOST, **more):
    return judge_family([case(blocks, question, **more)])[0].verdict


def test_none_among_enough_is_proved_with_its_bound(case, audited) -> None:
    found = verdict(case, audited(NONE, NONE))
    assert (found.outcome, found.estimate, found.pairs) == (Outcome.PROVED, 0.0, 2)
    assert found.reason == (
        "none in 2,000 visits: with 95% confidence it happens to fewer than one in 666"
    )


def test_none_among_a_few_is_undecided(case, audited) -> None:
    assert verdict(case, audited(NONE, seen=299)).outcome is Outcome.UNDECIDED
    found = verdict(case, audited(NONE, seen=299), ended="budget ended")
    assert found.reason == "budget ended after 299 visits; it takes 300 at least"


def test_one_refutes_whenever_it_is_found(case, audited) -> None:
    for blocks in (audited(ONE, NONE), audited(NONE, NONE, ONE), audited(ONE, seen=1)):
        found = verdict(case, blocks)
        assert found.outcome is Outcome.REFUTED
        assert found.reason == "lost: 1 of 500 (o-7)"


def test_all_counts_together(case, audited) -> None:
    twice = {"lost": Count(0, 9), "twice": Count(5, 9, ("a", "b", "c", "d"))}
    whole = ZeroQuestion("before", "lookup", "orders", None)
    assert verdict(case, audited(twice)).outcome is Outcome.PROVED
    found = verdict(case, audited(twice), whole)
    assert (found.outcome, found.estimate) == (Outcome.REFUTED, 5.0)
    assert found.reason == "twice: 5 of 9 (a, b, c, …)"


def test_a_count_that_the_audit_does_not_have(case, audited) -> None:
    found = verdict(case, audited(NONE), ZeroQuestion("before", "lookup", "orders", "lots"))
    assert found.outcome is Outcome.INVALID
    assert found.reason == "the audit orders has no count `lots`; it has lost, twice"


def test_it_takes_no_share_of_the_error_of_others(case, pairs, audited) -> None:
    ratio, zero = judge_family([case(pairs([3.3] * 7)), case(audited(NONE), LOST, name="zero")])
    assert (ratio.verdict.outcome, ratio.verdict.alpha) == (Outcome.PROVED, 0.05)
    assert zero.verdict.outcome is Outcome.PROVED


KILLED = ZeroQuestion("before", "lookup", "orders", "lost", during="killed", in_flight=20)
BITTEN = Injected("killed", "kill", "bus", 3.0, 6.0, "killed by SIGKILL", in_flight=31)


@pytest.fixture
def broken(block):
    def made(*faults: Injected | None, counts: dict[str, Count] = NONE):
        return [
            block(
                *("before", pair),
                epoch=1,
                times=[(1000, 1000)],
                audits={"orders": counts},
                faults=() if fault is None else (fault,),
            )
            for pair, fault in enumerate(faults, 1)
        ]

    return made


def test_a_fault_that_bit_is_told_of(case, broken) -> None:
    found = verdict(case, broken(BITTEN, BITTEN), KILLED)
    assert found.outcome is Outcome.PROVED
    assert found.reason.endswith(
        "; bus was hit 2 times (killed by SIGKILL), with 62 visits under way"
    )
    found = verdict(case, broken(BITTEN), KILLED)
    assert found.reason.endswith("; bus was hit once (killed by SIGKILL), with 31 visits under way")
    found = verdict(case, broken(BITTEN, counts=ONE), KILLED)
    assert found.outcome is Outcome.REFUTED


def test_a_storm_is_told_by_all_that_it_hit(case, broken) -> None:
    [block] = broken(BITTEN)
    other = replace(BITTEN, target="books", in_flight=40)
    blunt = replace(BITTEN, bit="")
    found = verdict(case, [replace(block, faults=(BITTEN, other, blunt))], KILLED)
    assert found.outcome is Outcome.PROVED
    assert found.reason.endswith("; bus and books were hit 2 times, with 71 visits under way")
    found = verdict(case, [replace(block, faults=(BITTEN, blunt))], KILLED)
    assert found.reason == "killed was not seen to bite in block 0001-before-lookup"
    alone = replace(BITTEN, in_flight=3)
    found = verdict(case, [replace(block, faults=(BITTEN, alone))], KILLED)
    assert found.reason.startswith("3 visits were under way when killed began")


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (replace(BITTEN, bit=""), "killed was not seen to bite in block 0002-before-lookup"),
        (replace(BITTEN, in_flight=19), "19 visits were under way when killed began"),
    ],
)
def test_a_fault_that_did_not_bite_proves_nothing(case, broken, fault, why: str) -> None:
    found = verdict(case, broken(BITTEN, fault), KILLED)
    assert found.outcome is Outcome.INVALID
    assert found.reason.startswith(why)


def test_blocks_without_the_fault_say_nothing_of_it(case, broken) -> None:
    others = broken(None, replace(BITTEN, fault="frozen"), counts=ONE)
    assert verdict(case, others, KILLED).outcome is Outcome.UNDECIDED
    found = verdict(case, [*others, *broken(BITTEN)], KILLED)
    assert (found.outcome, found.pairs) == (Outcome.PROVED, 1)


FROZEN = replace(KILLED, during="frozen")


def lost(*ids: str) -> dict[str, Count]:
    return {"lost": Count(len(ids), 500, ids)}


@pytest.mark.parametrize(
    ("audits", "killed", "frozen"),
    [
        ([lost(), lost("a"), lost("a")], Outcome.PROVED, Outcome.REFUTED),
        ([lost("a"), lost("a"), lost("a")], Outcome.REFUTED, Outcome.PROVED),
        ([lost("a"), lost("b"), lost()], Outcome.REFUTED, Outcome.REFUTED),
        ([lost(), lost(), lost("a")], Outcome.REFUTED, Outcome.PROVED),
    ],
)
def test_what_is_lost_is_charged_to_the_fault_after_which_it_was_found(
    case, broken, audits, killed, frozen
) -> None:
    faults = BITTEN, replace(BITTEN, fault="frozen"), BITTEN
    blocks = [
        replace(block, audits={"orders": audit})
        for block, audit in zip(broken(*faults), audits, strict=True)
    ]
    assert verdict(case, blocks, KILLED).outcome is killed
    assert verdict(case, blocks, FROZEN).outcome is frozen


def test_each_start_is_counted_from_nothing(case, broken) -> None:
    first, second = broken(BITTEN, BITTEN, counts=ONE)
    assert verdict(case, [first, second], KILLED).estimate == 1.0
    assert verdict(case, [first, replace(second, epoch=2)], KILLED).estimate == 2.0


def test_visits_that_came_to_nothing_prove_nothing(case, block) -> None:
    few = block("before", 1, epoch=1, times=[(1000, 5000)], audits={"orders": NONE}, told=299)
    assert verdict(case, [few]).outcome is Outcome.UNDECIDED
    found = verdict(case, [replace(few, told=600)])
    assert found.reason.startswith("none in 600 visits")
