"""What each fault met and what came of it: a row a fault, a column a step of the work. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assay.evidence.block import Block, Count, Injected
from assay.verdicts import timeline
from assay.verdicts.audits import found_after

LEAST_MET = 20
"""Fewer that were at a step while it was broken say nothing of it."""


class CellOutcome(StrEnum):
    HELD = "held"
    VIOLATED = "violated"
    INVALID = "invalid"
    """Too few were there."""


@dataclass(frozen=True)
class Cell:
    """Those who were at one step while one fault lasted, over all its blocks."""

    met: int
    wrong: int
    """Of them, those that an audit named."""
    examples: tuple[str, ...] = ()

    @property
    def outcome(self) -> CellOutcome:
        if self.wrong:
            return CellOutcome.VIOLATED
        return CellOutcome.HELD if self.met >= LEAST_MET else CellOutcome.INVALID


@dataclass(frozen=True)
class FaultRow:
    fault: str
    kind: str
    target: str
    runs: int
    """How often it was seen to bite."""
    wrong: int
    """What the counts of audits rose by after them, at whatever step it was."""
    cells: Mapping[str, Cell]
    recovery_s: float | None
    """The longest; infinite where a block ended first, None where there is no control."""


@dataclass(frozen=True)
class Matrix:
    """Of one variant under one workload."""

    comparison: str
    variant: str
    steps: tuple[str, ...]
    """As the audit names them, in its order."""
    rows: tuple[FaultRow, ...]

    def count(self, outcome: CellOutcome) -> int:
        """Cells with this outcome."""
        return sum(cell.outcome is outcome for row in self.rows for cell in row.cells.values())


def matrices(blocks: Sequence[Block]) -> list[Matrix]:
    """One for each comparison and variant that was broken."""
    sides: dict[tuple[str, str], list[Block]] = {}
    for block in blocks:
        sides.setdefault((block.comparison, block.variant), []).append(block)
    return [
        _matrix(*side, own) for side, own in sides.items() if any(block.faults for block in own)
    ]


def _matrix(comparison: str, variant: str, blocks: Sequence[Block]) -> Matrix:
    injected = [each for block in blocks for each in block.faults]
    steps = tuple(dict.fromkeys(step for each in injected for step in each.met))
    faults = sorted({each.fault for each in injected})
    rows = tuple(_row(fault, blocks, steps) for fault in faults)
    return Matrix(comparison, variant, steps, rows)


def _row(fault: str, blocks: Sequence[Block], steps: Sequence[str]) -> FaultRow:
    runs = [
        (block, each)
        for block in blocks
        for each in block.faults
        if each.fault == fault and each.bit
    ]
    named = [each for block in blocks for each in block.faults if each.fault == fault]
    return FaultRow(
        fault=fault,
        kind=" or ".join(sorted({each.kind for each in named})),
        target=" or ".join(sorted({each.target for each in named})),
        runs=len(runs),
        wrong=_wrong(fault, blocks),
        cells={
            step: _cell([each.met.get(step, Count(0, 0)) for _, each in runs]) for step in steps
        },
        recovery_s=_recovery_s(runs, blocks),
    )


def _wrong(fault: str, blocks: Sequence[Block]) -> int:
    audits = dict.fromkeys(name for block in blocks for name in block.audits)
    return sum(
        count.found
        for audit in audits
        for block, counts in found_after(blocks, audit)
        if block.under(fault)
        for count in counts.values()
    )


def _cell(counts: Sequence[Count]) -> Cell:
    return Cell(
        met=sum(count.of for count in counts),
        wrong=sum(count.found for count in counts),
        examples=tuple(id for count in counts for id in count.examples),
    )


def _recovery_s(runs: Sequence[tuple[Block, Injected]], blocks: Sequence[Block]) -> float | None:
    took: list[float] = []
    for block, each in runs:
        if len(block.faults) > 1:
            continue  # the next came before anybody could have recovered
        controls = timeline.controls_of(block, blocks)
        if controls and (usual := timeline.control(controls)).per_s:
            took.append(timeline.recovery_s(block, each, usual))
    return max(took, default=None)
