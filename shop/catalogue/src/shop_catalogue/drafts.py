"""What importers read, before it has the ids of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shop_catalogue.model import (
    Catalogue,
    Entry,
    Options,
    Path,
    Product,
    Variant,
    brand_id,
    brands_of,
    categories_of,
    category_id,
    opaque_id,
)

UNBRANDED = "Unbranded"
UNCATEGORISED = "Uncategorised"
# The columns of the tables hold no more.
MOST_AVAILABLE = 2**31 - 1
MOST_VARIANTS = 2**15 - 1
LONGEST_ID = 64


@dataclass(frozen=True)
class DraftVariant:
    sku: str
    options: Options
    price_minor: int
    available: int


@dataclass(frozen=True)
class DraftProduct:
    id: str
    title: str
    description: str
    brand: str
    category: Path
    variants: tuple[DraftVariant, ...]


def catalogue(drafts: Sequence[DraftProduct], currency: str) -> Catalogue:
    """The catalogue that the drafts make up; ids and SKUs must already be unique."""
    return Catalogue(
        categories=categories_of(draft.category for draft in drafts),
        brands=brands_of(draft.brand for draft in drafts),
        entries=[_entry(draft, currency) for draft in drafts],
    )


def _entry(draft: DraftProduct, currency: str) -> Entry:
    product = Product(
        id=draft.id,
        title=draft.title,
        description=draft.description,
        brand_id=brand_id(draft.brand),
        category_id=category_id(draft.category),
    )
    return Entry(product, tuple(_variants(draft, currency)))


def _variants(draft: DraftProduct, currency: str) -> Iterator[Variant]:
    for position, variant in enumerate(draft.variants, 1):
        yield Variant(
            id=opaque_id("v", draft.id, position),
            product_id=draft.id,
            position=position,
            sku=variant.sku,
            options=variant.options,
            currency=currency,
            price_minor=variant.price_minor,
            available=variant.available,
        )
