"""Puts the catalogue's units on hand: `python -m inventory.filling --catalogue DSN --dsn DSN`.

Variants that are known already stay as they are: it may be run again.
"""

from __future__ import annotations

import argparse
import asyncio

import asyncpg
from shop_kit.settings import die

from inventory.stock import SCHEMA


async def fill(catalogue: str, dsn: str) -> int:
    """How many variants are new."""
    source = await asyncpg.connect(catalogue)
    try:
        target = await asyncpg.connect(dsn)
        try:
            return await _filled(source, target)
        finally:
            await target.close()
    finally:
        await source.close()


async def _filled(source: asyncpg.Connection, target: asyncpg.Connection) -> int:
    rows = await source.fetch("SELECT id, available, available FROM variants")
    async with target.transaction():
        await target.execute(SCHEMA)
        await target.execute("CREATE TEMP TABLE new (LIKE stock INCLUDING DEFAULTS) ON COMMIT DROP")
        await target.copy_records_to_table(
            "new", records=map(tuple, rows), columns=["variant_id", "received", "on_hand"]
        )
        done = await target.execute(
            "INSERT INTO stock SELECT * FROM new ON CONFLICT (variant_id) DO NOTHING"
        )
    return int(done.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m inventory.filling", description=__doc__)
    parser.add_argument(
        "--catalogue", required=True, help="database of the catalogue, postgresql://…"
    )
    parser.add_argument("--dsn", required=True, help="database of the inventory, postgresql://…")
    given = parser.parse_args()
    try:
        new = asyncio.run(fill(given.catalogue, given.dsn))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        die(f"inventory: {error}")
    print(f"{new} variants are new")


if __name__ == "__main__":
    main()
