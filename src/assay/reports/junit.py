"""JUnit XML: a test case for each claim, as CI systems show them.

REFUTED is a failure; UNDECIDED and INVALID are errors, since nothing was shown either way.
Information stands in the suite's output: a skipped test would look like an omission.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from assay.evidence import Run
from assay.reports.terminal import table_text
from assay.reports.wording import claims_of, repeat_command, sentence
from assay.verdicts.types import Outcome, Verdict

_TABLE_COLUMNS = 160
# What XML 1.0 cannot hold at all, e.g. the escapes of a coloured log line.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(run: Run, verdicts: Sequence[Verdict]) -> str:
    """One document, valid against the JUnit schema that Jenkins publishes."""
    claims = claims_of(verdicts)
    counts = {
        "tests": str(len(claims)),
        "failures": str(sum(v.outcome is Outcome.REFUTED for v in claims)),
        "errors": str(sum(v.outcome in (Outcome.UNDECIDED, Outcome.INVALID) for v in claims)),
    }
    time = f"{sum(v.seconds for v in claims):.3f}"
    root = ET.Element("testsuites", {"name": "assay", "time": time} | counts)
    record = run.record
    attributes = {
        "name": _text(record.claims_path),
        "time": time,
        "timestamp": record.started_utc[:19],
        "skipped": "0",
        "id": "0",
    }
    suite = ET.SubElement(root, "testsuite", attributes | counts)
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("run", record.id),
        ("seed", str(record.seed)),
        ("repeat", repeat_command(record)),
        ("machine", f"{record.machine.cpu}, {record.machine.cores} cores"),
        ("git_commit", record.git_commit or ""),
    ):
        ET.SubElement(properties, "property", name=name, value=_text(value))
    for verdict in claims:
        _case(suite, record.claims_path, verdict)
    output = ET.SubElement(suite, "system-out")
    output.text = _text("\n" + table_text(verdicts, columns=_TABLE_COLUMNS))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _case(suite: ET.Element, claims_path: str, verdict: Verdict) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=_text(claims_path),
        name=_text(f"{verdict.name}: {verdict.says}" if verdict.says else verdict.name),
        time=f"{verdict.seconds:.3f}",
    )
    said = _text("\n".join([verdict.formula, sentence(verdict), *verdict.flags]))
    if verdict.outcome is Outcome.PROVED:
        ET.SubElement(case, "system-out").text = said
        return
    kind = "failure" if verdict.outcome is Outcome.REFUTED else "error"
    assert verdict.outcome is not None
    fault = ET.SubElement(case, kind, type=verdict.outcome.value, message=_text(sentence(verdict)))
    fault.text = said


def _text(text: str) -> str:
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)
