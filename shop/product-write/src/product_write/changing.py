"""One change: the product locked, checked, written, and the event of it, in one transaction."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC
from typing import TypeVar

from pydantic import MISSING
from shop_kit import outbox
from shop_kit.messages import Message
from shop_kit.store import Connection

from product_write.changes import ProductChange, etag
from product_write.errors import NotFound, OtherVersion, UnknownVariants

TOPIC = "product-changes"

T = TypeVar("T")


@dataclass(frozen=True)
class Changed:
    product_id: str
    version: int
    changed_at: str
    """UTC, ISO 8601, taken just before the commit."""


async def change(
    connection: Connection, product_id: str, asked: ProductChange, tags: frozenset[str] | None
) -> Changed:
    """Within a transaction, which is to be rolled back where this raises an error.

    `tags` are those that the version may have, None for any. Raises NotFound, OtherVersion,
    UnknownVariants.
    """
    version = await connection.fetchval(_LOCKED, product_id)
    if version is None:
        raise NotFound(f"no product has the id {product_id!r}")
    if tags is not None and etag(version) not in tags:
        raise OtherVersion(version)
    await _change_variants(connection, product_id, asked)
    row = await connection.fetchrow(
        _CHANGED, product_id, _or_none(asked.title), _or_none(asked.description)
    )
    changed_at = row["updated_at"].astimezone(UTC).isoformat(timespec="microseconds")
    changed = Changed(product_id, row["version"], changed_at.replace("+00:00", "Z"))
    payload = asdict(changed) | {"changed": asked.kinds()}
    await outbox.add(connection, Message(TOPIC, product_id, json.dumps(payload).encode()))
    return changed


async def _change_variants(connection: Connection, product_id: str, asked: ProductChange) -> None:
    variants = asked.of_variants()
    if not variants:
        return
    ids = [each.id for each in variants]
    rows = await connection.fetch(
        _VARIANTS,
        *(product_id, ids, [_or_none(each.price_minor) for each in variants]),
        [_or_none(each.available) for each in variants],
    )
    unknown = set(ids) - {row["id"] for row in rows}
    if unknown:
        raise UnknownVariants(unknown)


def _or_none(value: T | MISSING) -> T | None:
    return None if value is MISSING else value


_LOCKED = "SELECT version FROM products WHERE id = $1 FOR UPDATE"

_VARIANTS = """
    UPDATE variants SET price_minor = coalesce(asked.price_minor, variants.price_minor),
                        available = coalesce(asked.available, variants.available)
    FROM unnest($2::text[], $3::bigint[], $4::int[]) AS asked (id, price_minor, available)
    WHERE variants.product_id = $1 AND variants.id = asked.id
    RETURNING variants.id
"""

_CHANGED = """
    UPDATE products SET title = coalesce($2, title), description = coalesce($3, description),
        version = version + 1, updated_at = clock_timestamp(),
        price_from_minor = coalesce(
            (SELECT min(price_minor) FROM variants WHERE product_id = $1), price_from_minor)
    WHERE id = $1
    RETURNING version, updated_at
"""
