"""Faults that are commands of the stack, or a disk that is full, beside a load."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

CLAIMS = """
faults:
  spoilt: { run: till.spoil, after: 1s, for: 1s }
  failing: { run: till.fail, after: 1s, for: 1s }
  full: { fill: till, after: 1s, for: 1s }
claims:
  spoilt:
    says: What is spoilt is not what is sold.
    prove: honest.orders.lost == 0
    during: spoilt
  failing:
    says: What was not done proves nothing.
    prove: honest.orders.lost == 0
    during: failing
  full:
    says: What keeps nothing on its disk does without.
    prove: honest.orders.lost == 0
    during: full
"""


@pytest.fixture
def claims(house, front_and_till: str, buying: str) -> Path:
    return house.write(buying + CLAIMS, front_and_till)


@pytest.mark.integration
@pytest.mark.timeout(300)
def test_a_command_bites_where_it_says_what_it_has_done(house, claims: Path) -> None:
    code, told, progress = house.run("prove", str(claims), "--seed", "1", "--json")
    found = {each["name"]: each for each in json.loads(told)["claims"]}
    assert code == 3, progress
    assert found["spoilt"]["verdict"] == "PROVED", progress
    assert "till.spoil was hit once (spoilt)" in found["spoilt"]["reason"]
    if os.geteuid() == 0:
        assert found["full"]["verdict"] == "PROVED", progress
        assert "MB of ballast, and it was full)" in found["full"]["reason"]
    else:
        assert found["full"]["verdict"] == "INVALID", progress
        assert "could not be mounted: " in found["full"]["reason"]
    assert found["failing"]["verdict"] == "INVALID", progress
    assert "till.honest.fail: there is nothing to spoil" in found["failing"]["reason"]
    [folder] = house.folder.glob("runs/*")
    _, again, _ = house.run("report", str(folder), "--json")
    assert json.loads(again)["claims"] == json.loads(told)["claims"]
    assert house.left() == []
    assert not (house.folder / "spoilt").exists()


MISTAKES = [
    ("run: till.spoil", "run: till.spoill", "`till` has no command `spoill`", "`spoil`?"),
    ("run: till.spoil", "run: tll.spoil", "no process `tll`", "did you mean `till`?"),
    ("run: till.spoil", "run: till", "must be a command of a process, such as", ""),
    ("run: till.spoil", "run: shop.spoil", "`shop` has no command `spoil`", "there are none"),
    ("fill: till", "fill: shop", "`shop` has no disk of its own", "such as `disk: 256MB`"),
    ("run: till.spoil", "run: till.spoil, kill: till", "must break one thing", ""),
    ("run: till.spoil", "run: till.spoil, delay: 1s", "is of a slow link; this is a run", ""),
]


@pytest.mark.parametrize(
    ("right", "wrong", "said", "hint"), MISTAKES, ids=[m[1][:50] for m in MISTAKES]
)
def test_mistakes_are_explained(
    house, front_and_till: str, buying: str, right: str, wrong: str, said: str, hint: str
) -> None:
    assert right in CLAIMS
    path = house.write(buying + CLAIMS.replace(right, wrong), front_and_till)
    code, told, progress = house.check(path)
    assert (code, told) == (2, ""), progress
    assert said in progress
    assert hint in progress
    assert "claims.yaml:" in progress
