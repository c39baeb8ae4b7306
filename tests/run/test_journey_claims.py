"""A shop that can do only so much, judged by users on a journey and by an audit of what it kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from assay.claims import read_claims
from assay.run.plan import make_plan

LIMITED = Path(__file__).with_name("programs") / "limited.py"
STACK = f"""
assay: 1
switches: {{ size: [small, large, careless] }}
processes:
  shop:
    by:
      size:
        small: {{ run: ["{sys.executable}", "{LIMITED}", "{{port}}", "2"] }}
        large: {{ run: ["{sys.executable}", "{LIMITED}", "{{port}}", "4"] }}
        careless: {{ run: ["{sys.executable}", "{LIMITED}", "{{port}}", "4", "50"] }}
    ready: {{ http: "{{port}}/healthz" }}
    serves: {{ shop: "http://127.0.0.1:{{port}}" }}
"""
CLAIMS = """
assay: 1
system: stack.yaml
variants: { small: {}, large: { size: large }, careless: { size: careless } }
workloads:
  buying:
    to: shop
    journey: scripts:Buyer
    users: { from: 2, to: 64 }
    done: [ok]
    lead_in: 500ms
    block: 1500ms
    audit: orders
audits:
  orders: { run: "scripts:audit" }
metrics:
  slots-taken: { of: shop, gauge: slots_busy }
  kept_share: { audit: orders, count: kept }
capacities:
  slots: { of: shop, used: slots_busy, most: slots_max }
claims:
  more:
    says: The large one does half as much again.
    prove: large.buying.throughput / small.buying.throughput >= 1.5
    pairs_per_epoch: 3
  kept: { says: It loses nothing., prove: large.orders.lost == 0, pairs_per_epoch: 3 }
  share:
    says: Nearly all that was told to be ordered is kept.
    prove: large.buying.kept_share >= 95%
    pairs_per_epoch: 3
information:
  step: { says: One step of it., show: 'large.buying["POST /orders"].p50', pairs: 1 }
  taken: { says: How busy it is., show: small.buying.slots-taken, pairs: 1 }
"""
CARELESS = """
  careless: { says: Nor does this one., prove: careless.orders.lost == 0, pairs_per_epoch: 9 }
"""
SCRIPTS = """
import json, urllib.request
from assay.scripts import Asked, Client, Finding, Findings, Journey, Visit, effects_of

class Buyer(Journey):
    async def visit(self, client: Client) -> Visit:
        with client.operation("order", str(self.user)) as operation:
            answer = await client.post("/orders")
            operation.ok(answer.json()["id"])
        return Visit("ok" if answer.ok else "refused", answer.json()["id"])

def audit(asked: Asked) -> Findings:
    with urllib.request.urlopen(asked.addresses["shop"] + "/orders") as answer:
        kept = set(json.load(answer))
    found = effects_of(((each.seen, each.outcome) for each in asked.operations()), kept)
    assert {order for order, _ in asked.visits} <= {each.seen for each in asked.operations()}
    lost, told = sorted(found.lost), found.acknowledged
    return Findings(
        {"lost": Finding(len(lost), told, lost), "kept": Finding(told - len(lost), told)}
    )
