"""Goods of a catalogue, from its tables or from what an importer or the generator has made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from shop_catalogue.model import Catalogue

from intent_parser.lexicon import Good, SoldVariant

OF_TABLES = """
    SELECT p.id, p.title, b.name AS brand, c.path AS category, r.stars,
           array_agg(v.id ORDER BY v.position) AS variants,
           array_agg(v.options::text ORDER BY v.position) AS options,
           array_agg(v.price_minor ORDER BY v.position) AS prices,
           array_agg(v.available ORDER BY v.position) AS available,
           min(v.currency) AS currency
    FROM products p JOIN brands b ON b.id = p.brand_id JOIN categories c ON c.id = p.category_id
    JOIN variants v ON v.product_id = p.id LEFT JOIN ratings r ON r.product_id = p.id
    GROUP BY p.id, b.name, c.path, r.stars ORDER BY p.id
"""
"""Every product that has variants."""


class Row(Protocol):
    def __getitem__(self, key: str, /) -> Any: ...


def of_rows(rows: Iterable[Row]) -> list[Good]:
    """Of `OF_TABLES`."""
    goods: list[Good] = []
    for row in rows:
        stars, ratings = rating(row["stars"] or ())
        sold = zip(row["variants"], row["options"], row["prices"], row["available"], strict=True)
        goods.append(
            Good(
                row["id"], row["title"], row["brand"], tuple(row["category"]), row["currency"],
                tuple(
                    SoldVariant(each, tuple(map(tuple, json.loads(options))), price, available)
                    for each, options, price, available in sold
                ),
                stars, ratings,
            )
        )  # fmt: skip
    return goods


def of_catalogue(catalogue: Catalogue) -> list[Good]:
    """Of a catalogue that stands in no store."""
    paths = {each.id: each.path for each in catalogue.categories}
    brands = {each.id: each.name for each in catalogue.brands}
    return [
        Good(
            entry.product.id, entry.product.title, brands[entry.product.brand_id],
            paths[entry.product.category_id], entry.variants[0].currency,
            tuple(SoldVariant(v.id, v.options, v.price_minor, v.available) for v in entry.variants),
            *rating(entry.stars),
        )
        for entry in catalogue.entries
        if entry.variants
    ]  # fmt: skip


def rating(stars: Sequence[int]) -> tuple[float, int]:
    """The mean of so many ones, twos, … fives, and how many they are."""
    ratings = sum(stars)
    given = sum(number * count for number, count in enumerate(stars, 1))
    return (given / ratings if ratings else 0.0), ratings
