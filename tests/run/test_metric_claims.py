"""A service that counts its own hits, judged by real load."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from assay.claims import read_claims
from assay.run.plan import make_plan

COUNTING = Path(__file__).with_name("programs") / "counting.py"
STACK = f"""
assay: 1
switches: {{ cache: [on, "off"] }}
processes:
  page:
    by:
      cache:
        "on": {{ run: ["{sys.executable}", "{COUNTING}", "{{port}}", "0.95"] }}
        "off": {{ run: ["{sys.executable}", "{COUNTING}", "{{port}}", "0"] }}
    ready: {{ http: "{{port}}/healthz" }}
    serves: {{ page: "http://127.0.0.1:{{port}}" }}
  nobody:
    run: [sleep, "600"]
    by: {{ cache: {{ "on": {{}}, "off": {{}} }} }}
    serves: {{ nobody: "http://127.0.0.1:1" }}
"""
CLAIMS = """
assay: 1
system: stack.yaml
variants: { before: { cache: "off" }, after: { cache: "on" } }
workloads:
  page:
    to: page
    mix: [{ weight: 3, get: /page }, { get: /list, name: list }]
    rate: 700/s
    warm_up: { users: 4, within: 150s }
metrics:
  hit_rate: { of: page, ratio: [hits_total, reads_total] }
claims:
  enough:
    says: 92% hit.
    prove: after.page.hit_rate >= 92%
  too-much: { says: 98% hit., prove: after.page.hit_rate >= 0.98 }
information:
  list: { says: The list alone., show: 'before.page["list"].p50 / after.page["list"].p50' }
  page: { says: The page alone., show: 'after.page["/page"].p99' }
"""
STACK = STACK.replace("[on,", '["on",')


def test_what_one_variant_is_asked_is_answered_by_the_pairs_it_is_in(house) -> None:
    plan = make_plan(read_claims(house.write(CLAIMS, STACK)), (), seed=1, budget_s=60)
    [comparison] = plan.comparisons
    assert [asked.name for asked in comparison.asked] == ["list", "enough", "too-much", "page"]
    assert set(comparison.variants) == {"before", "after"}
    assert comparison.metrics("after") == ("hit_rate",)
    assert comparison.metrics("before") == ()
    assert comparison.uses == ("page",)


@pytest.mark.integration
@pytest.mark.measures
@pytest.mark.timeout(500)
def test_a_share_is_proved_and_refuted(house) -> None:
    # Of one variant, and one start of it: each start is primed for a quarter of a minute.
    text = CLAIMS.split("information:")[0]
    text = text.replace(">= 92%", ">= 92%\n    pairs_per_epoch: 8")
    text = text.replace(">= 0.98 }", ">= 0.98, pairs_per_epoch: 8 }")
    claims = house.write(text, STACK)
    code, told, progress = house.run("prove", str(claims), "--seed", "1", "--json", within_s=480)
    found = {each["name"]: each for each in json.loads(told)["claims"]}
    assert code == 1, progress
    assert found["enough"]["verdict"] == "PROVED", progress
    assert found["too-much"]["verdict"] == "REFUTED", progress
    assert found["enough"]["estimate"] == pytest.approx(0.95, abs=0.01)
    assert found["enough"]["interval"][0] > 0.92
    [first, *_] = [each for each in house.events("primed") if each["variant"] == "after"]
    assert first["windows"][0]["hit_rate"] < 0.95
    assert not [each for each in house.events("starting") if each["process"] == "nobody"]
    [folder] = house.folder.glob("runs/*")
    code, told, _ = house.run("report", str(folder), "--json")
    again = {each["name"]: each for each in json.loads(told)["claims"]}
    assert again == found
    assert house.left() == []


MISTAKES = [
    ("of: page, ratio: [hits_total, reads_total]", "of: page, ratio: [hits_total]", "ratio"),
    ("hit_rate: { of", "p99: { of", "`p99` is a measure of every workload"),
    ("after.page.hit_rate >= 92%", "after.page.hitrate >= 92%", "did you mean `hit_rate`?"),
    ("after.page.hit_rate >= 92%", 'after.page["list"].hit_rate >= 92%', "not of one endpoint"),
    ("after.page.hit_rate >= 92%", "after.page.hit_rate >= 120%", "between 0% and 100%"),
    ("after.page.hit_rate >= 92%", "after.page.hit_rate >= 92ms", "cannot be compared with"),
    ("[hits_total, reads_total]", '["hits total", reads_total]', "`hits total` is no name"),
    ("users: 4, within: 150s", "users: 0", "users"),
]


@pytest.mark.parametrize(("right", "wrong", "said"), MISTAKES, ids=[m[1][:40] for m in MISTAKES])
def test_mistakes_are_explained(house, right: str, wrong: str, said: str) -> None:
    assert right in CLAIMS
    code, told, progress = house.check(house.write(CLAIMS.replace(right, wrong), STACK))
    assert (code, told) == (2, "")
    assert said in progress
    assert "claims.yaml:" in progress
