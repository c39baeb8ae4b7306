"""A service that does not come to a steady state at its first starts."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.measures, pytest.mark.timeout(120)]

TIRING = Path(__file__).with_name("programs") / "tiring.py"
STACK = """
assay: 1
switches: { kind: [only] }
processes:
  page:
    by: { kind: { only: {} } }   # a variant's own: what is shared is not started afresh
    run: [PYTHON, TIRING, "{port}", "STARTS", COUNTED]
    ready: { http: "{port}/healthz" }
    serves: { page: "http://127.0.0.1:{port}" }
"""
CLAIMS = """
assay: 1
system: stack.yaml
variants: { only: {} }
workloads:
  page:
    to: page
    journey: "scripts:Reader"
    users: 2
    done: [ok]
    lead_in: 200ms
    block: 1s
    audit: visits
audits:
  visits: { run: "scripts:audit" }
claims:
  answered: { says: All are answered., prove: only.visits.unanswered == 0, pairs_per_epoch: 3 }
"""
SCRIPTS = """
from assay.scripts import Asked, Client, Finding, Findings, Journey, Visit

class Reader(Journey):
    async def visit(self, client: Client) -> Visit:
        answer = await client.get("/")
        return Visit("ok" if answer.ok else "failed")

def audit(asked: Asked) -> Findings:
    unanswered = [subject for subject, outcome in asked.visits if outcome != "ok"]
    return Findings({"unanswered": Finding(len(unanswered), len(asked.visits), unanswered)})
"""


def proved(house, starts: int) -> tuple[dict[str, object], list[dict[str, object]]]:
    """The claim, and how each start warmed up, where so many starts are unsteady."""
    (house.folder / "scripts.py").write_text(SCRIPTS)
    words = {
        "PYTHON": f'"{sys.executable}"',
        "TIRING": f'"{TIRING}"',
        "STARTS": str(starts),
        "COUNTED": f'"{house.folder / "starts"}"',
    }
    stack = STACK
    for word, text in words.items():
        stack = stack.replace(word, text)
    _, told, progress = house.run(
        *("prove", str(house.write(CLAIMS, stack)), "--budget", "20s", "--seed", "1", "--json"),
        within_s=110,
    )
    assert told, progress
    assert house.left() == []
    return json.loads(told)["claims"][0], house.events("warmed")


def test_one_is_thrown_away_and_told_of(house) -> None:
    claim, warmed = proved(house, starts=1)
    assert claim["verdict"] != "INVALID", claim
    assert [each["steady_at_s"] is None for each in warmed[:2]] == [True, False]
    assert "1 start was thrown away: no steady state" in claim["flags"]
    [folder] = house.folder.glob("runs/*")
    _, again, _ = house.run("report", str(folder), "--json")
    assert json.loads(again)["claims"] == [claim]


def test_two_in_a_row_are_how_it_is(house) -> None:
    claim, _ = proved(house, starts=2)
    assert claim["verdict"] == "INVALID"
    assert "no steady state: only had not settled" in claim["reason"]
    assert claim["reason"].endswith("twice in a row")
