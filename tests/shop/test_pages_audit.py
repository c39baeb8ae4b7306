"""The audit of pages: what counts as old, as unknown, and as gone back."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from assay.scripts import Asked

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
async def test_what_must_not_be_is_found(
    pages: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    stored: Mapping[str, int],
    shown: Mapping[str, int],
    told: list[tuple[str, str]],
    wrong: Mapping[str, list[str]],
) -> None:
    async def versions(_: str, products: list[str]) -> Mapping[str, int]:
        assert set(products) == set(stored)
        return stored

    async def seen(_: str, products: list[str]) -> Mapping[str, int]:
        assert set(products) == set(stored)
        return shown

    monkeypatch.setattr(pages, "versions", versions)
    monkeypatch.setattr(pages, "pages", seen)
    where = {"catalogue.store": "postgresql://…"}, {"product-read": "http://…"}
    asked = Asked(where[1], where[0], told, final=True)
    found = await pages.audit(asked)
    assert {name: list(each.ids) for name, each in found.counts.items() if each.found} == wrong
    before = await pages.audit(Asked(where[1], where[0], told))
    assert before.waiting == ("1 pages are behind the store" if "stale" in wrong else "")
