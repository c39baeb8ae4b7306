"""A shop whose front and till lose touch, judged by what it told and what it has kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

CLAIMS = """
faults:
  lost: { lose_replies: shop -> till, after: 1s, for: 1s }
  slow: { slow: shop->till, calls: POST /orders, delay: 600ms, jitter: 100ms, after: 1s, for: 1s }
  failed: { fail: shop -> till, calls: POST /orders, next: 50, after: 1s, for: 1s }
claims:
  honest:
    says: What is told to be ordered is kept, though answers are lost.
    prove: honest.orders.lost == 0
    during: lost
    pairs_per_epoch: 3
  told:
    says: Nor is anything lost where the till cannot take it, and says so.
    prove: honest.orders.lost == 0
    during: failed
    pairs_per_epoch: 3
  guessing:
    says: So it is where the front guesses.
    prove: guessing.orders.lost == 0
    during: slow
    pairs_per_epoch: 3
"""


@pytest.fixture
def claims(house, front_and_till: str, buying: str) -> Path:
    return house.write(buying + CLAIMS, front_and_till)


@pytest.mark.integration
@pytest.mark.timeout(300)
def test_a_troubled_link_shows_who_guesses(house, claims: Path) -> None:
    code, told, progress = house.run("prove", str(claims), "--seed", "1", "--json")
    found = {each["name"]: each for each in json.loads(told)["claims"]}
    assert code == 1, progress
    assert found["honest"]["verdict"] == "PROVED", progress
    assert "shop -> till was hit" in found["honest"]["reason"]
    assert "pieces of answers were lost" in found["honest"]["reason"]
    assert found["told"]["verdict"] == "PROVED", progress
    assert "50 calls were failed" in found["told"]["reason"]
    assert found["guessing"]["verdict"] == "REFUTED", progress
    assert "guessed-" in found["guessing"]["reason"]
    [folder] = house.folder.glob("runs/*")
    blocks = [json.loads(line) for line in (folder / "blocks.jsonl").read_text().splitlines()]
    kinds = {(each["variant"], fault["kind"]) for each in blocks for fault in each["faults"]}
    assert kinds == {("honest", "lose_replies"), ("honest", "fail"), ("guessing", "slow")}
    assert all(fault["bit"] for each in blocks for fault in each["faults"])
    assert house.left() == []


MISTAKES = [
    ("lose_replies: shop -> till", "lose_replies: shop -> tll", "did you mean `till`?"),
    ("lose_replies: shop -> till", "lose_replies: till", "must be a link such as"),
    ("calls: POST /orders, next", "calls: post orders, next", "names no calls"),
    ("next: 50", "next: 0", "next"),
    ("lose_replies: shop -> till", "reset: shop -> till, next: 3", "of a whole link, or of none"),
    ("delay: 600ms", "bytes_per_s: 100, delay: 600ms", "not of some calls"),
    ("lose_replies: shop -> till", "lose_replies: till -> shop", "is told no port of `shop`"),
    ("lose_replies: shop -> till,", "lose_replies: shop -> till, delay: 1s,", "is of a slow link"),
    ("delay: 600ms, jitter: 100ms, ", "", "is slow by nothing"),
    ("jitter: 100ms", "jitter: 700ms", "is more than the delay"),
    ("lose_replies: shop -> till,", "lose_replies: shop -> till, kill: shop,", "one thing"),
    (
        "lose_replies: shop -> till",
        "lose_replies: everybodys -> till",
        "`everybodys` is told no port of `till`",
    ),
]


@pytest.mark.parametrize(("right", "wrong", "said"), MISTAKES, ids=[m[1][:50] for m in MISTAKES])
def test_mistakes_are_explained(
    house, front_and_till: str, buying: str, right: str, wrong: str, said: str
) -> None:
    assert right in CLAIMS
    path = house.write(buying + CLAIMS.replace(right, wrong), front_and_till)
    code, told, progress = house.check(path)
    assert (code, told) == (2, ""), progress
    assert said in progress
    assert "claims.yaml:" in progress
