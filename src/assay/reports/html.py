"""`report.html`: one file that tells the whole run, without scripts and without a network. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from assay.evidence import Event, Run
from assay.reports import formatting as f
from assay.reports.claim_view import PERCENTILES, views
from assay.reports.matrix_table import matrix_tables
from assay.reports.wording import (
    claims_of,
    headline,
    information_of,
    left_hand_side,
    method,
    repeat_command,
)
from assay.verdicts.types import Verdict

MOST_EVENTS = 200
"""More stand in `events.jsonl`; a page is for reading."""

_TEMPLATES = Environment(
    loader=PackageLoader("assay.reports", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class InformationRow:
    name: str
    says: str
    formula: str
    estimate: str
    interval: str
    pairs: int


@dataclass(frozen=True)
class EventRow:
    at: str
    kind: str
    words: str
    bad: bool


def html(run: Run, verdicts: Sequence[Verdict]) -> str:
    """The page."""
    record = run.record
    return _TEMPLATES.get_template("report.html.jinja").render(
        headline=headline(verdicts),
        record=record,
        started=record.started_utc[:16].replace("T", " "),
        took=_took(run),
        claims=views(run, claims_of(verdicts)),
        information=[_information(verdict) for verdict in information_of(verdicts)],
        matrices=matrix_tables(run.blocks),
        percentiles=[f"p{q * 100:g}" for q in PERCENTILES],
        facts=_facts(run),
        method=method(record),
        repeat=repeat_command(record),
        events=_events(run),
        more_events=max(0, len(run.events) - MOST_EVENTS),
        notes=run.notes,
    )


def _information(verdict: Verdict) -> InformationRow:
    return InformationRow(
        name=verdict.name,
        says=verdict.says,
        formula=left_hand_side(verdict),
        estimate=f.amount(verdict.estimate, verdict.unit),
        interval=f.interval(verdict.interval, verdict.unit),
        pairs=verdict.pairs,
    )


def _facts(run: Run) -> list[tuple[str, str]]:
    """The machine and the versions, as terms and their descriptions."""
    record, machine = run.record, run.record.machine
    memory = f"{machine.memory_bytes / 2**30:.1f} GiB" if machine.memory_bytes else "unknown"
    load = ", ".join(f"{each:.2f}" for each in machine.load_before or ()) or "unknown"
    commit = "not a repository"
    if record.git_commit:
        commit = record.git_commit[:12] + (", with changes" if record.git_dirty else "")
    return [
        ("Processor", machine.cpu),
        ("Cores", str(machine.cores)),
        ("Governor", machine.governor),
        ("Memory", memory),
        ("Kernel", machine.kernel),
        ("Virtualisation", machine.virtualisation),
        ("Clock source", machine.clock_source),
        ("Load before the run", load),
        ("Commit", commit),
        ("assay", f"{record.versions.assay}, engine {record.versions.engine}"),
        ("Python", record.versions.python),
        ("Budget", f.duration(record.budget_s)),
        ("Seed", str(record.seed)),
    ]


def _took(run: Run) -> str:
    if run.record.finished_utc is None:
        return "cut off"
    return f.duration(_seconds_between(run.record.started_utc, run.record.finished_utc))


def _events(run: Run) -> list[EventRow]:
    return [_event(run.record.started_utc, event) for event in run.events[:MOST_EVENTS]]


def _event(started_utc: str, event: Event) -> EventRow:
    words = ", ".join(
        f"{name} {value}" for name, value in event.fields.items() if value not in (None, "")
    )
    bad = event.kind in ("died", "error")
    return EventRow(
        f.duration(max(0.0, _seconds_between(started_utc, event.utc))), event.kind, words, bad
    )


def _seconds_between(start_utc: str, end_utc: str) -> float:
    return (datetime.fromisoformat(end_utc) - datetime.fromisoformat(start_utc)).total_seconds()
