"""Plans carried out in a real shop: to a paid order, or back to where it began."""

from __future__ import annotations

import pytest
from shop_intents import (
    Add,
    BuyNow,
    CancelOrder,
    CheckOut,
    EmptyCart,
    If,
    InStock,
    PriceBelow,
    Remove,
    SetQuantity,
    Swap,
)

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def shop(open_shopping):
    return open_shopping()


def states(execution: dict) -> list[str]:
    return [step["state"] for step in execution["steps"]]


def test_what_is_bought_now_ends_in_one_paid_order(shop, wish) -> None:
    with shop.shopper() as ann:
        ann.put(("tray-1", 2))
        found = ann.done(BuyNow(items=(wish("mug-s", quantity=2), wish("tray-1"))))
        assert found["outcome"] == "completed", found
        assert set(states(found)) == {"done"}
        assert found["spent_minor"] == 1100
        assert shop.paid_orders(ann.name) == [{"mug-s": 2, "tray-1": 1}]
        assert shop.charges(ann.name) == [("authorised", 1100), ("captured", 1100)]
        assert ann.cart() == {"tray-1": 2}, "it is bought past the cart"
        [order] = shop.rows("orders", "SELECT * FROM orders WHERE user_id = $1", ann.name)
        assert found["order_ids"] == [order["order_id"]]
        assert found["checkout_ids"] == [order["checkout_id"]]


def test_a_cart_is_changed_and_paid(shop, wish) -> None:
    with shop.shopper() as ann:
        ann.put(("tray-1", 5), ("cup-1", 1), ("mug-l", 1))
        found = ann.done(
            SetQuantity(variant_id="tray-1", quantity=3),
            Remove(variant_id="tray-1", quantity=1),
            Swap(variant_id="cup-1", item=wish("cup-2")),
            Remove(variant_id="mug-l"),
            Add(item=wish("mug-s")),
            CheckOut(),
        )
        assert found["outcome"] == "completed", found
        bought = {"tray-1": 2, "cup-2": 1, "mug-s": 1}
        assert shop.paid_orders(ann.name) == [bought]
        assert ann.cart() == bought, "the shop leaves in the cart what was paid"
        assert found["spent_minor"] == 200 + 350 + 500


def test_two_payments_share_one_budget(shop, wish) -> None:
    with shop.shopper() as ann:
        acts = (BuyNow(items=(wish("mug-s"),)), BuyNow(items=(wish("cup-1"),)))
        found = ann.done(*acts)
        assert (found["outcome"], found["spent_minor"]) == ("completed", 800)
        assert sorted(amount for _, amount in shop.charges(ann.name)) == [300, 300, 500, 500]


CONDITIONS = [
    ("in stock", "mug-s", None, False, "mug-s"),
    ("sold out", "jug-1", None, False, "cup-1"),
    ("not in stock, which it is not", "jug-1", None, True, "mug-s"),
    ("cheap enough", "mug-s", 500, False, "mug-s"),
    ("a cent too dear", "mug-s", 499, False, "cup-1"),
]


@pytest.mark.parametrize(
    ("says", "of", "limit_minor", "negated", "bought"), CONDITIONS, ids=[r[0] for r in CONDITIONS]
)
def test_what_hangs_on_a_condition_is_done_where_it_holds(
    shop, wish, says: str, of: str, limit_minor: int | None, negated: bool, bought: str
) -> None:
    asked = wish(of)
    condition = (
        InStock(asked) if limit_minor is None else PriceBelow(asked, limit_minor, or_equal=True)
    )
    act = If(
        condition=condition,
        negated=negated,
        then=(BuyNow(items=(wish("mug-s"),)),),
        otherwise=(BuyNow(items=(wish("cup-1"),)),),
    )
    with shop.shopper() as ann:
        found = ann.done(act)
        assert found["outcome"] == "completed", found
        assert shop.paid_orders(ann.name) == [{bought: 1}]
        assert states(found).count("skipped") == 5


def test_the_cart_alone_is_changed_where_nothing_is_paid(shop, wish) -> None:
    with shop.shopper(cap_minor=None) as ann:
        ann.put(("tray-1", 5))
        found = ann.done(EmptyCart(), Add(item=wish("mug-s", quantity=3)), payment_method=None)
        assert (found["outcome"], found["spent_minor"]) == ("completed", 0)
        assert ann.cart() == {"mug-s": 3}
        assert shop.charges(ann.name) == []


def test_a_declined_card_leaves_the_cart_as_it_was(shop, wish) -> None:
    with shop.shopper() as ann:
        ann.put(("tray-1", 5), ("mug-s", 1))
        before = ann.cart()
        found = ann.done(
            Remove(variant_id="tray-1"),
            Add(item=wish("mug-s", quantity=2)),
            Add(item=wish("cup-1")),
            CheckOut(),
            payment_method="pm_declined",
        )
        assert found["outcome"] == "compensated", found
        assert "declined" in found["says"]
        assert ann.cart() == before
        assert shop.paid_orders(ann.name) == []
        assert [kind for kind, _ in shop.charges(ann.name)] == ["declined"]
        kinds = {step["kind"]: step["state"] for step in found["steps"]}
        assert (kinds["remove"], kinds["add"], kinds["check_out"]) == ("undone",) * 3
        assert (kinds["wait"], kinds["verify"]) == ("failed", "waiting")


