"""A shop that is killed under load, and how long it limps after it was started again."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from assay.claims import read_claims
from assay.run.plan import make_plan

LIMPING = Path(__file__).with_name("programs") / "limping.py"
RUN = f'"{sys.executable}", "{LIMPING}", "{{port}}"'
STACK = f"""
assay: 1
switches: {{ gait: [quick, limping] }}
processes:
  shop:
    by:
      gait:
        quick: {{ run: [{RUN}, "0", "{{scratch}}/started"] }}
        limping: {{ run: [{RUN}, "2.5", "{{scratch}}/started"] }}
    ready: {{ http: "{{port}}/healthz" }}
    serves: {{ shop: "http://127.0.0.1:{{port}}" }}
"""
CLAIMS = """
assay: 1
system: stack.yaml
variants: { quick: {}, limping: { gait: limping } }
workloads:
  buying:
    to: shop
    journey: scripts:Buyer
    users: 30
    timeout: 1s
    done: [ok]
    lead_in: 500ms
    block: 8s
    objective: 90%
    backlog: [limping]
metrics:
  limping: { of: shop, gauge: shop_limps }
  asked_again: { of: shop, ratio: [shop_orders_again_total, shop_orders_total] }
  orders: { of: shop, counter: shop_orders_total }
moments:
  ordered: { of: shop, counter: shop_orders_total }
alarms:
  limps: { of: shop, gauge: shop_limps }
faults:
  killed: { kill: shop, after: 1s, for: 500ms, alarm: limps }
  unwatched: { kill: shop, after: 1s, for: 500ms }
  frozen: { freeze: shop, at: ordered, after: 1s, for: 2s }
claims:
  quick:
    says: It is back within two seconds.
    prove: quick.buying.recovery_time <= 2s
    during: killed
    pairs_per_epoch: 3
  limping:
    says: So is the limping one.
    prove: limping.buying.recovery_time <= 2s
    during: killed
    pairs_per_epoch: 3
information:
  told:
    says: How long it takes until anybody is told.
    show: limping.buying.detection_time
    during: killed
    pairs: 1
    pairs_per_epoch: 3
  kept:
    says: What is done meanwhile.
    show: limping.buying.goodput_kept
    during: killed
    pairs: 1
    pairs_per_epoch: 3
  budget:
    says: What of the errors that are allowed it costs.
    show: limping.buying.budget_spent
    during: killed
    pairs: 1
    pairs_per_epoch: 3
  retries:
    says: How much is asked for again where nothing is answered.
    show: quick.buying.asked_again
    during: frozen
    pairs: 1
    pairs_per_epoch: 3
  orders:
    says: How much is asked for.
    show: quick.buying.orders
    during: frozen
    pairs: 1
    pairs_per_epoch: 3
"""
SCRIPTS = """
from assay.scripts import Client, Journey, Visit

class Buyer(Journey):
    async def visit(self, client: Client) -> Visit:
        try:
            answer = await client.post("/orders")
        except TimeoutError:
            answer = await client.post("/orders/again")
        return Visit("ok" if answer.ok else "failed")
