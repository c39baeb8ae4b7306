"""Markdown for a pull request: the table, then what each verdict means, folded."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assay.evidence import Run
from assay.reports import formatting as f
from assay.reports.matrix_table import MatrixTable, matrix_tables
from assay.reports.wording import (
    claims_of,
    headline,
    information_of,
    outcome_word,
    repeat_command,
    sentence,
)
from assay.verdicts.types import Outcome, Verdict

_MARKS = {
    Outcome.PROVED: "✅",
    Outcome.REFUTED: "❌",
    Outcome.UNDECIDED: "⚠️",
    Outcome.INVALID: "⚠️",
    None: "",
}
_SPECIAL = re.compile(r"([\\`*_<|~#])")


def markdown(run: Run, verdicts: Sequence[Verdict]) -> str:
    """GitHub's and GitLab's dialect."""
    record = run.record
    parts = [f"### {headline(verdicts)}", "", *_table(verdicts), ""]
    for verdict in claims_of(verdicts):
        parts.append(f"**{_escaped(verdict.says or verdict.name)}** {_escaped(sentence(verdict))}")
        parts += [f"- {_escaped(flag)}" for flag in verdict.flags]
        parts.append("")
    for table in matrix_tables(run.blocks):
        parts += [*_matrix(table), ""]
    machine = record.machine
    details = [
        f"- Run `{record.id}`, {record.started_utc[:19]} UTC, seed {record.seed}",
        f"- {_escaped(machine.cpu)}, {f.counted(machine.cores, 'core')}, "
        f"{_escaped(machine.kernel)}, virtualisation: {_escaped(machine.virtualisation)}",
        f"- assay {record.versions.assay}"
        + (f", commit `{record.git_commit[:12]}`" if record.git_commit else "")
        + (" with changes" if record.git_dirty else ""),
        *(f"- {_escaped(note)}" for note in run.notes),
    ]
    parts += [
        "<details><summary>Machine, seed, how to repeat it</summary>",
        "",
        *details,
        "",
        "```sh",
        repeat_command(record),
        "```",
        "</details>",
    ]
    return "\n".join(parts) + "\n"


def _table(verdicts: Sequence[Verdict]) -> list[str]:
    rows = [
        "| | Claim | Measured | Interval | Needs | Pairs | Time |",
        "|---|---|---:|---|---|---:|---:|",
    ]
    for verdict in [*claims_of(verdicts), *information_of(verdicts)]:
        word = outcome_word(verdict)
        needed = f.needs(verdict.required_sign, verdict.required, verdict.unit)
        cells = [
            f"{_MARKS[verdict.outcome]} **{word}**" if verdict.outcome else word,
            _escaped(verdict.name),
            f.amount(verdict.estimate, verdict.unit),
            _escaped(f.interval(verdict.interval, verdict.unit)),
            _escaped(needed.removeprefix("needs ")),
            str(verdict.pairs),
            f.duration(verdict.seconds),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _matrix(table: MatrixTable) -> list[str]:
    lines = [f"**{_escaped(table.title)}** {table.summary}", ""]
    lines += [f"| {' | '.join(table.columns)} |", f"|---|{'---:|' * (len(table.columns) - 1)}"]
    return lines + [f"| {' | '.join(map(_escaped, row))} |" for row in table.rows]


def _escaped(text: str) -> str:
    """As plain words: a name with underscores is no emphasis."""
    return _SPECIAL.sub(r"\\\1", text.replace("\n", " "))
