"""What is told of a changed product: `../contracts/events/product-changed.v1.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

_MOST_CHARACTERS = 64
_MOST_VERSION = 2**63 - 1


@dataclass(frozen=True)
class Change:
    product_id: str
    version: int
    """The product's after the change."""
    changed_at_s: float
    """Since the epoch."""


def change_of(value: bytes | None) -> Change:
    """From a record's value. ValueError where it is not what the contract says."""
    try:
        payload = json.loads((value or b"").decode())
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(payload, dict):
        raise ValueError("not an object")
    product_id, version = payload.get("product_id"), payload.get("version")
    if not isinstance(product_id, str) or not 1 <= len(product_id) <= _MOST_CHARACTERS:
        raise ValueError("product_id is no text of 1 to 64 characters")
    # No text in Postgres holds it, nor what UTF-8 cannot say, of which `encode` tells.
    if b"\0" in product_id.encode():
        raise ValueError("product_id has a NUL")
    if type(version) is not int or not 1 <= version <= _MOST_VERSION:
        raise ValueError("version is no whole number from 1")
    return Change(product_id, version, _seconds(payload.get("changed_at")))


def _seconds(changed_at: object) -> float:
    if not isinstance(changed_at, str):
        raise ValueError("changed_at is no date and time")
    moment = datetime.fromisoformat(changed_at)
    if moment.tzinfo is None:
        raise ValueError("changed_at has no offset from UTC")
    return moment.timestamp()