"""


@pytest.fixture
def claims(house) -> Path:
    (house.folder / "scripts.py").write_text(SCRIPTS)
    return house.write(CLAIMS, STACK)


def test_a_block_without_the_fault_stands_beside_each_with_it(claims: Path) -> None:
    plan = make_plan(read_claims(claims), (), seed=1, budget_s=60)
    assert [c.blocks({"killed"}) for c in plan.comparisons] == [
        (("quick", None), ("quick", "killed")),
        (("limping", None), ("limping", "killed")),
    ]


@pytest.mark.integration
@pytest.mark.measures
@pytest.mark.timeout(400)
def test_how_long_it_takes_is_proved_and_refuted(house, claims: Path) -> None:
    code, told, progress = house.run("prove", str(claims), "--seed", "1", "--json", within_s=380)
    document = json.loads(told)
    found = {each["name"]: each for each in document["claims"] + document["information"]}
    assert code == 1, progress
    assert found["quick"]["verdict"] == "PROVED", progress
    assert found["quick"]["pairs"] == 6
    assert "in all 6 runs: with 95% confidence in more than 61% of all" in found["quick"]["reason"]
    assert found["limping"]["verdict"] == "REFUTED", progress
    assert 2.0 < found["limping"]["estimate"] < 5.0
    assert 0.0 <= found["kept"]["estimate"] < 0.5
    # It is dead for half a second, and has to start.
    assert 0.5 <= found["told"]["estimate"] < 3.0
    # It answers 503 at once for 2.5 of 8 s, which is most of its answers; a tenth is allowed.
    assert 2.0 < found["budget"]["estimate"] <= 10.0
    # Each of 30 users waits for a second, of two, and asks again; of some 8,000 orders.
    assert 30 / 20_000 < found["retries"]["estimate"] < 0.05
    assert found["orders"]["estimate"] > 1_000
    [folder] = house.folder.glob("runs/*")
    _, again, _ = house.run("report", str(folder), "--json")
    assert json.loads(again)["claims"] == document["claims"]
    assert house.left() == []


MISTAKES = [
    ("recovery_time <= 2s\n    during: killed", "recovery_time <= 2s", "say which, with `during`"),
    ("quick.buying.recovery_time <= 2s", "quick.buying.recovery_time >= 2s", "`<=` would"),
    ("quick.buying.recovery_time <= 2s", "quick.buying.availability <= 50%", "`>=` would"),
    ("quick.buying.recovery_time <= 2s", "quick.buying.recovery_time <= 20s", "`block: 24s`"),
    ("quick.buying.recovery_time <= 2s", "quick.buying.recovery_time <= 2", "unit"),
    (
        "quick.buying.recovery_time <= 2s",
        "quick.buying.availability / limping.buying.availability >= 2",
        "a ratio of them is not judged",
    ),
    ("quick.buying.recovery_time", "quick.buying.recovery_tme", "did you mean `recovery_time`?"),
    ("alarm: limps", "alarm: limp", "did you mean `limps`?"),
    ("at: ordered", "at: orderd", "did you mean `ordered`?"),
    (
        "ordered: { of: shop, counter: shop_orders_total",
        "ordered: { of: shop, counter: a b",
        "no name",
    ),
    ("backlog: [limping]", "backlog: [asked_again]", "no gauge `asked_again` among the metrics"),
    ("objective: 90%", "objective: 90", "`90%` may be meant"),
    ("    objective: 90%\n", "", "no `objective`, such as 99%"),
    ("counter: shop_orders_total", "counter: shop orders", "is no name of a metric"),
    (", counter: shop_orders_total", "", "one of `ratio`, `gauge` and `counter`"),
    (
        "quick.buying.recovery_time <= 2s\n    during: killed",
        "quick.buying.orders <= 5",
        "say which, with `during`",
    ),
    ("quick.buying.recovery_time <= 2s", "quick.buying.limping <= 1", "is shown, not claimed"),
    ("quick.buying.recovery_time <= 2s", "quick.buying.p99 <= 1s", "or a metric are"),
    ("gauge: shop_limps", "gauge: shop limps", "is no name of a metric"),
    ("detection_time\n    during: killed", "detection_time\n    during: unwatched", "no `alarm`"),
    ("    during: killed\n    pairs: 1", "    during: kiled\n    pairs: 1", "mean `killed`?"),
]


@pytest.mark.parametrize(("right", "wrong", "said"), MISTAKES, ids=[m[1][:60] for m in MISTAKES])
def test_mistakes_are_explained(house, claims: Path, right: str, wrong: str, said: str) -> None:
    assert right in CLAIMS
    text = CLAIMS.replace(right, wrong, 1)
    code, told, progress = house.check(house.write(text, STACK))
    assert (code, told) == (2, ""), progress
    assert said in progress
    assert "claims.yaml:" in progress