def test_what_is_sold_out_without_a_sign_of_it_is_taken_back(shop, wish) -> None:
    """The catalogue says it is there; the inventory does not have it."""
    with shop.shopper() as ann:
        ann.put(("tray-1", 1))
        shop.on_hand("mug-x", 0)
        try:
            found = ann.done(Add(item=wish("mug-x")), CheckOut())
        finally:
            shop.on_hand("mug-x", 1000)
        assert found["outcome"] == "compensated", found
        assert "mug-x" in found["says"]
        assert ann.cart() == {"tray-1": 1}
        assert (shop.paid_orders(ann.name), shop.charges(ann.name)) == ([], [])


def test_sold_out_from_the_start_changes_nothing(shop, wish) -> None:
    with shop.shopper() as ann:
        ann.put(("tray-1", 1))
        found = ann.done(Add(item=wish("mug-s")), Add(item=wish("jug-1")), CheckOut())
        assert found["outcome"] == "refused", found
        assert "jug-1: 0 of 1 can be had" in found["says"]
        assert ann.cart() == {"tray-1": 1}
        assert found["checkout_ids"] == []


def test_another_of_the_list_takes_the_place_of_what_has_gone(shop, wish) -> None:
    """Told by the inventory in the middle of a checkout; paid once, within the budget."""
    with shop.shopper() as ann:
        ann.put(("tray-1", 1))
        shop.on_hand("mug-x", 0)
        try:
            acts = (Add(item=wish("mug-x", "mug-s", "mug-l", pick="any")), CheckOut())
            found = ann.done(*acts, most_minor=1000)
        finally:
            shop.on_hand("mug-x", 1000)
        assert found["outcome"] == "completed", found
        assert shop.paid_orders(ann.name) == [{"tray-1": 1, "mug-s": 1}]
        assert ann.cart() == {"tray-1": 1, "mug-s": 1}
        assert shop.charges(ann.name) == [("authorised", 600), ("captured", 600)]
        assert len(found["checkout_ids"]) == 2
        assert (found["spent_minor"], len(found["order_ids"])) == (600, 1)


def test_nothing_takes_its_place_that_is_over_the_budget(shop, wish) -> None:
    with shop.shopper() as ann:
        shop.on_hand("mug-x", 0)
        try:
            found = ann.done(BuyNow(items=(wish("mug-x", "mug-l", pick="any"),)), most_minor=699)
        finally:
            shop.on_hand("mug-x", 1000)
        assert found["outcome"] == "compensated", found
        assert "it costs 700 now, and the plan's budget is 699" in found["says"]
        assert shop.paid_orders(ann.name) == []


def test_a_second_choice_is_made_once(shop, wish) -> None:
    with shop.shopper() as ann:
        for name in ("mug-x", "mug-l"):
            shop.on_hand(name, 0)
        try:
            acts = (BuyNow(items=(wish("mug-x", "mug-l", "mug-s", pick="any"),)),)
            found = ann.done(*acts, most_minor=2000)
        finally:
            for name in ("mug-x", "mug-l"):
                shop.on_hand(name, 1000)
        assert found["outcome"] == "compensated", found
        assert len(found["checkout_ids"]) == 2
        assert shop.paid_orders(ann.name) == []


def test_a_price_that_has_risen_is_not_paid(shop, wish) -> None:
    with shop.shopper() as ann:
        ann.put(("tray-1", 1))
        plan = ann.plan(Add(item=wish("cup-1", quantity=2)), CheckOut())
        shop.priced("cup-1", 301)
        try:
            found = ann.ended(ann.execute(plan).json()["execution_id"])
        finally:
            shop.priced("cup-1", 300)
        assert found["outcome"] == "refused", found
        assert "it costs 702 now, and the plan's budget is 700" in found["says"]
        assert ann.cart() == {"tray-1": 1}
        assert (shop.paid_orders(ann.name), shop.charges(ann.name)) == ([], [])


def test_a_price_over_the_limit_of_one_unit_is_not_paid(shop, wish) -> None:
    with shop.shopper() as ann:
        plan = ann.plan(BuyNow(items=(wish("cup-1", most_minor=300),)), most_minor=900)
        shop.priced("cup-1", 301)
        try:
            found = ann.ended(ann.execute(plan).json()["execution_id"])
        finally:
            shop.priced("cup-1", 300)
        assert found["outcome"] == "refused", found
        assert "it costs 301, and may cost 300" in found["says"]


def test_what_was_paid_before_stays_and_is_told(shop, wish) -> None:
    with shop.shopper() as ann:
        found = ann.done(BuyNow(items=(wish("mug-s"),)), BuyNow(items=(wish("jug-1"),)))
        assert (found["outcome"], found["spent_minor"]) == ("failed", 500)
        [order_id] = found["order_ids"]
        assert f"it stays: {order_id}" in found["says"]
        assert "jug-1" in found["says"]


def test_an_order_that_stands_is_cancelled_and_paid_back(shop, wish) -> None:
    with shop.shopper() as ann, shop.shopper() as bob:
        [order_id] = ann.done(BuyNow(items=(wish("mug-s"),)))["order_ids"]
        not_his = bob.done(CancelOrder(order_id=order_id))
        assert (not_his["outcome"], not_his["says"]) == ("refused", "you have no such order")
        assert shop.paid_orders(ann.name) == [{"mug-s": 1}]
        mine = ann.done(CancelOrder(order_id=order_id))
        assert mine["outcome"] == "completed", mine
        assert shop.paid_orders(ann.name) == []
        again = ann.done(CancelOrder(order_id=order_id))
        assert again["outcome"] == "completed", again
