"""`python -m shop_catalogue`: put a catalogue into the shop's database."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer

from shop_catalogue import drafts, money, plain_json, shopify
from shop_catalogue.generate import generate
from shop_catalogue.ids import write_ids
from shop_catalogue.mistakes import ImportMistakes, decoded
from shop_catalogue.model import Catalogue
from shop_catalogue.store import StoreError, replace

BAD_INPUT = 2
NOT_STORED = 1

T = TypeVar("T")

app = typer.Typer(
    help="Puts a catalogue into the shop's database, in place of the one that is there.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
imports = typer.Typer(
    help="Import somebody's catalogue: everything in the file, or nothing.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(imports, name="import")

Dsn = Annotated[
    str,
    typer.Option(
        envvar="CATALOGUE_DSN",
        help="The database, such as postgresql://shop@127.0.0.1:5432/catalogue",
        show_default=False,
    ),
]
Ids = Annotated[
    Path | None, typer.Option(help="Write the ids of the products to this CSV.", show_default=False)
]
File = Annotated[Path, typer.Argument(help="The file to import.", show_default=False)]


@app.command(
    epilog="Example: CATALOGUE_DSN=postgresql://shop@127.0.0.1:5432/catalogue "
    "python -m shop_catalogue load --products 100000 --seed 1 --ids ids.csv"
)
def load(
    dsn: Dsn,
    products: Annotated[int, typer.Option(min=1, max=10_000_000)] = 100_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same catalogue.")] = 1,
    ids: Ids = None,
) -> None:
    """Make up a catalogue and load it."""
    _store(dsn, generate(products, seed), ids)


@imports.command(
    "shopify",
    epilog="Example: python -m shop_catalogue import shopify products_export.csv --currency EUR",
)
def import_shopify(
    file: File,
    dsn: Dsn,
    currency: Annotated[str, typer.Option(help="Of its prices; the export does not say.")] = "EUR",
    ids: Ids = None,
) -> None:
    """A product export of Shopify (CSV). Drafts and archived products are left out; stock that
    Shopify does not count is taken as 999 pieces."""
    if not money.is_currency(currency):
        _fail(f"--currency {currency}: write its code, such as EUR", BAD_INPUT)
    found = _parsed(file, lambda text: shopify.parse(text, currency))
    if found.left_out:
        print(f"left out {found.left_out} products that are drafts or archived", file=sys.stderr)
    _store(dsn, drafts.catalogue(found.products, currency), ids)


@imports.command(
    "json",
    epilog="Example: python -m shop_catalogue import json catalogue.json",
    help="A catalogue in JSON, of this form (the options in the order in which they are "
    f"to be shown):\n\n\b\n{plain_json.EXAMPLE}",
)
def import_json(file: File, dsn: Dsn, ids: Ids = None) -> None:
    found = _parsed(file, plain_json.parse)
    _store(dsn, drafts.catalogue(found.products, found.currency), ids)


def _parsed(file: Path, parse: Callable[[str], T]) -> T:
    try:
        return parse(decoded(file.read_bytes()))
    except OSError as error:
        _fail(f"{file}: {error.strerror}", BAD_INPUT)
    except ImportMistakes as mistakes:
        _fail(f"{mistakes.told(str(file))}\nnothing was imported", BAD_INPUT)


def _store(dsn: str, catalogue: Catalogue, ids: Path | None) -> None:
    began_s = time.monotonic()
    try:
        loaded = asyncio.run(replace(dsn, catalogue))
    except StoreError as error:
        _fail(str(error), NOT_STORED)
    if ids is not None:
        try:
            write_ids(ids, loaded.product_ids)
        except OSError as error:
            _fail(f"--ids {ids}: {error.strerror}; the catalogue itself is loaded", NOT_STORED)
    print(
        f"{len(loaded.product_ids):,} products and {loaded.variants:,} variants in "
        f"{time.monotonic() - began_s:.1f} s; the database has "
        f"{loaded.database_bytes / 2**20:,.0f} MiB"
    )


def _fail(message: str, code: int) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(code)
