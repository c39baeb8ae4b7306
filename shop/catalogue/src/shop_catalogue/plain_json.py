"""Reads a catalogue written as JSON; the form is in EXAMPLE."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from shop_catalogue.drafts import (
    LONGEST_ID,
    MOST_AVAILABLE,
    MOST_VARIANTS,
    DraftProduct,
    DraftVariant,
)
from shop_catalogue.mistakes import ImportMistakes, Mistake
from shop_catalogue.model import Options
from shop_catalogue.money import is_currency, price_minor

# `description` may be left out, and `options` of a variant that has none.
EXAMPLE = """\
{
  "currency": "EUR",
  "products": [
    {
      "id": "mug-1",
      "title": "Stoneware Mug",
      "description": "Holds 300 ml.",
      "brand": "Tavola",
      "category": ["Kitchen", "Mugs"],
      "variants": [
        {"sku": "MUG-1-B", "options": {"Colour": "Blue"}, "price": "12.50", "available": 7}
      ]
    }
  ]
}
"""

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Imported:
    currency: str
    products: list[DraftProduct]


def parse(text: str) -> Imported:
    """The catalogue in the text. ImportMistakes with all that is wrong."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        found = f"no JSON at column {error.colno}"
        raise ImportMistakes([Mistake(error.lineno, "", found, f"there: {error.msg}")]) from error
    except (RecursionError, ValueError) as error:
        # Brackets too deep, or a number of more digits than Python takes.
        raise ImportMistakes([Mistake(1, "", "no catalogue", str(error))]) from error
    reader = _Reader()
    found = reader.document(document)
    if reader.wrongs:
        raise ImportMistakes(
            [
                Mistake(_line_of(text, wrong.product), wrong.field, wrong.found, wrong.right)
                for wrong in reader.wrongs
            ]
        )
    return found


@dataclass(frozen=True)
class _Wrong:
    product: int | None  # its place in the list
    field: str
    found: str
    right: str


@dataclass
class _Reader:
    """Gathers every mistake rather than stopping at the first."""

    wrongs: list[_Wrong] = field(default_factory=list)
    product_at: int | None = None
    ids: dict[str, str] = field(default_factory=dict)  # and where each was first
    skus: dict[str, str] = field(default_factory=dict)

    def wrong(self, way: str, found: object, right: str) -> None:
        shown = "nothing" if found is None else json.dumps(found, ensure_ascii=True)
        short = shown if len(shown) <= 60 else shown[:57] + "..."
        self.wrongs.append(_Wrong(self.product_at, way, short, right))

    def document(self, document: object) -> Imported:
        top = self.object(document, "the document", {"currency", "products"})
        currency = self.text(top.get("currency"), "currency")
        if currency and not is_currency(currency):
            self.wrong("currency", currency, 'write its code, such as "EUR"')
        products: list[DraftProduct] = []
        for place, product in enumerate(self.array(top.get("products"), "products")):
            self.product_at = place
            products.append(self.product(product, f"products[{place}]", currency or "EUR"))
        return Imported(currency, products)

    def product(self, value: object, way: str, currency: str) -> DraftProduct:
        known = {"id", "title", "description", "brand", "category", "variants"}
        product = self.object(value, way, known)
        product_id = self.text(product.get("id"), f"{way}.id")
        if len(product_id) > LONGEST_ID:
            self.wrong(f"{way}.id", product_id, f"write at most {LONGEST_ID} characters")
        self.unique(self.ids, product_id, f"{way}.id")
        categories = self.array(product.get("category"), f"{way}.category")
        variants = self.array(product.get("variants"), f"{way}.variants")
        if len(variants) > MOST_VARIANTS:
            self.wrong(f"{way}.variants", len(variants), f"have at most {MOST_VARIANTS} variants")
        return DraftProduct(
            id=product_id,
            title=self.text(product.get("title"), f"{way}.title"),
            description=self.text(product.get("description", ""), f"{way}.description", least=0),
            brand=self.text(product.get("brand"), f"{way}.brand"),
            category=tuple(
                self.text(name, f"{way}.category[{place}]") for place, name in enumerate(categories)
            ),
            variants=tuple(
                self.variant(variant, f"{way}.variants[{place}]", currency)
                for place, variant in enumerate(variants)
            ),
        )

    def variant(self, value: object, way: str, currency: str) -> DraftVariant:
        variant = self.object(value, way, {"sku", "options", "price", "available"})
        sku = self.text(variant.get("sku"), f"{way}.sku")
        self.unique(self.skus, sku, f"{way}.sku")
        available = variant.get("available")
        if type(available) is not int or not 0 <= available <= MOST_AVAILABLE:
            self.wrong(f"{way}.available", available, f"write a number from 0 to {MOST_AVAILABLE}")
            available = 0
        return DraftVariant(
            sku=sku,
            options=self.options(variant.get("options", {}), f"{way}.options"),
            price_minor=self.price(variant.get("price"), f"{way}.price", currency),
            available=available,
        )

    def options(self, value: object, way: str) -> Options:
        options = self.object(value, way, None)
        return tuple(
            (self.text(name, way), self.text(chosen, f"{way}.{name}"))
            for name, chosen in options.items()
        )

    def price(self, value: object, way: str, currency: str) -> int:
        try:
            # In quotes, because 12.10 without them is not 12.10 to every reader of JSON.
            return price_minor(value if isinstance(value, str) else "", currency)
        except ValueError as error:
            self.wrong(way, value, f"{error}, in quotes")
            return 0

    def unique(self, seen: dict[str, str], value: str, way: str) -> None:
        if value and value in seen:
            self.wrong(way, value, f"{seen[value]} is the same; give each its own")
        seen.setdefault(value, way)

    def text(self, value: object, way: str, least: int = 1) -> str:
        if not isinstance(value, str) or len(value.strip()) < least:
            self.wrong(way, value, "write a text in quotes" + (", not an empty one" * least))
            return ""
        if re.search("[\0\ud800-\udfff]", value):
            self.wrong(way, value, "leave out \\u0000 and halves of surrogate pairs")
            return ""
        return value.strip()

    def array(self, value: object, way: str) -> list[object]:
        if not isinstance(value, list) or not value:
            self.wrong(way, value, "write a list in [ ] with at least one in it")
            return []
        return value

    def object(self, value: object, way: str, known: set[str] | None) -> dict[str, object]:
        if not isinstance(value, dict):
            self.wrong(way, value, "write an object in { }")
            return {}
        if known is not None and (unknown := sorted(set(value) - known)):
            self.wrong(way, unknown[0], f"known here are {', '.join(sorted(known))}")
        return value


def _line_of(text: str, product: int | None) -> int:
    """Where the product of this place in the list begins; the text must be JSON."""
    return 1 if product is None else text.count("\n", 0, _offset_of(text, product)) + 1


def _offset_of(text: str, product: int) -> int:
    at = _skip(text, 0) + 1  # behind the {
    found = 0
    while text[at := _skip(text, at)] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)  # behind the :
        if key == "products" and text[at] == "[":
            # Of a key that stands twice, JSON's readers take the last one.
            found = _offset_in_list(text, at, product) or found
        _, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        at += text[at] == ","
    return found


def _offset_in_list(text: str, at: int, wanted: int) -> int | None:
    at = _skip(text, at + 1)  # behind the [
    for _ in range(wanted):
        if text[at] == "]":
            return None
        _, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        at = _skip(text, at + (text[at] == ","))
    return at


def _skip(text: str, at: int) -> int:
    """Behind the white space there."""
    match = _SPACE.match(text, at)
    return match.end() if match else at
