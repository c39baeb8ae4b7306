"""Ways of putting it, each read as whoever says it means it: `phrasings.txt`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from intent_parser.goods import of_catalogue
from intent_parser.lexicon import compiled
from intent_parser.parser import Parser
from shop_intents import CartLine, Ordered
from shop_intents.intents import AnyParsed
from shop_requests import catalogues
from shop_requests.goods import goods
from shop_requests.judging import happened
from shop_requests.model import Request

FILE = Path(__file__).with_name("phrasings.txt")
NAMED = {
    "B": ("Kolvik Aster Glass Sports Bottle", {}),
    "C": ("Good Dog Supply Sable Chicken Dry Cat Food", {}),
    "D": ("Trellis Wren Cordless Drill", {}),
    "F": ("Dewpoint Tarn Face Serum", {}),
    "G": ("Nestling Sorrel Board Game", {}),
    "K": ("Hob & Hearth Teal Kettle", {}),
    "M": ("Tavola Vesper Stand Mixer", {}),
    "N": ("Marginalia Rill Crime Novel", {}),
    "O": ("Longshelf Press Oak Novel", {}),
    "P": ("Pipkin Orchard Card Game", {}),
    "R": ("Elara Mill Soundbar", {"Colour": "Red"}),
    "S": ("Brae Oak Bamboo Ankle Socks", {}),
    "T": ("Fold Mira Opal Glass Reading Lamp", {}),
    "U": ("Elara Mill Soundbar", {"Colour": "Royal Blue"}),
    "W": ("Bellwether Books Yarrow Linen-Bound Writing Pad", {}),
    "Z": ("Pestle Heath Blender", {}),
}
SHOP = of_catalogue(catalogues.catalogue("generated"))
IDS = {
    name: (good.id, variant.id)
    for name, (title, options) in NAMED.items()
    for good in SHOP
    if good.title == title
    for variant in good.variants
    if options.items() <= dict(variant.options).items()
}
NAMES = {variant_id: name for name, (_, variant_id) in IDS.items()}


class Phrasing(NamedTuple):
    cart: str
    orders: tuple[str, ...]
    text: str
    right: tuple[str, ...]


def phrasings() -> list[Phrasing]:
    found: list[Phrasing] = []
    for line in FILE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            before, text, right = (part.strip() for part in line.split("|"))
            cart, *orders = before.split("/")
            outcomes = tuple(canonical(each) for each in right.split("~"))
            found.append(Phrasing(cart, tuple(orders), text, outcomes))
    return found


def units(text: str) -> dict[str, int]:
    """`K:2 G` → {"K": 2, "G": 1}"""
    pairs = (each.partition(":") for each in text.split())
    return {name: int(count or 1) for name, _, count in pairs}


def lines(text: str) -> tuple[CartLine, ...]:
    return tuple(
        CartLine(product_id=IDS[name][0], variant_id=IDS[name][1], quantity=count)
        for name, count in units(text).items()
    )


def told(variants: Mapping[str, int]) -> str:
    counts = {NAMES.get(each, each): count for each, count in variants.items() if count}
    return " ".join(f"{name}:{count}" for name, count in sorted(counts.items()))


def canonical(outcome: str) -> str:
    """As `outcome_of` gives it."""
    outcome = outcome.strip()
    if outcome in ("question", "refusal"):
        return outcome
    bought = ["[" + told_units(each) + "]" for each in re.findall(r"\[(.*?)\]", outcome)]
    cancelled = sorted(re.findall(r"cancel\d", outcome))
    rest = re.sub(r"\[.*?\]|cancel\d", "", outcome)
    return " ".join(filter(None, [told_units(rest), *bought, *cancelled]))


def told_units(text: str) -> str:
    return " ".join(f"{name}:{count}" for name, count in sorted(units(text).items()))


def outcome_of(phrasing: Phrasing, orders: tuple[Ordered, ...], parsed: AnyParsed) -> str:
    request = Request(
        id="", kind="", where="", catalogue="generated", text=phrasing.text,
        cart=lines(phrasing.cart), orders=orders, outcomes=(), verified=(),
    )  # fmt: skip
    found = happened(request, parsed, goods("generated"))
    if found.decision != "intent":
        return found.decision
    bought = ["[" + told(each) + "]" for each in found.bought]
    cancelled = sorted(f"cancel{each.removeprefix('o-')}" for each in map(str, found.cancelled))
    return " ".join(filter(None, [told(found.cart), *bought, *cancelled]))


@pytest.fixture(scope="module")
def parser() -> Parser:
    return Parser(compiled(SHOP))


@pytest.mark.parametrize("phrasing", phrasings(), ids=lambda each: each.text[:60])
def test_it_is_read_as_it_is_meant(parser: Parser, phrasing: Phrasing) -> None:
    orders = tuple(
        Ordered(order_id=f"o-{at}", lines=lines(each)) for at, each in enumerate(phrasing.orders)
    )
    parsed = parser.parse(phrasing.text, lines(phrasing.cart), orders)
    assert outcome_of(phrasing, orders, parsed) in phrasing.right
