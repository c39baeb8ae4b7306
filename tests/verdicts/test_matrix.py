"""What each fault met at each step, and what came of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay.evidence import Count, Injected
from assay.verdicts import CellOutcome, matrices

KILLED = Injected("killed", "kill", "bus", 1.0, 3.0, "killed by SIGKILL", 30, undone_s=2.0)


def met(fault: str = "killed", bit: str = "killed by SIGKILL", **at: Count) -> tuple[Injected]:
    return (replace(KILLED, fault=fault, bit=bit, met=at),)


@pytest.fixture
def broken(block):
    def made(number: int, faults: tuple[Injected, ...], lost: int = 0):
        counts = {"lost": Count(lost, 500, tuple(f"o-{n}" for n in range(lost)))}
        return block("before", number, epoch=1, faults=faults, audits={"orders": counts})

    return made


def test_a_cell_counts_all_runs_of_its_fault(broken) -> None:
    blocks = [
        broken(1, met(pay=Count(0, 12), ship=Count(0, 3))),
        broken(2, met("frozen", pay=Count(0, 40))),
        broken(3, met(pay=Count(1, 9, ("o-0",)), ship=Count(0, 16)), lost=1),
    ]
    [matrix] = matrices(blocks)
    assert matrix.steps == ("pay", "ship")
    frozen, killed = matrix.rows
    assert (killed.runs, killed.wrong) == (2, 1)
    assert [killed.cells[step].met for step in matrix.steps] == [21, 19]
    assert killed.cells["pay"].outcome is CellOutcome.VIOLATED
    assert killed.cells["pay"].examples == ("o-0",)
    assert killed.cells["ship"].outcome is CellOutcome.INVALID
    assert (frozen.runs, frozen.wrong) == (1, 0)
    assert [frozen.cells[step].outcome for step in matrix.steps] == ["held", "invalid"]
    assert [matrix.count(outcome) for outcome in CellOutcome] == [1, 1, 2]


def test_what_did_not_bite_met_nobody(broken) -> None:
    [matrix] = matrices([broken(1, met(bit="", pay=Count(0, 99)))])
    [row] = matrix.rows
    assert (row.runs, row.cells["pay"].met) == (0, 0)


def test_what_was_lost_before_anyone_was_at_a_step_is_told_of_the_fault(broken) -> None:
    [matrix] = matrices([broken(1, met()), broken(2, met("frozen"), lost=2)])
    assert {row.fault: row.wrong for row in matrix.rows} == {"killed": 0, "frozen": 2}


def test_without_a_fault_there_is_none(broken) -> None:
    assert matrices([broken(1, ())]) == []
