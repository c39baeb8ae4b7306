"""From a cart to a paid order, and back where something is refused: the same in every arm."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from shop_kit.testing import wait_for

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module", params=["saga", "async", "blocking"])
def shop(request: pytest.FixtureRequest, open_shop):
    return open_shop(request.param)


def stock(shop, variant_id: str) -> tuple[int, int, int]:
    [row] = shop.rows("inventory", "SELECT * FROM stock WHERE variant_id = $1", variant_id)
    return row["on_hand"], row["held"], row["committed"]


def entries(shop, checkout_id: str) -> list[str]:
    return [each["kind"] for each in shop.ledger() if each["reference"] == checkout_id]


def test_a_checkout_ends_in_one_paid_order(shop) -> None:
    with shop.user() as ann:
        on_hand, _, committed = stock(shop, "mug-s")
        answer = shop.checkout(ann, ("mug", "mug-s", 2), ("tray", "tray-1", 1))
        assert answer.status_code == 202, answer.text
        assert answer.headers["location"] == f"/api/checkout/{answer.json()['checkout_id']}"
        ended = shop.ended(ann, answer.json()["checkout_id"])
    assert (ended["state"], ended["total_minor"], ended["currency"]) == ("confirmed", 1100, "EUR")
    assert entries(shop, ended["checkout_id"]) == ["authorised", "captured"]
    assert stock(shop, "mug-s") == (on_hand - 2, 0, committed + 2)
    [order] = shop.rows(
        "orders", "SELECT * FROM orders WHERE checkout_id = $1", ended["checkout_id"]
    )
    assert (order["order_id"], order["state"], order["total_minor"]) == (
        ended["order_id"], "confirmed", 1100,
    )  # fmt: skip


def test_what_is_taken_back_leaves_nothing_behind(shop) -> None:
    with shop.user() as ann, shop.user("bob") as bob:
        before = stock(shop, "mug-s")
        checkout_id = shop.checkout(ann, ("mug", "mug-s", 2)).json()["checkout_id"]
        path = f"/api/checkout/{checkout_id}/cancellation"
        assert bob.post(path).status_code == 404
        assert shop.ended(ann, checkout_id)["state"] == "confirmed"
        assert {ann.post(path).status_code for _ in range(3)} == {202}
        wait_for(lambda: shop.ended(ann, checkout_id)["state"] == "cancelled")
        assert ann.post(path).status_code == 202
        ended = shop.ended(ann, checkout_id)
    assert ended["reason"] == "cancelled by its user"
    assert entries(shop, checkout_id) == ["authorised", "captured", "refunded"]
    assert stock(shop, "mug-s") == before
    [order] = shop.rows("orders", "SELECT * FROM orders WHERE checkout_id = $1", checkout_id)
    assert order["state"] == "cancelled"


def test_what_is_under_way_is_not_taken_back(shop) -> None:
    with shop.user() as ann:
        checkout_id = shop.checkout(ann, ("mug", "mug-s", 1)).json()["checkout_id"]
        status = ann.post(f"/api/checkout/{checkout_id}/cancellation").status_code
        # It may have been quick.
        assert status in (202, 409)
        shop.ended(ann, checkout_id)


def test_a_declined_card_leaves_nothing_behind(shop) -> None:
    with shop.user() as ann:
        before = stock(shop, "mug-s")
        answer = shop.checkout(ann, ("mug", "mug-s", 1), payment_method="pm_declined")
        ended = shop.ended(ann, answer.json()["checkout_id"])
    assert ended["state"] == "cancelled"
    assert "declined" in ended["reason"]
    assert entries(shop, ended["checkout_id"]) == ["declined"]
    assert stock(shop, "mug-s") == before


def test_too_little_stock_is_said_before_anything_is_charged(shop) -> None:
    with shop.user() as ann:
        answer = shop.checkout(ann, ("mug", "mug-l", 1000))
        ended = shop.ended(ann, answer.json()["checkout_id"])
    assert ended["state"] == "cancelled"
    assert "mug-l" in ended["reason"]
    assert entries(shop, ended["checkout_id"]) == []


def test_a_key_is_good_for_one_request(shop) -> None:
    with shop.user() as ann, shop.user("bob") as bob:
        one = shop.checkout(ann, ("mug", "mug-s", 1), key="k1")
        again = shop.checkout(ann, ("mug", "mug-s", 1), key="k1")
        other = shop.checkout(ann, ("mug", "mug-s", 2), key="k1")
        of_bob = shop.checkout(bob, ("mug", "mug-s", 2), key="k1")
        assert (one.status_code, again.status_code, of_bob.status_code) == (202, 202, 202)
        assert one.json() == again.json() != of_bob.json()
        assert other.status_code == 422
        assert bob.get(one.headers["location"]).status_code == 404
        shop.ended(ann, one.json()["checkout_id"])
        shop.ended(bob, of_bob.json()["checkout_id"])


def test_what_happens_is_streamed(shop) -> None:
    with shop.user() as ann:
        checkout_id = shop.checkout(ann, ("mug", "mug-s", 1)).json()["checkout_id"]
        with ann.stream("GET", f"/api/checkout/{checkout_id}/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = [line for line in answer.iter_lines() if line.startswith("data: ")]
    told = [json.loads(line.removeprefix("data: "))["what"] for line in lines]
    assert told == [
        "accepted", "stock reserved", "payment authorised", "payment captured", "order confirmed",
        "stock committed",
    ]  # fmt: skip


def test_the_last_unit_has_one_buyer(shop) -> None:
    """20 at once: one order, 19 clear refusals, and no charge to give back."""
    if stock(shop, "jug-1")[0] == 0:
        shop.rows(
            "inventory",
            "UPDATE stock SET on_hand = 1, received = received + 1 WHERE variant_id = 'jug-1'",
        )

    def buy(number: int) -> dict:
        with shop.user(f"buyer-{number}") as buyer:
            answer = shop.checkout(buyer, ("jug", "jug-1", 1))
            return shop.ended(buyer, answer.json()["checkout_id"])

    with ThreadPoolExecutor(20) as pool:
        ended = list(pool.map(buy, range(20)))
    states = [each["state"] for each in ended]
    assert (states.count("confirmed"), states.count("cancelled")) == (1, 19)
    ids = {each["checkout_id"] for each in ended}
    kinds = [each["kind"] for each in shop.ledger() if each["reference"] in ids]
    assert kinds == ["authorised", "captured"]
    assert all("jug-1" in each["reason"] for each in ended if each["state"] == "cancelled")


def test_nothing_waits_in_an_outbox(shop) -> None:
    """Where nobody publishes, nothing is put there: it would never leave."""
    with shop.user() as ann:
        answer = shop.checkout(ann, ("mug", "mug-s", 1))
        shop.ended(ann, answer.json()["checkout_id"])
    for database in ("checkout", "inventory", "payment", "orders"):
        wait_for(lambda name=database: not shop.rows(name, "SELECT 1 FROM outbox"), within_s=10)
