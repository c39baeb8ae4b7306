"""What an intent costs at most, and when it is told that this is too much."""

from __future__ import annotations

import pytest
from plan_generator.errors import OverLimit, Unplannable
from plan_generator.quoting import Priced, Quote, quote
from shop_intents import (
    Act,
    Add,
    BuyNow,
    CheckOut,
    EmptyCart,
    If,
    InStock,
    Intent,
    Item,
    Remove,
    SetQuantity,
    Swap,
    Variant,
)

CART = {"tray-1": Priced(2, 100)}


def item(price_minor: int, *others: int, quantity: int = 1, most_minor: int | None = None) -> Item:
    variants = tuple(
        Variant(
            product_id="mug", variant_id=f"mug-{number}", title="Mug", price_minor=each, available=9
        )
        for number, each in enumerate((price_minor, *others))
    )
    return Item(words="mug", quantity=quantity, variants=variants, most_minor=most_minor)


def intent(*acts: Act, most_minor: int | None = None) -> Intent:
    return Intent(text="do it", acts=acts, currency="EUR", total_most_minor=most_minor)  # type: ignore[arg-type]


THEN = If(
    condition=InStock(item(1)),
    then=(BuyNow(items=(item(700),)),),
    otherwise=(BuyNow(items=(item(900),)),),
)
TABLE: list[tuple[str, list[Act], int]] = [
    ("items past the cart", [BuyNow(items=(item(500, quantity=3), item(10)))], 1510),
    ("the cart", [CheckOut()], 200),
    ("the cart with what is added", [Add(item=item(500)), CheckOut()], 700),
    ("the cart without what is removed", [Add(item=item(5)), Remove(variant_id="tray-1"),
     CheckOut()], 5),
    ("one unit less", [Remove(variant_id="tray-1", quantity=1), CheckOut()], 100),
    ("more units", [SetQuantity(variant_id="tray-1", quantity=7), CheckOut()], 700),
    ("a swap", [Swap(variant_id="tray-1", item=item(30, quantity=2)), CheckOut()], 60),
    ("only what comes after", [EmptyCart(), Add(item=item(9)), CheckOut()], 9),
    ("the dearer branch", [THEN], 900),
    ("all that is paid", [BuyNow(items=(item(500),)), THEN, CheckOut()], 1600),
    ("the first within its limit", [BuyNow(items=(item(900, 500, most_minor=600),))], 500),
    ("nothing that is not paid", [Add(item=item(500))], 0),
]  # fmt: skip


@pytest.mark.parametrize(("says", "acts", "total_minor"), TABLE, ids=[row[0] for row in TABLE])
def test_what_it_costs(says: str, acts: list[Act], total_minor: int) -> None:
    assert quote(intent(*acts), CART) == Quote(total_minor > 0, total_minor)


OVER: list[tuple[str, list[Act], int | None, str]] = [
    ("the total", [BuyNow(items=(item(500, quantity=3),))], 1499, "costs 1500 EUR.* is 1499"),
    ("the dearer branch", [THEN], 899, "costs 900"),
    ("what is put into the cart", [Add(item=item(500))], 499, "costs 500"),
    ("one unit", [Add(item=item(500, most_minor=499))], None, "no 'mug' is within the limits"),
]


@pytest.mark.parametrize(("says", "acts", "most_minor", "told"), OVER, ids=[r[0] for r in OVER])
def test_over_a_limit_of_the_user(
    says: str, acts: list[Act], most_minor: int | None, told: str
) -> None:
    with pytest.raises(OverLimit, match=told):
        quote(intent(*acts, most_minor=most_minor), CART)
    if most_minor is not None:
        quote(intent(*acts, most_minor=most_minor + 1), CART)


def test_an_empty_cart_is_not_paid() -> None:
    with pytest.raises(Unplannable, match="the cart is empty"):
        quote(intent(EmptyCart(), CheckOut()), CART)
    with pytest.raises(Unplannable, match="has no price"):
        quote(intent(CheckOut()), {"leaf-1": Priced(1, 0)})


def test_conditions_without_end_are_refused() -> None:
    many = [
        If(condition=InStock(item(1)), then=(Add(item=item(2**number)),)) for number in range(9)
    ]
    with pytest.raises(Unplannable, match="more than 64 ends"):
        quote(intent(*many), CART)
