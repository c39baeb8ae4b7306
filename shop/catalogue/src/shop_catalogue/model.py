"""What a catalogue is made of, as its tables hold it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

Options = tuple[tuple[str, str], ...]
"""(("Colour", "Sea Green"), ("Size", "M")): ordered as a shopper reads them."""

Path = tuple[str, ...]
"""The names of a category and those above it, root first."""


class Category(NamedTuple):
    id: str
    parent_id: str | None
    name: str
    path: Path


class Brand(NamedTuple):
    id: str
    name: str


class Product(NamedTuple):
    id: str
    title: str
    description: str
    brand_id: str
    category_id: str


class Variant(NamedTuple):
    id: str
    product_id: str
    position: int  # from 1
    sku: str
    options: Options
    currency: str  # ISO 4217
    price_minor: int  # in the currency's smallest unit
    available: int  # pieces


Stars = tuple[int, int, int, int, int]
"""How many gave one star, two, ... five."""

NO_STARS: Stars = (0, 0, 0, 0, 0)


class Entry(NamedTuple):
    product: Product
    variants: tuple[Variant, ...]
    stars: Stars = NO_STARS

    @property
    def price_from_minor(self) -> int:
        """Of the cheapest variant; 0 without any."""
        return min((variant.price_minor for variant in self.variants), default=0)


@dataclass(frozen=True)
class Catalogue:
    """Whole, and sound by itself: every id that is referred to is there, parents first."""

    categories: tuple[Category, ...]
    brands: tuple[Brand, ...]
    entries: Iterable[Entry]


def opaque_id(kind: str, *parts: object) -> str:
    """`p-3k5xq2…`: the same for the same parts, and nothing can be read from it."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=10).digest()
    return f"{kind}-{base64.b32encode(digest).decode().lower()}"


def category_id(path: Path) -> str:
    return opaque_id("c", *path)


def brand_id(name: str) -> str:
    return opaque_id("b", name)


def categories_of(paths: Iterable[Path]) -> tuple[Category, ...]:
    """One for each path and for each category above it, parents first."""
    found: dict[Path, Category] = {}
    for path in paths:
        for depth in range(1, len(path) + 1):
            part = path[:depth]
            if part not in found:
                parent = category_id(part[:-1]) if depth > 1 else None
                found[part] = Category(category_id(part), parent, part[-1], part)
    return tuple(found.values())


def brands_of(names: Iterable[str]) -> tuple[Brand, ...]:
    return tuple(Brand(brand_id(name), name) for name in dict.fromkeys(names))
