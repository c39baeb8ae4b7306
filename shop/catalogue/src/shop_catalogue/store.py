"""Puts a catalogue into Postgres: all of it or nothing of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from itertools import islice

import asyncpg

from shop_catalogue.model import Brand, Catalogue, Category, Entry, Product, Variant

TABLES = ("ratings", "variants", "products", "brands", "categories")
# Products are held in memory by this many, not all at once.
BATCH = 5_000
COMMAND_TIMEOUT_S = 300


class StoreError(Exception):
    """The database cannot be used; the message says which and why."""


@dataclass(frozen=True)
class Loaded:
    product_ids: list[str]  # in the catalogue's order
    variants: int
    database_bytes: int


def schema() -> str:
    return resources.files("shop_catalogue").joinpath("schema.sql").read_text("utf-8")


async def replace(dsn: str, catalogue: Catalogue) -> Loaded:
    """Make the database hold this catalogue and no other. Whoever reads meanwhile waits.

    StoreError where the database cannot be reached or will not take it; it is then as before.
    """
    connection = await _connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(schema())
            await connection.execute(f"TRUNCATE {', '.join(TABLES)}")
            ids, variants = await _copy(connection, catalogue)
        # Vacuumed now, so that it does not happen by itself under somebody's measurement.
        await connection.execute(f"VACUUM (ANALYZE) {', '.join(TABLES)}")
        size = await connection.fetchval("SELECT pg_database_size(current_database())")
        return Loaded(ids, variants, size)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StoreError(f"the database did not take the catalogue: {error}") from error
    finally:
        await connection.close()


async def _connect(dsn: str, within_s: float = 20.0) -> asyncpg.Connection:
    try:
        async with asyncio.timeout(within_s):
            while True:
                try:
                    return await asyncpg.connect(dsn, command_timeout=COMMAND_TIMEOUT_S)
                except asyncpg.CannotConnectNowError:
                    # Its port opens a moment before it takes connections.
                    await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise StoreError(f"the database took no connection within {within_s:g} s") from error
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StoreError(f"no connection to the database: {error}") from error


async def _copy(connection: asyncpg.Connection, catalogue: Catalogue) -> tuple[list[str], int]:
    await connection.copy_records_to_table(
        "categories", records=catalogue.categories, columns=Category._fields
    )
    await connection.copy_records_to_table(
        "brands", records=catalogue.brands, columns=Brand._fields
    )
    ids: list[str] = []
    variants = 0
    entries = iter(catalogue.entries)
    while batch := list(islice(entries, BATCH)):
        await connection.copy_records_to_table(
            "products",
            records=[(*entry.product, entry.price_from_minor) for entry in batch],
            columns=(*Product._fields, "price_from_minor"),
        )
        rows = list(_variant_rows(batch))
        await connection.copy_records_to_table("variants", records=rows, columns=Variant._fields)
        await connection.copy_records_to_table(
            "ratings", records=[(entry.product.id, entry.stars) for entry in batch]
        )
        ids += [entry.product.id for entry in batch]
        variants += len(rows)
    return ids, variants


def _variant_rows(batch: list[Entry]) -> Iterator[tuple[object, ...]]:
    for entry in batch:
        for variant in entry.variants:
            options = json.dumps(variant.options, ensure_ascii=False)
            yield tuple((variant._asdict() | {"options": options}).values())
