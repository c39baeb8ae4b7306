"""An audit is asked until the system has come to rest, or has had its time."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.claims import Audit
from assay.evidence import Count
from assay.faults import Broken
from assay.hosting.process import ScriptError
from assay.run.auditing import audited
from assay.run.loading import Told
from assay.scripts.history import History
from assay.systems import Address, RunningSystem

pytestmark = pytest.mark.integration
SYSTEM = RunningSystem({"a": {"shop": Address.parse("http://127.0.0.1:1")}})
SCRIPT = """
from pathlib import Path
from assay.scripts import Asked, Finding, Findings

ASKED = Path(__file__).with_name("asked")

async def resting(asked: Asked) -> Findings:
    times = len(ASKED.read_text()) if ASKED.exists() else 0
    ASKED.write_text("x" * (times + 1))
    if times < 2:
        return Findings(waiting="two orders are under way")
    ids = [f"o-{n}" for n in range(12)]
    assert asked.addresses == {"shop": "http://127.0.0.1:1"}
    [order] = asked.operations()
    assert (order.user, order.what, order.key, order.outcome) == (3, "order", "k-1", "ok")
    assert (order.seen, order.amount) == ("o-1", 250)
    assert order.began_us <= order.ended_us
    met = {"pay": ["o-3", "o-15"], "ship": []} if asked.broken == (3.5, 7.25) else {}
    return Findings({"lost": Finding(len(ids), of=len(asked.visits), ids=ids)}, met=met)

def restless(asked: Asked) -> Findings:
    return Findings({"open": Finding(1, 1)}) if asked.final else Findings(waiting="one order")

def wrong(asked: Asked) -> int:
    return 0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "auditing_script.py").write_text(SCRIPT)
    return tmp_path


BROKEN = Broken("kill", "shop", 3_500_000_000, 6_000_000_000, 7_250_000_000, "killed")


async def _audited(folder: Path, name: str, within: str = "30s", broken: tuple[Broken, ...] = ()):
    audit = Audit.model_validate({"run": f"auditing_script:{name}", "within": within})
    visits = [(f"o-{n}", "ok") for n in range(20)]
    log = folder / "log"
    history = folder / "history.csv"
    with history.open("w", newline="") as file, History(file).operation(3, "order", "k-1") as it:
        it.ok("o-1", 250)
    told = Told(visits, [str(history)])
    return await audited(audit, folder, SYSTEM, "a", told, broken, log, lambda: None)


async def test_it_waits_for_rest_and_keeps_ten_ids(folder: Path) -> None:
    found = await _audited(folder, "resting")
    assert (folder / "asked").read_text() == "xxx"
    assert found.unrested == ""
    lost = found.counts["lost"]
    assert (lost.found, lost.of, len(lost.examples)) == (12, 20, 10)
    assert found.disputed == {f"o-{n}" for n in range(12)}


async def test_it_is_told_what_was_broken_and_tells_whom_that_met(folder: Path) -> None:
    found = await _audited(folder, "resting", broken=(BROKEN,))
    assert found.met == {"pay": Count(1, 2, ("o-3",)), "ship": Count(0, 0)}
    (folder / "asked").unlink()
    assert (await _audited(folder, "resting")).met == {}


async def test_what_never_rests_is_audited_as_it_stands(folder: Path) -> None:
    found = await _audited(folder, "restless", within="1s")
    assert found.unrested == "one order"
    assert found.counts["open"].found == 1


async def test_what_is_no_audit_is_told(folder: Path) -> None:
    with pytest.raises(ScriptError, match=r"gave int, not assay\.scripts\.Findings"):
        await _audited(folder, "wrong")