"""


@pytest.fixture
def claims(house) -> Path:
    (house.folder / "scripts.py").write_text(SCRIPTS)
    return house.write(CLAIMS, STACK)


def test_an_audit_is_made_of_the_blocks_of_a_pair(claims: Path) -> None:
    plan = make_plan(read_claims(claims), (), seed=1, budget_s=60)
    [comparison] = plan.comparisons
    assert [asked.name for asked in comparison.asked] == ["more", "kept", "share", "step", "taken"]
    assert (comparison.audit, comparison.measures_throughput) == ("orders", True)


@pytest.mark.integration
@pytest.mark.measures
@pytest.mark.timeout(300)
def test_what_each_can_do_at_most_is_compared_and_audited(house, claims: Path) -> None:
    code, told, progress = house.run("prove", str(claims), "--seed", "1", "--json", within_s=280)
    document = json.loads(told)
    found = {each["name"]: each for each in document["claims"]}
    assert code == 0, progress
    assert found["more"]["verdict"] == "PROVED", progress
    # 4 slots against 2, each taken for 20 ms and a little.
    assert found["more"]["estimate"] == pytest.approx(2.0, abs=0.2)
    assert found["more"]["starts"] >= 3
    assert found["kept"]["verdict"] == "PROVED"
    assert found["share"]["verdict"] == "PROVED"
    assert found["share"]["estimate"] == 1.0
    assert "with 95% confidence" in found["kept"]["reason"]
    assert any("small is limited by slots (2 of 2 taken)" in f for f in found["more"]["flags"])
    step, taken = document["information"]
    assert step["estimate"] > 20
    assert taken["estimate"] == pytest.approx(2.0, abs=0.2)
    # Twice the slots need no fewer users, and the search ends at the first step that gains nothing.
    users = {each["variant"]: each["users"] for each in house.events("saturated")}
    assert 2 <= users["small"] <= users["large"] <= 16
    [folder] = house.folder.glob("runs/*")
    _, again, _ = house.run("report", str(folder), "--json")
    assert json.loads(again)["claims"] == document["claims"]
    assert house.left() == []


@pytest.mark.integration
def test_what_is_lost_refutes_and_does_not_count(house, claims: Path) -> None:
    text = CLAIMS.split("claims:\n")[0] + "claims:" + CARELESS
    code, told, progress = house.run("prove", str(house.write(text, STACK)), "--json")
    assert code == 1, progress
    [found] = json.loads(told)["claims"]
    assert found["verdict"] == "REFUTED", progress
    assert found["reason"].startswith("lost: ")
    assert "(o-50" in found["reason"] or "o-100" in found["reason"]
    [line, *_] = (next(house.folder.glob("runs/*/blocks.jsonl"))).read_text().splitlines()
    outcomes = {each["outcome"]: each["count"] for each in json.loads(line)["recorded"]}
    assert outcomes["disputed"] > 0
    histories = sorted(house.folder.glob("runs/*/histories/*-careless-buying.csv"))
    assert "warm-1-1" in histories[0].name
    assert (
        histories[0].read_text().startswith("began_us,ended_us,user,what,key,outcome,seen,amount")
    )


MISTAKES = [
    ("journey: scripts:Buyer", "journey: Buyer", "is no class of a module"),
    ("done: [ok]", "done: []", "does not say which outcomes"),
    ("audit: orders", "audit: order", "did you mean `orders`?"),
    ("users: { from: 2, to: 64 }", "rate: 10/s", "a journey has no rate"),
    ("users: { from: 2, to: 64 }", "users: { from: 2, to: 3 }", "nothing to double"),
    ("users: { from: 2, to: 64 }", "users: 8", "both are saturated"),
    ("large.orders.lost == 0", "large.orders.lost == 1", "write `large.orders.lost == 0`"),
    ("large.orders.lost == 0", "large.orders.lost >= 0", "write `large.orders.lost == 0`"),
    ("large.orders.lost == 0", "large.ordrs.lost == 0", "did you mean `orders`?"),
    ("large.orders.lost == 0", "large.buying.p99 == 0ms", "cannot be proved"),
    ('run: "scripts:audit"', "run: scripts", "is no function of a module"),
    ("large.orders.lost == 0", "large.buying.slots-taken <= 50%", "is shown, not claimed"),
    ("gauge: slots_busy", "gauge: slots_busy, ratio: [a, b]", "must be one of `ratio`, `gauge`"),
    ("audit: orders, count: kept", "audit: order, count: kept", "did you mean `orders`?"),
    ("audit: orders, count: kept", "audit: orders", "does not say which count"),
    ("audit: orders, count: kept", "audit: orders, count: kept, of: shop", "an audit has no `of`"),
    ("audit: orders, count: kept", "count: kept", "is of no service and of no audit"),
    ("    audit: orders\n", "", "the workload has `audit: orders`"),
    ("used: slots_busy", "used: slots busy", "is no name of a metric"),
    ("to: shop\n", "to: shop\n    get: /\n", "has `journey` and `get`"),
]


@pytest.mark.parametrize(("right", "wrong", "said"), MISTAKES, ids=[m[1][:40] for m in MISTAKES])
def test_mistakes_are_explained(house, right: str, wrong: str, said: str) -> None:
    assert right in CLAIMS
    code, told, progress = house.check(house.write(CLAIMS.replace(right, wrong), STACK))
    assert (code, told) == (2, ""), progress
    assert said in progress
    assert "claims.yaml:" in progress
