"""Checks held against what was found: each of them can fail, and says why."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from plan_executor.choosing import Offer
from plan_executor.conditions import Found, Order, require, unmet
from plan_executor.errors import Forbidden, StepFailed
from plan_executor.progress import Begun, Units
from plan_generator.planning import plan as steps_of
from shop_intents import BuyNow, CartLine, Check, CheckOut, Intent, Item, Mandate, Plan, Variant
from shop_messages import Line

MANDATE = Mandate(
    user_id="ann", cap_minor=1000, currency="EUR", merchant="shop", plan_digest="0" * 64,
    expires_at=100, signature="",
)  # fmt: skip
PLAN = Plan(
    plan_id="p", user_id="ann", cart_id="c", text="x", currency="EUR", budget_minor=900, steps=(),
    quoted_minor=900, approval="given", digest="0" * 64, expires_at=100, mandate=MANDATE,
)  # fmt: skip
POOR = replace(PLAN, budget_minor=9000)


def line(quantity: int = 2, price_minor: int = 450) -> Line:
    return Line(
        product_id="mug", variant_id="mug-s", quantity=quantity, unit_price_minor=price_minor
    )


def offered(available: int = 2, currency: str = "EUR", product_id: str = "mug") -> dict[str, Offer]:
    return {"mug-s": Offer(product_id, "mug-s", 450, currency, available)}


def item(most_minor: int | None) -> dict[str, list[Item]]:
    return {"mug-s": [Item(words="mug", quantity=2, variants=(), most_minor=most_minor)]}


def target(quantity: int) -> list[Units]:
    return [Units(product_id="mug", variant_id="mug-s", was=1, quantity=quantity)]


def order(**more: Any) -> Order:
    fields: dict[str, Any] = {
        "order_id": "o-1", "checkout_id": "k-1", "state": "confirmed", "lines": (line(),),
        "total_minor": 900, "currency": "EUR",
    }  # fmt: skip
    return Order(**fields | more)


BEGUN = Begun(key="k", lines=(line(),), checked=(900,), state="confirmed", order_id="o-1")
AFTER: dict[str, Any] = {"begun": BEGUN, "order": order(), "orders_of_checkout": 1}

TABLE: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("approved", {}, {"now_s": 100}, "has expired"),
    ("approved", {}, {"plan": replace(PLAN, mandate=None)}, "no mandate"),
    ("within_budget", {"lines": [line()]}, {"lines": [line(price_minor=451)]}, "it costs 902"),
    ("within_budget", {"lines": [line(1)], "spent_minor": 450},
     {"lines": [line(1)], "spent_minor": 451}, "it costs 901"),
    ("within_budget", AFTER | {"spent_minor": 900}, AFTER | {"spent_minor": 901}, "it costs 901"),
    ("within_mandate", {"plan": POOR, "lines": [line(price_minor=500)]},
     {"plan": POOR, "lines": [line(price_minor=501)]}, "the mandate's cap is 1000"),
    ("in_stock", {"lines": [line()], "offers": offered()},
     {"lines": [line()], "offers": offered(1)}, "1 of 2 mug-s"),
    ("in_stock", {"lines": [line()], "offers": offered()},
     {"lines": [line()], "offers": {}}, "not sold any more"),
    ("in_stock", {"lines": [line()], "offers": offered()},
     {"lines": [line()], "offers": offered(product_id="jug")}, "not sold any more"),
    ("in_stock", {"lines": [line()], "offers": offered()},
     {"lines": [line()], "offers": offered(currency="JPY")}, "sold in JPY"),
    ("within_limit", {"lines": [line()], "items": item(450)},
     {"lines": [line()], "items": item(449)}, "may cost 449"),
    ("in_cart", {"variant_id": "mug-s", "cart": {"mug-s": 1}}, {"variant_id": "mug-s"},
     "not in the cart"),
    ("in_cart", {"targets": target(1), "cart": {"mug-s": 1}}, {"targets": target(1)}, "holds 0"),
    ("not_in_cart", {"targets": target(0)}, {"targets": target(0), "cart": {"mug-s": 1}},
     "holds 1"),
    ("quantity_is", {"targets": target(2), "cart": {"mug-s": 2}},
     {"targets": target(2), "cart": {"mug-s": 3}}, "is to hold 2"),
    ("quantity_is", AFTER, AFTER | {"order": order(lines=(line(3),))}, "were asked for"),
    ("confirmed", AFTER, {}, "not confirmed"),
    ("confirmed", AFTER, AFTER | {"order": order(state="cancelled")}, "is cancelled"),
    ("charged_once", AFTER, AFTER | {"orders_of_checkout": 2}, "has 2 orders"),
    ("charged_once", AFTER, AFTER | {"order": order(total_minor=901)}, "for 901 EUR"),
    ("charged_once", AFTER, AFTER | {"order": order(currency="JPY")}, "900 JPY"),
    ("charged_once", AFTER, {}, "there is no order"),
    ("order_is_ours", AFTER, {}, "no such order"),
]  # fmt: skip


def check(name: Any) -> Check:
    return Check(name=name, says="")


def found(**more: Any) -> Found:
    fields: dict[str, Any] = {"plan": PLAN, "now_s": 99.0}
    return Found(**fields | more)


@pytest.mark.parametrize(("name", "good", "bad", "told"), TABLE)
def test_a_check_is_met_or_says_why(
    name: str, good: dict[str, Any], bad: dict[str, Any], told: str
) -> None:
    assert unmet(check(name), found(**good)) is None
    with pytest.raises(StepFailed, match=told):
        require([check(name)], found(**bad))


def test_every_check_that_there_is_can_fail() -> None:
    assert {row[0] for row in TABLE} == set(get_args(get_type_hints(Check)["name"]))


def test_what_has_gone_is_named() -> None:
    error = unmet(check("in_stock"), found(lines=[line()], offers={}))
    assert isinstance(error, Forbidden)
    assert error.gone == {"mug-s"}


LIMITS = [
    step.before
    for step in steps_of(
        Intent(
            text="x",
            acts=(
                BuyNow(items=(Item(words="x", quantity=1, variants=(Variant(
                    product_id="mug", variant_id="mug-s", title="", price_minor=1, available=1,
                ),)),)),
                CheckOut(),
            ),
            currency="EUR",
        ),
        (CartLine(product_id="mug", variant_id="mug-s", quantity=1),),
    )
    if step.kind == "check_out"
]  # fmt: skip


@given(
    st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 5000), st.integers(1, 9),
    st.integers(0, 2000), st.integers(0, 9), st.integers(0, 200),
)  # fmt: skip
def test_whoever_may_pay_stays_within_budget_cap_and_stock(
    budget: int, cap: int, spent: int, quantity: int, price: int, available: int, now: int
) -> None:
    """Of both kinds of payment that a plan may have, whatever the prices of now."""
    plan = replace(PLAN, budget_minor=budget, mandate=replace(MANDATE, cap_minor=cap))
    for checks in LIMITS:
        it = found(
            plan=plan, now_s=float(now), spent_minor=spent, lines=[line(quantity, price)],
            offers={"mug-s": Offer("mug", "mug-s", price, "EUR", available)},
        )  # fmt: skip
        may_pay = all(unmet(each, it) is None for each in checks)
        cost = spent + quantity * price
        assert may_pay == (cost <= min(budget, cap) and quantity <= available and now < 100)
