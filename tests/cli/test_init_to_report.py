"""The way of a new user: init, check, prove, report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.measures]

KEYS = {"name", "says", "formula", "verdict", "estimate", "interval", "required", "pairs"} | {
    "seconds",
    "reason",
}


@pytest.mark.timeout(120)
def test_from_init_to_report(assay, url, tmp_path: Path) -> None:
    code, told, _ = assay("init", "--url", f"{url}/page")
    assert (code, told.split(";")[0]) == (0, "wrote claims.yaml")
    code, told, _ = assay("check")
    assert code == 0
    assert "claim  no-slower-p95: after.page.p95 / before.page.p95 <= 1.1" in told
    assert not (tmp_path / "runs").exists()

    # The budget is for measuring: it ends after the first pair, whatever that takes.
    code, table, progress = assay("prove", "--budget", "1s", "--seed", "3")
    assert code == 3, progress
    # Beneath a row stand its reason and flags: how many is the machine's affair.
    rows = [line.split() for line in table.splitlines()]
    claim, reason, *_ = rows
    [median] = [row for row in rows if row[:1] == ["shown"]]
    verdict = claim[0]
    # On a busy machine the one pair may not count.
    assert verdict in {"UNDECIDED", "INVALID"}
    assert claim[1] == "no-slower-p95"
    if verdict == "UNDECIDED":
        assert claim[-3:-1] == ["1", "pair"]
        assert reason[:2] == ["budget", "ended;"]
    assert median[1] == "median"
    assert "warming before" in progress

    [run] = (tmp_path / "runs").iterdir()
    names = {path.name for path in run.iterdir()}
    reports = {"report.html", "report.md", "report.json", "junit.xml"}
    assert {"run.json"} | reports <= names
    for name in reports:
        (run / name).unlink()
    code, told, _ = assay("report", str(run))
    assert (code, told) == (3, table)
    assert all((run / name).exists() for name in reports)
    code, told, _ = assay("report", str(run), "--json")
    document = json.loads(told)
    assert code == 3
    [claim], [median] = document["claims"], document["information"]
    assert claim.keys() >= KEYS
    assert median.keys() >= KEYS
    assert (claim["name"], claim["formula"]) == (
        "no-slower-p95",
        "after.page.p95 / before.page.p95 <= 1.1",
    )
    assert claim["says"] == "The new version is at most 10% slower at p95."
    assert (claim["verdict"], claim["required"]) == (verdict, 1.1)
    if verdict == "UNDECIDED":
        assert claim["pairs"] == 1
        assert len(claim["interval"]) == 2
        assert claim["estimate"] > 0
    else:
        assert (claim["pairs"], claim["interval"], claim["estimate"]) == (0, None, None)
    assert claim["seconds"] > 0
    assert claim["reason"]
    assert median["verdict"] is None

    histograms = run / "histograms.csv"
    histograms.write_text(histograms.read_text().replace(",", ";", 20))
    code, told, progress = assay("report", str(run))
    assert (code, told) == (2, "")
    assert "histograms.csv" in progress
    assert "Traceback" not in progress


def test_init_keeps_what_is_there(assay_here, tmp_path: Path) -> None:
    (tmp_path / "claims.yaml").write_text("mine")
    code, _, progress = assay_here("init")
    assert code == 2
    assert "claims.yaml is there already; another name (--file) or --force would do" in progress
    assert (tmp_path / "claims.yaml").read_text() == "mine"
    assert assay_here("init", "--force")[0] == 0
    assert "assay: 1" in (tmp_path / "claims.yaml").read_text()


def test_the_schema_is_one(assay_here) -> None:
    code, told, _ = assay_here("check", "--schema")
    schema = json.loads(told)
    assert code == 0
    assert schema["type"] == "object"
    assert {"assay", "system", "claims", "workloads"} <= schema["properties"].keys()
    referred = set(re.findall(r'"#/\$defs/([^"]+)"', told))
    assert referred
    assert referred <= schema["$defs"].keys()


@pytest.mark.parametrize("damage", ["nothing there", "no record", "half a record"])
def test_a_run_that_cannot_be_read(assay_here, tmp_path: Path, damage: str) -> None:
    run = tmp_path / "run"
    if damage != "nothing there":
        run.mkdir()
    if damage == "half a record":
        (run / "run.json").write_text('{"format": 1,')
    code, told, progress = assay_here("report", "run")
    assert (code, told) == (2, "")
    assert "run" in progress
    assert "Traceback" not in progress
