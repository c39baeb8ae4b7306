"""The final table, and the figures of an ad hoc load: aligned, coloured where a terminal is."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from assay.evidence import Block
from assay.reports import formatting as f
from assay.reports.matrix_table import MatrixTable, matrix_tables
from assay.reports.wording import outcome_word
from assay.verdicts import CellOutcome
from assay.verdicts.types import Outcome, Verdict

STYLES: Mapping[Outcome | None, str] = {
    Outcome.PROVED: "bold green",
    Outcome.REFUTED: "bold red",
    Outcome.UNDECIDED: "bold yellow",
    Outcome.INVALID: "bold yellow",
    None: "dim",
}
CELL_STYLES: Mapping[CellOutcome | None, str] = {
    CellOutcome.HELD: "green",
    CellOutcome.VIOLATED: "bold red",
    CellOutcome.INVALID: "dim",
    None: "",
}
_GAP = 3
_INDENT = 11
"""Of what stands beneath a row: under the claim's name."""


def print_table(console: Console, verdicts: Sequence[Verdict]) -> None:
    """The table of a run's end: a row a claim, its reason and flags beneath."""
    for line in table_lines(verdicts, console.width):
        console.print(line, soft_wrap=True, highlight=False)


def table_text(verdicts: Sequence[Verdict], columns: int = 100, *, colour: bool = False) -> str:
    """The same as text."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=columns,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
    )
    print_table(console, verdicts)
    return out.getvalue()


def table_lines(verdicts: Sequence[Verdict], columns: int) -> list[Text]:
    """Lines of the table; where it does not fit in the columns, each row is stacked."""
    rows = [_cells(verdict) for verdict in verdicts]
    widths = [max((cell_len(row[i]) for row in rows), default=0) for i in range(7)]
    widths[0] = _INDENT
    wide = sum(widths) + sum(_GAP for width in widths[2:] if width) <= columns
    lines: list[Text] = []
    for verdict, row in zip(verdicts, rows, strict=True):
        lines += [_line(row, widths, verdict)] if wide else _stack(row, columns, verdict)
        for words in (verdict.reason, *verdict.flags):
            lines += _beneath(words, columns)
    return lines


def _cells(verdict: Verdict) -> tuple[str, ...]:
    return (
        outcome_word(verdict),
        verdict.name,
        f.amount(verdict.estimate, verdict.unit),
        f.interval(verdict.interval, verdict.unit),
        f.needs(verdict.required_sign, verdict.required, verdict.unit),
        f.counted(verdict.pairs, "pair"),
        f.duration(verdict.seconds),
    )


def _line(row: Sequence[str], widths: Sequence[int], verdict: Verdict) -> Text:
    line = Text(style="" if verdict.outcome else STYLES[None])
    for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
        if not width:
            continue  # no row has a requirement
        space = " " * (width - cell_len(cell))
        # Figures stand right, words left.
        padded = space + cell if column in (2, 5, 6) else cell + space
        if column > 1:
            line.append(" " * _GAP)
        line.append(padded, STYLES[verdict.outcome] if column == 0 else "")
    line.rstrip()
    return line


def _stack(row: Sequence[str], columns: int, verdict: Verdict) -> list[Text]:
    head = Text.assemble((f"{row[0]:<{_INDENT}}", STYLES[verdict.outcome]), row[1])
    figures = "   ".join(cell.replace(" ", "\N{NO-BREAK SPACE}") for cell in row[2:] if cell)
    beneath = _beneath(figures, columns)
    for line in [head, *beneath]:
        line.style = "" if verdict.outcome else STYLES[None]
    return [
        head,
        *(Text(line.plain.replace("\N{NO-BREAK SPACE}", " "), line.style) for line in beneath),
    ]


def _beneath(words: str, columns: int) -> list[Text]:
    if not words:
        return []
    indent = " " * _INDENT
    wrapped = textwrap.wrap(
        words,
        max(columns, _INDENT + 20),
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    return [Text(line, "dim") for line in wrapped]


def print_matrices(console: Console, blocks: Sequence[Block]) -> None:
    """What each fault met, where there were any."""
    for table in matrix_tables(blocks):
        for line in matrix_lines(table):
            console.print(line, soft_wrap=True, highlight=False)


def matrix_lines(table: MatrixTable) -> list[Text]:
    """A line a fault, beneath a title and the steps."""
    rows = (table.columns, *table.rows)
    widths = [max(cell_len(row[i]) for row in rows) for i in range(len(table.columns))]
    lines = [Text(""), Text(table.title, "bold")]
    for row, outcomes in zip(rows, (None, *table.outcomes), strict=True):
        line = Text(style="dim" if outcomes is None else "")
        for column, (words, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - cell_len(words))
            style = CELL_STYLES[outcomes[column]] if outcomes else ""
            line.append(words + space if column == 0 else f"  {space}{words}", style)
        lines.append(line)
    return [*lines, Text(table.summary, "dim")] if table.summary else lines


def print_load(console: Console, url: str, document: Mapping[str, Any]) -> None:
    """The figures of `assay load`, from its JSON document."""
    for line in load_lines(url, document):
        console.print(line, soft_wrap=True, highlight=False)


def load_lines(url: str, document: Mapping[str, Any]) -> list[Text]:
    """Latency and service time side by side, the rates, and what failed."""
    latency, service = document["latency_ms"], document["service_ms"]
    lines = [Text(url, "bold"), Text(f"{'':8}{'latency':>12}{'service':>12}", "dim")]
    for name in latency:
        both = f"{f.amount(latency[name], 'ms'):>12}{f.amount(service[name], 'ms'):>12}"
        lines.append(Text(f"{name:8}{both}"))
    rate = document["rate"]
    asked = f"asked {f.rate(rate['asked'])}, " if rate.get("asked") else ""
    lines.append(
        Text(f"rate    {asked}sent {f.rate(rate['sent'])}, completed {f.rate(rate['completed'])}")
    )
    errors: Mapping[str, int] = document["errors"]
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in errors.items())
    lines.append(Text(f"errors  {told}", "bold red") if told else Text("errors  none"))
    return lines
