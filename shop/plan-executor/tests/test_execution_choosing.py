"""What is chosen of what can be had, and whether a condition holds."""

from __future__ import annotations

import pytest
from plan_executor.choosing import Offer, chosen, holds
from plan_executor.errors import Forbidden
from shop_intents import InStock, Item, PriceBelow, Variant


def variant(name: str, price_minor: int = 500) -> Variant:
    return Variant(
        product_id=name[0], variant_id=name, title=name, price_minor=price_minor, available=9
    )


A, B, C = variant("a1", 500), variant("b1", 400), variant("c1", 600)


def item(*variants: Variant, quantity: int = 2, **more: object) -> Item:
    return Item(words="x", quantity=quantity, variants=variants, **more)  # type: ignore[arg-type]


def offers(**prices: int | tuple[int, int] | tuple[int, int, str]) -> dict[str, Offer]:
    """By variant: a price; how many there are (9); the currency (EUR)."""
    found = {}
    for name, each in prices.items():
        price_minor, available, currency = (*(each if isinstance(each, tuple) else (each,)),
                                            9, "EUR")[:3]  # fmt: skip
        if isinstance(each, tuple) and len(each) == 2:
            currency = "EUR"
        found[name] = Offer(name[0], name, price_minor, currency, available)
    return found


TABLE = [
    ("the first", item(A, B), offers(a1=500, b1=400), "a1"),
    ("not what is sold no more", item(A, B), offers(b1=400), "b1"),
    ("not what there is too little of", item(A, B), offers(a1=(500, 1), b1=400), "b1"),
    ("just enough", item(A, B), offers(a1=(500, 2), b1=400), "a1"),
    ("not over its limit", item(A, B, most_minor=499), offers(a1=500, b1=499), "b1"),
    ("not below its limit", item(B, A, least_minor=450), offers(a1=500, b1=400), "a1"),
    ("of its currency", item(A, B), offers(a1=(500, 9, "JPY"), b1=400), "b1"),
    ("the cheapest of now", item(B, A, pick="cheapest"), offers(a1=300, b1=400), "a1"),
    ("the dearest of now", item(C, A, pick="dearest"), offers(a1=700, c1=600), "a1"),
    ("the best rated, whatever it costs", item(C, A, pick="best_rated"), offers(a1=1, c1=9), "c1"),
]  # fmt: skip


@pytest.mark.parametrize(("says", "asked", "there", "taken"), TABLE, ids=[r[0] for r in TABLE])
def test_what_is_taken(says: str, asked: Item, there: dict[str, Offer], taken: str) -> None:
    line = chosen(asked, there, "EUR")
    assert (line.variant_id, line.quantity) == (taken, 2)
    assert line.unit_price_minor == there[taken].price_minor


def test_nothing_is_taken_that_is_not_on_the_list() -> None:
    with pytest.raises(Forbidden, match="a1: it is not sold any more"):
        chosen(item(A), offers(b1=1, c1=1), "EUR")
    # Nor from another product that says it has it.
    stranger = {"a1": Offer("z", "a1", 500, "EUR", 9)}
    with pytest.raises(Forbidden, match="not sold any more"):
        chosen(item(A), stranger, "EUR")


def test_what_has_gone_is_not_taken_again() -> None:
    there = offers(a1=500, b1=400)
    assert chosen(item(A, B), there, "EUR", gone=["a1"]).variant_id == "b1"
    with pytest.raises(Forbidden, match="a1: it could not be had"):
        chosen(item(A), there, "EUR", gone=["a1"])


HOLDS = [
    ("there is enough", InStock(item(A)), offers(a1=500), True),
    ("there is too little", InStock(item(A)), offers(a1=(500, 1)), False),
    ("another of it will do", InStock(item(A, B)), offers(b1=400), True),
    ("below", PriceBelow(item(A), 501), offers(a1=500), True),
    ("not below", PriceBelow(item(A), 500), offers(a1=500), False),
    ("at most", PriceBelow(item(A), 500, or_equal=True), offers(a1=500), True),
    ("not at most", PriceBelow(item(A), 499, or_equal=True), offers(a1=500), False),
    ("of the one that would be taken", PriceBelow(item(A, B), 450), offers(a1=500, b1=400), False),
    (
        "of the one that there is",
        PriceBelow(item(A, B), 450),
        offers(a1=(500, 0), b1=400),
        True,
    ),
    ("though it is sold out", PriceBelow(item(A), 501), offers(a1=(500, 0)), True),
    ("what is not sold has no price", PriceBelow(item(A), 10**6), {}, False),
]


@pytest.mark.parametrize(("says", "condition", "there", "held"), HOLDS, ids=[r[0] for r in HOLDS])
def test_whether_a_condition_holds(
    says: str, condition: InStock | PriceBelow, there: dict[str, Offer], held: bool
) -> None:
    assert holds(condition, there, "EUR") == held
