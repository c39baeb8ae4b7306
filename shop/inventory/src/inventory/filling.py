"""Puts the catalogue's units on hand: `python -m inventory.filling --catalogue DSN --dsn DSN`.

Variants that are known already stay as they are: it may be run again. With `--list FILE`, what can
be bought is written there: product_id, variant_id, on_hand. With `--times N` there is so much more
of each than the catalogue says, for those who buy the same again and again.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
from pathlib import Path

import asyncpg
from shop_kit.settings import die

from inventory.stock import SCHEMA


async def fill(catalogue: str, dsn: str, times: int = 1) -> int:
    """How many variants are new."""
    source = await asyncpg.connect(catalogue)
    try:
        target = await asyncpg.connect(dsn)
        try:
            return await _filled(source, target, times)
        finally:
            await target.close()
    finally:
        await source.close()


async def for_sale(catalogue: str, file: Path) -> None:
    """Writes the list."""
    source = await asyncpg.connect(catalogue)
    try:
        rows = await source.fetch(
            "SELECT product_id, id, available FROM variants WHERE available > 0 ORDER BY id"
        )
    finally:
        await source.close()
    with file.open("w", encoding="utf-8", newline="") as text:
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow(["product_id", "variant_id", "on_hand"])
        lines.writerows(map(tuple, rows))


async def _filled(source: asyncpg.Connection, target: asyncpg.Connection, times: int) -> int:
    units = "least(available::bigint * $1, 2147483647)::int"
    rows = await source.fetch(f"SELECT id, {units}, {units} FROM variants", times)
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
    parser.add_argument("--list", type=Path, help="write what can be bought to this CSV")
    parser.add_argument("--times", type=int, default=1, help="so many units for each")
    given = parser.parse_args()
    if given.times < 1:
        parser.error(f"--times {given.times}: 1 or more would be right")
    try:
        new = asyncio.run(fill(given.catalogue, given.dsn, given.times))
        if given.list is not None:
            asyncio.run(for_sale(given.catalogue, given.list))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        die(f"inventory: {error}")
    print(f"{new} variants are new")


if __name__ == "__main__":
    main()
