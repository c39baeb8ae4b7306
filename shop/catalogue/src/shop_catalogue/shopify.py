"""Reads the product export of Shopify (CSV, several rows a product)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from shop_catalogue.drafts import (
    MOST_AVAILABLE,
    MOST_VARIANTS,
    UNBRANDED,
    UNCATEGORISED,
    DraftProduct,
    DraftVariant,
)
from shop_catalogue.mistakes import ImportMistakes, Mistake
from shop_catalogue.model import Options, opaque_id
from shop_catalogue.money import price_minor

# What Shopify does not count is always there.
NOT_COUNTED = 999

# The names of a column: in exports up to 2024, and since.
COLUMNS = {
    "handle": ("Handle", "URL handle"),
    "title": ("Title",),
    "body": ("Body (HTML)", "Description"),
    "vendor": ("Vendor",),
    "category": ("Product Category", "Standardized Product Type"),
    "type": ("Type", "Custom Product Type"),
    "status": ("Status",),
    "sku": ("Variant SKU", "SKU"),
    "price": ("Variant Price", "Price"),
    "available": ("Variant Inventory Qty", "Inventory quantity"),
} | {
    f"option{number}_{part}": (f"Option{number} {part.title()}",)
    for number in (1, 2, 3)
    for part in ("name", "value")
}
REQUIRED = ("handle", "title", "price")


@dataclass(frozen=True)
class Imported:
    products: list[DraftProduct]
    left_out: int  # products that are drafts or archived


@dataclass(frozen=True)
class _Row:
    line: int  # where it begins
    cells: dict[str, str]  # by the keys of COLUMNS

    def __getitem__(self, key: str) -> str:
        return self.cells.get(key, "")


@dataclass
class _Reader:
    """Gathers every mistake rather than stopping at the first."""

    currency: str
    names: dict[str, str]  # how this file calls each column
    mistakes: list[Mistake] = field(default_factory=list)
    skus: dict[str, int] = field(default_factory=dict)  # and the line that has it

    def wrong(self, row: _Row, key: str, right: str) -> None:
        found = repr(row[key]) if row[key] else "nothing"
        self.mistakes.append(Mistake(row.line, self.names.get(key, key), found, right))

    def product(self, handle: str, rows: list[_Row]) -> DraftProduct:
        first = rows[0]
        if not first["title"]:
            self.wrong(first, "title", f"the first row of the product {handle!r} needs its title")
        variants = [row for row in rows if row["price"] or row["sku"] or row["option1_value"]]
        if not variants:
            self.wrong(first, "price", f"the product {handle!r} needs a row with a price")
        if len(variants) > MOST_VARIANTS:
            right = f"the product {handle!r} may have {MOST_VARIANTS} variants, not more"
            self.wrong(variants[MOST_VARIANTS], "handle", right)
        category = first["category"] or first["type"] or UNCATEGORISED
        return DraftProduct(
            id=opaque_id("p", "shopify", handle),
            title=first["title"],
            description=plain_text(first["body"]),
            brand=first["vendor"] or UNBRANDED,
            category=tuple(filter(None, (part.strip() for part in category.split(">"))))
            or (UNCATEGORISED,),
            variants=tuple(
                self.variant(handle, place, first, row) for place, row in enumerate(variants, 1)
            ),
        )

    def variant(self, handle: str, place: int, first: _Row, row: _Row) -> DraftVariant:
        # Excel is kept from making numbers of SKUs by an apostrophe before them.
        sku = row["sku"].removeprefix("'") or f"{handle}-{place}"
        if sku in self.skus:
            right = f"line {self.skus[sku]} has the SKU {sku!r} too; give each variant its own"
            self.wrong(row, "sku", right)
        self.skus.setdefault(sku, row.line)
        return DraftVariant(sku, self.options(first, row), self.price(row), self.available(row))

    def options(self, first: _Row, row: _Row) -> Options:
        found: list[tuple[str, str]] = []
        for number in (1, 2, 3):
            # Only the first row of a product names its options.
            name, value = first[f"option{number}_name"], row[f"option{number}_value"]
            if value and not name:
                right = "the first row of its product needs a name for this option"
                self.wrong(row, f"option{number}_value", right)
            if value:
                found.append((name, value))
        # How Shopify writes a product that has but one variant.
        return () if found == [("Title", "Default Title")] else tuple(found)

    def price(self, row: _Row) -> int:
        try:
            return price_minor(row["price"], self.currency)
        except ValueError as error:
            self.wrong(row, "price", str(error))
            return 0

    def available(self, row: _Row) -> int:
        text = row["available"]
        if not text:
            return NOT_COUNTED
        if not re.fullmatch("-?[0-9]{1,10}", text) or int(text) > MOST_AVAILABLE:
            self.wrong(row, "available", f"write a whole number up to {MOST_AVAILABLE}, or nothing")
            return 0
        # Shopify counts below zero what was sold and is not there.
        return max(0, int(text))


def parse(text: str, currency: str) -> Imported:
    """The products that are on sale. ImportMistakes with all that is wrong."""
    records = _records(text)
    header = next(records, (1, []))[1]
    places = _columns(header)
    reader = _Reader(currency, {key: header[place] for key, place in places.items()})
    products: dict[str, list[_Row]] = {}
    for line, cells in records:
        row = _Row(line, {key: cells[at].strip() for key, at in places.items() if at < len(cells)})
        if len(cells) > len(header):
            right = f"the header has {len(header)} columns; put texts with commas into quotes"
            reader.mistakes.append(Mistake(line, "", f"{len(cells)} cells", right))
        elif not row["handle"]:
            reader.wrong(row, "handle", "every row needs the handle of its product")
        else:
            products.setdefault(row["handle"], []).append(row)
    on_sale = {
        handle: rows
        for handle, rows in products.items()
        if rows[0]["status"].lower() in ("", "active")
    }
    drafts = [reader.product(handle, rows) for handle, rows in on_sale.items()]
    if not (drafts or reader.mistakes):
        right = "a catalogue needs a product that is neither a draft nor archived"
        reader.mistakes.append(Mistake(1, "", "no product", right))
    if reader.mistakes:
        raise ImportMistakes(reader.mistakes)
    return Imported(drafts, len(products) - len(on_sale))


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not empty, and the line where it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        right = "write it as CSV: commas between cells, quotes within quotes doubled"
        raise ImportMistakes([Mistake(line, "", str(error), right)]) from error


def _columns(header: list[str]) -> dict[str, int]:
    """Where each column stands that this file has. ImportMistakes where one is missing."""
    found = {cell.strip().casefold(): place for place, cell in enumerate(header)}
    places = {
        key: found[name.casefold()]
        for key, names in COLUMNS.items()
        for name in reversed(names)
        if name.casefold() in found
    }
    if missing := [COLUMNS[key] for key in REQUIRED if key not in places]:
        wanted = ", ".join(" or ".join(names) for names in missing)
        right = f"the first line must name the columns, {wanted} too, as Shopify exports them"
        raise ImportMistakes([Mistake(1, "", f"no column {wanted}", right)])
    return places


class _Text(HTMLParser):
    """What a reader of the page would see."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._hidden += 1
        elif tag not in ("a", "abbr", "b", "em", "i", "span", "strong", "sub", "sup", "u"):
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._hidden = max(0, self._hidden - 1)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def plain_text(html: str) -> str:
    """The words of a piece of HTML, with single spaces between them."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return " ".join("".join(reader.parts).split())
