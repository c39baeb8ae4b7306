"""A shop that is killed and frozen under load, judged by what it told and what it has kept."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from assay.claims import ClaimsFile, read_claims
from assay.faults import broken_beside
from assay.run.harming import strokes_of
from assay.run.plan import make_plan
from assay.systems import RunningSystem

pytestmark = pytest.mark.long

PROGRAMS = Path(__file__).with_name("programs")
LIMITED = PROGRAMS / "limited.py"
RUN = f'"{sys.executable}", "{LIMITED}", "{{port}}", "64", "0"'
STACK = f"""
assay: 1
switches: {{ keeps: [nothing, file] }}
processes:
  shop:
    by:
      keeps:
        nothing: {{ run: [{RUN}] }}
        file: {{ run: [{RUN}, "{{scratch}}/orders"] }}
    ready: {{ http: "{{port}}/healthz" }}
    serves: {{ shop: "http://127.0.0.1:{{port}}" }}
  everybodys: {{ run: [sleep, "600"] }}
  job: {{ run: ["true"], once: true }}
"""
CLAIMS = """
assay: 1
system: stack.yaml
variants: { forgetful: {}, durable: { keeps: file } }
workloads:
  buying:
    to: shop
    journey: scripts:Buyer
    users: 40
    timeout: 1s
    done: [ok]
    lead_in: 500ms
    block: 3s
    audit: orders
audits:
  orders: { run: "scripts:audit" }
faults:
  killed: { kill: shop, after: 1s, for: 500ms }
  frozen: { freeze: shop, after: 1s, for: 500ms }
  missed: { kill: shop, after: 1s, for: 500ms, in_flight: 1000 }
  storm: { any_of: [killed, frozen], after: 500ms, every: 800ms }
claims:
  durable:
    says: What is told to be ordered outlives the process.
    prove: durable.orders.lost == 0
    during: killed
    pairs_per_epoch: 3
  frozen:
    says: A shop that stood still forgets nothing.
    prove: durable.orders.lost == 0
    during: frozen
    pairs_per_epoch: 3
  forgetful:
    says: So it is of the forgetful one.
    prove: forgetful.orders.lost == 0
    during: killed
    pairs_per_epoch: 3
  storm:
    says: So it is where one comes after the other.
    prove: durable.orders.lost == 0
    during: storm
    pairs_per_epoch: 3
  missed:
    says: Nobody was there.
    prove: durable.orders.lost == 0
    during: missed
    pairs_per_epoch: 3
"""


MOMENTS = """
moments:
  ordered: { of: shop, counter: orders_total }
