"""Every report of a run, written beside its evidence: the one place here that touches files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assay.evidence import EvidenceError, Run
from assay.reports.html import html
from assay.reports.json_report import json_text
from assay.reports.junit import junit_xml
from assay.reports.markdown import markdown
from assay.verdicts.types import Verdict

REPORTS = {
    "report.html": html,
    "report.md": markdown,
    "report.json": json_text,
    "junit.xml": junit_xml,
}


def write_reports(folder: Path, run: Run, verdicts: Sequence[Verdict]) -> list[Path]:
    """Write all of them into the run folder and return their paths.

    Raises EvidenceError where the folder cannot be written to.
    """
    written: list[Path] = []
    for name, report in REPORTS.items():
        path = folder / name
        try:
            path.write_text(report(run, verdicts), encoding="utf-8")
        except OSError as error:
            raise EvidenceError(f"{path} cannot be written: {error.strerror}") from error
        written.append(path)
    return written
