"""The matrix of faults and steps as every report shows it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assay.evidence import Block
from assay.reports import formatting as f
from assay.reports.verdict_data import finite
from assay.verdicts import Cell, CellOutcome, FaultRow, Matrix, matrices


@dataclass(frozen=True)
class MatrixTable:
    """Words only; the first column is the fault."""

    title: str
    summary: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    outcomes: tuple[tuple[CellOutcome | None, ...], ...]
    """Of each word; None where it is no cell."""


def matrix_tables(blocks: Sequence[Block]) -> list[MatrixTable]:
    """One for each comparison and variant that was broken."""
    return [_table(matrix) for matrix in matrices(blocks)]


def matrix_documents(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """The same as plain JSON objects."""
    return [
        {
            "comparison": matrix.comparison,
            "variant": matrix.variant,
            "steps": list(matrix.steps),
            **{outcome.value: matrix.count(outcome) for outcome in CellOutcome},
            "faults": [_row_document(row) for row in matrix.rows],
        }
        for matrix in matrices(blocks)
    ]


def _table(matrix: Matrix) -> MatrixTable:
    told = [f"{matrix.count(outcome)} {outcome}" for outcome in CellOutcome]
    cells = sum(matrix.count(outcome) for outcome in CellOutcome)
    summary = f"{f.counted(cells, 'cell')}: {', '.join(told)}" if cells else ""
    return MatrixTable(
        title=f"What each fault met in {matrix.comparison}",
        summary=summary,
        columns=("fault", "runs", *matrix.steps, "found wrong", "back in"),
        rows=tuple(_words(row, matrix.steps) for row in matrix.rows),
        outcomes=tuple(
            (None, None, *(row.cells[step].outcome for step in matrix.steps), _found(row), None)
            for row in matrix.rows
        ),
    )


def _words(row: FaultRow, steps: Sequence[str]) -> tuple[str, ...]:
    back = f.NOTHING if row.recovery_s is None else f.amount(row.recovery_s, "s")
    cells = (_cell_words(row.cells[step]) for step in steps)
    return row.fault, str(row.runs), *cells, str(row.wrong), back


def _cell_words(cell: Cell) -> str:
    match cell.outcome:
        case CellOutcome.HELD:
            return f"held {cell.met:,}"
        case CellOutcome.VIOLATED:
            return f"WRONG {cell.wrong:,}/{cell.met:,}"
        case CellOutcome.INVALID:
            return f"only {cell.met:,}"


def _found(row: FaultRow) -> CellOutcome | None:
    return CellOutcome.VIOLATED if row.wrong else None


def _row_document(row: FaultRow) -> dict[str, Any]:
    return {
        "fault": row.fault,
        "kind": row.kind,
        "target": row.target,
        "runs": row.runs,
        "found_wrong": row.wrong,
        "recovery_s": None if row.recovery_s is None else finite(row.recovery_s),
        "recovered": None if row.recovery_s is None else finite(row.recovery_s) is not None,
        "cells": {
            step: {
                "outcome": cell.outcome.value,
                "met": cell.met,
                "wrong": cell.wrong,
                "ids": list(cell.examples),
            }
            for step, cell in row.cells.items()
        },
    }
