"""The audit of pages: what counts as old, as unknown, and as gone back."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

SHOP = Path(__file__).parents[2] / "shop"


@pytest.fixture(scope="module")
def pages() -> Iterator[ModuleType]:
    """As assay imports it: from the folder of the claims file."""
    sys.path.insert(0, str(SHOP))
    try:
        from audits import pages

        yield pages
    finally:
        sys.path.remove(str(SHOP))


CASES = [
    # what the store has, what is shown, what was told, what is found
    ({"a": 3, "b": 1}, {"a": 3, "b": 1}, [("a@3", "changed"), ("b@1", "looked")], {}),
    ({"a": 3}, {"a": 2}, [("a@3", "changed")], {"stale": ["a@2"]}),
    ({"a": 3}, {"a": 3}, [("a@4", "changed")], {"unknown": ["a@4"]}),
    ({"a": 3}, {"a": 4}, [("a@3", "looked")], {"unknown": ["a@4"]}),
    ({"a": 3}, {"a": 3}, [("a@3", "went_back")], {"went_back": ["a@3"]}),
]


@pytest.mark.parametrize(("stored", "shown", "told", "wrong"), CASES)
def test_what_must_not_be_is_found(
    pages: ModuleType,
    stored: Mapping[str, int],
    shown: Mapping[str, int],
    told: list[tuple[str, str]],
    wrong: Mapping[str, list[str]],
) -> None:
    found = pages.findings(told, stored, shown, final=True)
    assert {name: list(each.ids) for name, each in found.counts.items() if each.found} == wrong
    before = pages.findings(told, stored, shown, final=False)
    assert before.waiting == ("1 pages are behind the store" if "stale" in wrong else "")
