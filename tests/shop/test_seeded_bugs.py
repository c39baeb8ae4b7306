"""Bugs that are seeded into the shop's services: each is still what it says."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

SHOP = Path(__file__).parents[2] / "shop"
STARTUP = SHOP / "bugs" / "startup"
sys.path.append(str(STARTUP))

from seeded import BUGS, Change  # noqa: E402
from seeding import Unseeded, changed  # noqa: E402


def source_of(module: str) -> str:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", BUGS)
def test_each_changes_what_stands_there_into_what_python_takes(name: str) -> None:
    changes: dict[str, list[Change]] = defaultdict(list)
    for change in BUGS[name].changes:
        changes[change.module].append(change)
    for module, its in changes.items():
        compile(changed(source_of(module), its), module, "exec")


def test_what_does_not_stand_there_is_told() -> None:
    with pytest.raises(Unseeded, match="has this 0 times"):
        changed("a = 1\n", [Change("some.module", "a = 2", "a = 3")])


def test_each_has_a_claim_that_is_to_refute_it() -> None:
    claims = yaml.safe_load((SHOP / "resilience.yaml").read_text("utf-8"))["claims"]
    assert {bug.claim for bug in BUGS.values()} <= claims.keys()
    assert len(BUGS) >= 30


ASKED = """
from checkout_orchestrator.saga import STEPS, Checkout
it = Checkout("k-1", "u-1", (), 100, "EUR", "pm_ok")
print(STEPS[1].do(it).amount_minor)
"""


@pytest.mark.parametrize(
    ("bug", "amount"), [("a-cent-less", 99), ("another-total", 100), ("", 100)]
)
def test_a_process_has_the_bug_that_it_is_started_with(bug: str, amount: int) -> None:
    environment = {**os.environ, "PYTHONPATH": str(STARTUP), "SHOP_BUG": bug}
    said = subprocess.run(
        [sys.executable, "-c", ASKED], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout == f"{amount}\n"
