"""An answer is judged by what it leads to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from shop_intents.intents import (
    Act,
    Add,
    AnyParsed,
    BuyNow,
    CancelOrder,
    CartLine,
    CheckOut,
    EmptyCart,
    If,
    InStock,
    Intent,
    Item,
    Ordered,
    PriceBelow,
    Question,
    Refusal,
    Remove,
    SetQuantity,
    Swap,
    Variant,
)
from shop_requests.goods import Offer, goods
from shop_requests.judging import happened, meets, right
from shop_requests.loading import requests
from shop_requests.model import Among, Outcome, Request, Units

SHOP = goods("generated")


def offer(title: str) -> Offer:
    [found] = SHOP.among(Among(title=title))
    return found


KETTLE, NOVEL = offer("Hob & Hearth Teal Kettle"), offer("Longshelf Press Oak Novel")
GAME = offer("Nestling Sorrel Board Game")
GONE = offer("Bumblewood Marlow Board Game")


def item(*offers: Offer, quantity: int = 1, most_minor: int | None = None) -> Item:
    variants = tuple(
        Variant(
            product_id=each.product_id,
            variant_id=each.variant_id,
            title=each.title,
            price_minor=each.price_minor,
            available=each.available,
        )
        for each in offers
    )
    return Item(words="it", quantity=quantity, variants=variants, most_minor=most_minor)


REQUEST = replace(
    requests("development", ("generated",))[0],
    cart=(CartLine(product_id=NOVEL.product_id, variant_id=NOVEL.variant_id, quantity=3),),
    orders=(Ordered(order_id="o-0"),),
)


def intent(*acts: Act, most: int | None = None) -> AnyParsed:
    return Intent(text="", acts=acts, currency="EUR", total_most_minor=most)  # pyright: ignore


def line(*offers: Offer, quantity: int = 1) -> Units:
    return Units(frozenset(each.variant_id for each in offers), quantity)


def outcome(*cart: Units, bought: tuple[tuple[Units, ...], ...] = ()) -> Outcome:
    return Outcome("intent", None, cart, bought, ())


HELD = line(NOVEL, quantity=3)


@pytest.mark.parametrize(
    ("parsed", "expected"),
    [
        pytest.param(intent(Add(item=item(KETTLE))), outcome(HELD, line(KETTLE)), id="add"),
        pytest.param(
            intent(Add(item=item(GONE, GAME))), outcome(HELD, line(GAME)), id="the next in stock"
        ),
        pytest.param(
            intent(Remove(variant_id=NOVEL.variant_id, quantity=1)),
            outcome(line(NOVEL, quantity=2)),
            id="remove one",
        ),
        pytest.param(intent(Remove(variant_id=NOVEL.variant_id)), outcome(), id="remove"),
        pytest.param(
            intent(SetQuantity(variant_id=NOVEL.variant_id, quantity=7)),
            outcome(line(NOVEL, quantity=7)),
            id="set",
        ),
        pytest.param(
            intent(Swap(variant_id=NOVEL.variant_id, item=item(GAME))),
            outcome(line(GAME)),
            id="swap",
        ),
        pytest.param(intent(EmptyCart()), outcome(), id="empty"),
        pytest.param(
            intent(BuyNow(items=(item(KETTLE),))),
            outcome(HELD, bought=((line(KETTLE),),)),
            id="buy past the cart",
        ),
        pytest.param(intent(CheckOut()), outcome(HELD, bought=((HELD,),)), id="the cart stays"),
        pytest.param(
            intent(
                If(
                    condition=InStock(item=item(GONE)),
                    then=(Add(item=item(GONE)),),
                    otherwise=(Add(item=item(GAME)),),
                )
            ),
            outcome(HELD, line(GAME)),
            id="otherwise",
        ),
        pytest.param(
            intent(
                If(
                    condition=PriceBelow(item=item(KETTLE), limit_minor=KETTLE.price_minor),
                    then=(Add(item=item(KETTLE)),),
                )
            ),
            outcome(HELD),
            id="below is strict",
        ),
        pytest.param(
            intent(
                If(
                    condition=PriceBelow(
                        item=item(KETTLE), limit_minor=KETTLE.price_minor, or_equal=True
                    ),
                    then=(Add(item=item(KETTLE)),),
                )
            ),
            outcome(HELD, line(KETTLE)),
            id="at most is not",
        ),
        pytest.param(
            intent(Add(item=item(GAME))), outcome(HELD, line(KETTLE, GAME)), id="any of several"
        ),
        pytest.param(
            intent(Add(item=item(NOVEL))), outcome(HELD, line(KETTLE, NOVEL)), id="more of one held"
        ),
    ],
)
def test_acts_lead_to_an_outcome(parsed: AnyParsed, expected: Outcome) -> None:
    found = happened(REQUEST, parsed, SHOP)
    assert meets(expected, found)
    assert not meets(replace(expected, cart=(*expected.cart, line(GONE))), found)
    assert not meets(replace(expected, bought=((line(GONE),),)), found)
    assert not meets(replace(expected, cancelled=("o-0",)), found)


@pytest.mark.parametrize(
    "parsed",
    [
        pytest.param(intent(Add(item=item(GONE))), id="sold out"),
        pytest.param(intent(Add(item=item(KETTLE, quantity=3))), id="more than there is"),
        pytest.param(intent(Add(item=item(KETTLE, most_minor=1))), id="over its limit"),
        pytest.param(intent(BuyNow(items=(item(KETTLE),)), most=1), id="over the total"),
        pytest.param(intent(Remove(variant_id=KETTLE.variant_id)), id="not in the cart"),
        pytest.param(intent(Remove(variant_id=NOVEL.variant_id, quantity=4)), id="too many"),
        pytest.param(intent(EmptyCart(), CheckOut()), id="nothing to buy"),
        pytest.param(intent(CancelOrder(order_id="o-1")), id="somebody's order"),
    ],
)
def test_what_cannot_be_done_changes_nothing(parsed: AnyParsed) -> None:
    found = happened(REQUEST, parsed, SHOP)
    assert found.decision == "failure"
    assert found.bought == ()
    assert dict(found.cart) == {NOVEL.variant_id: 3}


def test_an_order_is_cancelled() -> None:
    found = happened(REQUEST, intent(CancelOrder(order_id="o-0")), SHOP)
    assert meets(replace(outcome(HELD), cancelled=("o-0",)), found)


def judged(parsed: AnyParsed, *outcomes: Outcome) -> bool:
    request: Request = replace(REQUEST, outcomes=outcomes)
    return right(request, parsed)


def test_a_question_or_refusal_is_right_for_its_reason() -> None:
    asked = Question(text="", about="variant", says="Which?")
    refused = Refusal(text="", reason="impossible", says="No.")
    assert judged(asked, Outcome("question", None, (HELD,), (), ()))
    assert judged(asked, Outcome("question", "variant", (HELD,), (), ()))
    assert not judged(asked, Outcome("question", "line", (HELD,), (), ()))
    assert judged(refused, Outcome("refusal", "impossible", (HELD,), (), ()))
    assert not judged(refused, Outcome("refusal", "not_permitted", (HELD,), (), ()))
    assert not judged(refused, Outcome("question", None, (HELD,), (), ()))


def test_one_of_the_accepted_outcomes_is_enough() -> None:
    added = intent(Add(item=item(GAME)))
    assert judged(added, outcome(HELD, line(KETTLE)), outcome(HELD, line(GAME)))
    assert not judged(added, outcome(HELD, line(KETTLE)), outcome(HELD))
