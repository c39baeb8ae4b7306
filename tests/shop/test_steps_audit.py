"""Who was beginning a checkout, and who waited for one, while something was broken."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from assay.scripts.history import Operation

SHOP = Path(__file__).parents[2] / "shop"
SPAN = (10.0, 12.0)


@pytest.fixture(scope="module")
def steps() -> Iterator[ModuleType]:
    """As assay imports it: from the folder of the claims file."""
    sys.path.insert(0, str(SHOP))
    try:
        from audits import steps

        yield steps
    finally:
        sys.path.remove(str(SHOP))


def operation(what: str, began_s: float, ended_s: float, **more) -> Operation:
    told = {"key": "buyer-1 key", "outcome": "ok", "seen": "k-1", "amount": None} | more
    return Operation(int(began_s * 1e6), int(ended_s * 1e6), 1, what, **told)


def test_what_overlaps_is_under_way_and_what_does_not_is_not(steps: ModuleType) -> None:
    operations = [
        operation("begin", 8.0, 9.9, seen="k-before"),
        operation("begin", 9.9, 10.1, seen="k-into"),
        operation("begin", 10.5, 10.6, outcome="failed", key="buyer-2 refused"),
        operation("begin", 11.9, 15.0, outcome="unknown", key="buyer-3 unanswered"),
        operation("begin", 12.0, 12.5, seen="k-after"),
        operation("read", 9.0, 13.0, key="k-waited-for"),
        operation("read", 12.1, 13.0, key="k-later"),
        operation("take_back", 10.5, 10.6, key="k-other"),
    ]
    begun, read = steps.under_way(operations, SPAN)
    assert begun == {"k-into", "buyer-2 refused", "buyer-3 unanswered"}
    assert read == {"k-waited-for"}
