"""What is told of a change, and whether a reading has shown it."""

from __future__ import annotations

import json

import pytest
from product_lookup.changes import Taken
from shop_kit.changes import Change, change_of

EVENT = {"product_id": "müg", "version": 7, "changed_at": "1970-01-01T01:00:01.5+01:00"}


def test_what_the_contract_says_is_read_and_more_is_ignored() -> None:
    assert change_of(json.dumps(EVENT | {"by": {"whom": None}}).encode()) == Change("müg", 7, 1.5)


@pytest.mark.parametrize("field", EVENT)
def test_every_field_is_needed(field: str) -> None:
    with pytest.raises(ValueError, match=field):
        change_of(json.dumps(EVENT | {field: None}).encode())


@pytest.mark.parametrize("value", [None, b"", b"\xff", b"null", b"[1]", b"[" * 100_000])
def test_what_is_no_object_is_unreadable(value: bytes | None) -> None:
    with pytest.raises(ValueError):
        change_of(value)


@pytest.mark.parametrize(
    ("before", "now", "version", "shown", "behind"),
    [
        (1, 2, 2, True, False),
        (1, 3, 2, True, False),
        (None, 1, 1, True, False),
        (2, None, 3, True, False),
        (2, 2, 2, False, False),
        (3, 3, 2, False, False),
        (None, None, 2, False, False),
        (1, 2, 3, False, True),
    ],
)
def test_a_change_is_shown_once(before, now, version: int, shown: bool, behind: bool) -> None:
    taken, change = Taken(before, now), Change("mug", version, 0.0)
    assert (taken.shows(change), taken.behind(change)) == (shown, behind)
