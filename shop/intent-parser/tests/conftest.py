"""A small catalogue, and a parser of it."""

from __future__ import annotations

import pytest
from intent_parser.lexicon import Good, Lexicon, SoldVariant, compiled
from intent_parser.parser import Parser


def good(
    title: str,
    brand: str,
    shelf: str,
    *variants: tuple[dict[str, str], int, int],
    stars: float = 0.0,
) -> Good:
    """`variants`: (options, price_minor, available). Ids are made of the title."""
    name = title.lower().replace(" ", "-")
    sold = tuple(
        SoldVariant(f"{name}-{number}", tuple(options.items()), price_minor, available)
        for number, (options, price_minor, available) in enumerate(variants, 1)
    )
    return Good(name, title, brand, ("All", shelf), "EUR", sold, stars, 1 if stars else 0)


def sizes(colour: str, *names: str, price_minor: int) -> list[tuple[dict[str, str], int, int]]:
    return [({"Colour": colour, "Size": name}, price_minor, 5) for name in names]


GOODS = (
    good("Halden Glen Flannel Shirt", "Halden", "Shirts",
         *sizes("Navy", "S", "M", "XL", price_minor=5900),
         *sizes("Sea Green", "S", price_minor=5900),
         *sizes("Green", "S", price_minor=5900)),
    good("Brae Otter Linen Shirt", "Brae", "Shirts",
         *sizes("Navy", "M", price_minor=8900), stars=4.5),
    good("Tavola Teal Kettle", "Tavola", "Appliances", ({"Colour": "Red"}, 3900, 3)),
    good("Hob & Hearth Vesper Kettle", "Hob & Hearth", "Appliances",
         ({"Colour": "Cream"}, 2900, 9), ({"Colour": "Black"}, 2900, 0), stars=3.0),
    good("Gusto Lark Mug", "Gusto", "Glasses & Mugs",
         ({"Colour": "Blue", "Pack": "1"}, 900, 40), ({"Colour": "Blue", "Pack": "3"}, 2400, 12)),
    good("Kolvik Aster Travel Mug", "Kolvik", "Bottles", ({"Capacity": "0.5 l"}, 1900, 8)),
    good("Fellrunner Dale Trail Boots", "Fellrunner", "Boots", ({"Size": "41"}, 9900, 4),
         ({"Size": "42"}, 9900, 2)),
    good("Nestling Sorrel Board Game", "Nestling", "Games", ({}, 1499, 60)),
    good("Ashdown Nova Hoe", "Ashdown", "Tools", ({"Wood": "Oak"}, 2500, 0)),
)  # fmt: skip


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return compiled(GOODS)


@pytest.fixture(scope="session")
def parser(lexicon: Lexicon) -> Parser:
    return Parser(lexicon)