"""


async def never(_: object) -> None:
    await asyncio.Event().wait()


@pytest.fixture
def claims(house) -> Path:
    shutil.copy(PROGRAMS / "kept_orders.py", house.folder / "scripts.py")
    return house.write(CLAIMS, STACK)


def test_the_faults_of_a_variant_share_its_starts(claims: Path) -> None:
    plan = make_plan(read_claims(claims), (), seed=1, budget_s=60)
    durable, forgetful = plan.comparisons
    assert [asked.name for asked in durable.asked] == ["durable", "frozen", "storm", "missed"]
    assert durable.blocks({"killed", "missed"}) == (("durable", "killed"), ("durable", "missed"))
    assert forgetful.blocks({"killed"}) == (("forgetful", "killed"),)


@pytest.mark.integration
@pytest.mark.timeout(300)
def test_what_was_told_outlives_a_kill_where_it_is_kept(house, claims: Path) -> None:
    names = [
        word for name in ("durable", "forgetful", "frozen", "storm") for word in ("--only", name)
    ]
    code, told, progress = house.run("prove", str(claims), "--seed", "1", "--json", *names)
    document = json.loads(told)
    found = {each["name"]: each for each in document["claims"]}
    assert code == 1, progress
    assert found["durable"]["verdict"] == "PROVED", progress
    assert "shop was hit" in found["durable"]["reason"]
    assert "(killed by SIGKILL)" in found["durable"]["reason"]
    assert found["frozen"]["verdict"] == "PROVED", progress
    assert "(stopped by SIGSTOP)" in found["frozen"]["reason"]
    assert found["storm"]["verdict"] == "PROVED", progress
    assert "shop was hit" in found["storm"]["reason"]
    assert found["forgetful"]["verdict"] == "REFUTED", progress
    assert found["forgetful"]["reason"].startswith("lost: ")
    [folder] = house.folder.glob("runs/*")
    blocks = [json.loads(line) for line in (folder / "blocks.jsonl").read_text().splitlines()]
    assert {block["epoch"] for block in blocks if block["variant"] == "durable"} == {1}
    for block in blocks:
        for fault in block["faults"]:
            assert fault["began_s"] < fault["healed_s"] - 0.4
            assert fault["in_flight"] >= 20
    strokes = [(block["faults"][0]["fault"], len(block["faults"])) for block in blocks]
    assert {name for name, times in strokes if times == 1} >= {"killed", "frozen"}
    # As many as the shop has time to come back from.
    assert all(times <= (3 if name == "storm" else 1) for name, times in strokes)
    assert max(times for name, times in strokes if name == "storm") > 1
    _, again, _ = house.run("report", str(folder), "--json")
    assert json.loads(again)["claims"] == document["claims"]
    assert house.left() == []


@pytest.mark.integration
def test_a_fault_that_met_nobody_proves_nothing(house, claims: Path) -> None:
    code, told, progress = house.run("prove", str(claims), "--only", "missed", "--json")
    [found] = json.loads(told)["claims"]
    assert (code, found["verdict"]) == (3, "INVALID"), progress
    assert "it takes 1000" in found["reason"]


@pytest.mark.integration
@pytest.mark.parametrize("press", [signal.SIGINT, signal.SIGKILL])
def test_nothing_frozen_is_left_by_a_run_that_ends_early(
    house, claims: Path, wait_for, press
) -> None:
    text = CLAIMS.replace(
        "freeze: shop, after: 1s, for: 500ms", "freeze: shop, after: 100ms, for: 60s"
    )
    process = house.start("prove", str(house.write(text, STACK)), "--only", "frozen")

    def frozen() -> bool:
        return any(each.status() == psutil.STATUS_STOPPED for each in house.processes())

    wait_for(frozen)
    process.send_signal(press)
    process.communicate(timeout=30)
    wait_for(lambda: not house.processes())
    if press is signal.SIGKILL:
        code, told, _ = house.run("heal")
        assert code == 0
        assert "killed" in told or "removed" in told or "left" in told
    assert house.left() == []


@pytest.mark.parametrize("seed", range(20))
def test_what_comes_when_is_drawn_by_the_seed(claims: Path, seed: int) -> None:
    file = read_claims(claims).file
    system = RunningSystem({})
    strokes = strokes_of(file, "storm", system, "durable", 60.0, seed, never)
    assert strokes == strokes_of(file, "storm", system, "durable", 60.0, seed, never)
    assert {stroke.harm.kind for stroke in strokes} == {"kill", "freeze"}
    times = [stroke.at_s for stroke in strokes]
    assert times == pytest.approx([0.5 + 0.8 * n for n in range(len(times))])
    assert 59.0 < times[-1] + strokes[-1].for_s <= 60.0


@pytest.fixture
def waiting(claims: Path) -> ClaimsFile:
    """The file, whose kill waits for an order."""
    text = CLAIMS.replace("killed: { kill: shop,", "killed: { kill: shop, at: ordered,") + MOMENTS
    claims.write_text(text)
    return read_claims(claims).file


async def test_what_waits_for_a_moment_that_never_comes_does_no_harm(waiting: ClaimsFile) -> None:
    # No such system: a harm that began would raise.
    strokes = strokes_of(waiting, "killed", RunningSystem({}), "durable", 1.6, 1, never)

    async def load(begun: Callable[[int], None]) -> str:
        begun(time.time_ns() - 10**9)
        return "loaded"

    loaded, [broken] = await broken_beside(load, strokes)
    assert (loaded, broken.bit) == ("loaded", "")
    assert broken.missed == "ordered did not come within 0.1 s"


MISTAKES = [
    ("killed: { kill: shop,", "killed: { kill: shop, at: ordered,", "no moment `ordered`"),
    ("storm: { any_of", "storm: { at: ordered, any_of", "this is several in a row"),
    ("{ freeze: shop,", "{ freeze: shop, calls: /orders,", "of a whole link, or of none"),
    ("any_of: [killed, frozen]", "any_of: [killd, frozen]", "did you mean `killed`?"),
    ("any_of: [killed, frozen]", "any_of: [storm]", "no fault `storm` that breaks one thing"),
    ("any_of: [killed, frozen]", "any_of: []", "there is nothing to draw"),
    ("after: 500ms, every", "after: 2900ms, every", "has no time for each of storm; `block: 4s`"),
    ("{ any_of:", "{ kill: shop, any_of:", "breaks a thing of its own"),
    (
        "durable.orders.lost == 0\n    during: storm",
        "durable.buying.recovery_time <= 1s\n    during: storm",
        "storm is several in a row",
    ),
    ("during: frozen", "during: frozn", "did you mean `frozen`?"),
    ("{ freeze: shop,", "{ freeze: shp,", "did you mean `shop`?"),
    ("{ freeze: shop,", "{ freeze: everybodys,", "is not of `durable` alone: variants share it"),
    ("{ freeze: shop,", "{ freeze: job,", "`job` is a job: it has ended before a block begins"),
    (
        "{ freeze: shop,",
        "{ freeze: shop, kill: shop,",
        "must break one thing",
    ),
    ("{ freeze: shop,", "{", "must break one thing"),
    ("{ freeze: shop,", "{ freze: shop,", "did you mean `freeze`?"),
    (
        "prove: durable.orders.lost == 0\n    during: frozen",
        "prove: durable.buying.p99 <= 50ms\n    during: frozen",
        "during",
    ),
]


@pytest.mark.parametrize(("right", "wrong", "said"), MISTAKES, ids=[m[1][:40] for m in MISTAKES])
def test_mistakes_are_explained(house, claims: Path, right: str, wrong: str, said: str) -> None:
    assert right in CLAIMS
    code, told, progress = house.check(house.write(CLAIMS.replace(right, wrong), STACK))
    assert (code, told) == (2, ""), progress
    assert said in progress
    assert "claims.yaml:" in progress
