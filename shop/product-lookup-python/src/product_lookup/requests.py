"""What may be asked."""

from __future__ import annotations

from collections.abc import Sequence

MAX_ID_CHARACTERS = 64
MAX_IDS = 1_000


class InvalidRequest(ValueError):
    """The words name the field and say what would be right."""


def check_id(product_id: str, field: str = "product_id") -> None:
    if not product_id:
        raise InvalidRequest(f"{field} is empty")
    if len(product_id) > MAX_ID_CHARACTERS:
        raise InvalidRequest(
            f"{field} has {len(product_id)} characters, at most {MAX_ID_CHARACTERS} are allowed"
        )


def check_ids(product_ids: Sequence[str]) -> None:
    if not product_ids:
        raise InvalidRequest(f"product_ids is empty, 1 to {MAX_IDS} ids are needed")
    if len(product_ids) > MAX_IDS:
        raise InvalidRequest(
            f"product_ids has {len(product_ids)} ids, at most {MAX_IDS} are allowed"
        )
    for position, product_id in enumerate(product_ids):
        if not product_id or len(product_id) > MAX_ID_CHARACTERS:
            check_id(product_id, f"product_ids[{position}]")
