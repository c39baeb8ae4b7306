"""The executor killed at every point of every kind of step: nothing lost, nothing paid twice.

Three places in a step: before its effect, in the middle of it, and after it, before it is written
down. Each is shown to have been hit, and the process to have been started again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from shop_intents import Add, CheckOut, EmptyCart, If, InStock, Remove, SetQuantity, Swap
from shop_kit.testing import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(300)]

POINTS = ("before-effect", "mid-step", "after-effect")
KINDS = (
    "check", "choose", "add", "remove", "set_quantity", "swap", "price_check", "check_out", "wait",
    "verify",
)  # fmt: skip
PATIENT = {"PLAN_EXECUTOR_LEASE_S": "0.6", "PLAN_EXECUTOR_DEADLINE_S": "900"}


@contextmanager
def revived(shop) -> Iterator[list[float]]:
    """The executor is started again whenever it was killed; gives when it was."""
    dead: list[float] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            if shop.died("executor"):
                dead.append(time.monotonic())
                shop.begin("executor")

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield dead
    finally:
        stop.set()
        thread.join()


def outcome_of(shop, execution_id: str) -> str | None:
    query = "SELECT outcome FROM executions WHERE execution_id = $1"
    return shop.rows("executions", query, execution_id)[0]["outcome"]


def test_a_plan_goes_on_where_it_was_killed(open_shopping, wish, tmp_path) -> None:
    """Thirty times, three in each step."""
    marks = [f"{point}:{kind}" for point in POINTS for kind in KINDS]
    env = {"SHOP_CRASH_AT": ",".join(marks), "SHOP_CRASH_MARKS": str(tmp_path)}
    shop = open_shopping(**PATIENT, **env)
    acts = (
        If(condition=InStock(wish("mug-s")), then=(Add(item=wish("mug-s", quantity=2)),)),
        SetQuantity(variant_id="tray-1", quantity=7),
        Swap(variant_id="cup-1", item=wish("cup-2", quantity=3)),
        Remove(variant_id="mug-l", quantity=1),
        CheckOut(),
    )
    with shop.shopper() as ann:
        ann.put(("tray-1", 1), ("cup-1", 1), ("mug-l", 2), ("mug-s", 1))
        execution_id = ann.begun(*acts)
        with revived(shop) as dead:
            wait_for(lambda: outcome_of(shop, execution_id), within_s=240)
            assert sorted(path.name for path in tmp_path.iterdir()) == sorted(marks)
            assert len(dead) == len(marks)
            wait_for(lambda: shop._ready("executor"))
            found = ann.ended(execution_id)
        bought = {"mug-s": 3, "tray-1": 7, "cup-2": 3, "mug-l": 1}
        assert found["outcome"] == "completed", found
        assert shop.paid_orders(ann.name) == [bought]
        assert ann.cart() == bought
        total_minor = 3 * 500 + 7 * 100 + 3 * 350 + 700
        assert found["spent_minor"] == total_minor
        assert shop.charges(ann.name) == [("authorised", total_minor), ("captured", total_minor)]
        assert len(found["checkout_ids"]) == len(found["order_ids"]) == 1


def test_what_is_taken_back_is_taken_back_whatever_dies(open_shopping, wish, tmp_path) -> None:
    marks = [f"{point}:{kind}" for point in POINTS for kind in ("empty", "undo")]
    env = {"SHOP_CRASH_AT": ",".join(marks), "SHOP_CRASH_MARKS": str(tmp_path)}
    shop = open_shopping(**PATIENT, **env)
    with shop.shopper() as ann:
        ann.put(("tray-1", 3), ("mug-s", 1))
        before = ann.cart()
        acts = (EmptyCart(), Add(item=wish("mug-s", quantity=4)), CheckOut())
        execution_id = ann.begun(*acts, payment_method="pm_declined")
        with revived(shop) as dead:
            wait_for(lambda: outcome_of(shop, execution_id), within_s=120)
            assert len(dead) == len(marks)
        assert outcome_of(shop, execution_id) == "compensated"
        assert ann.cart() == before
        assert [kind for kind, _ in shop.charges(ann.name)] == ["declined"]


def test_a_stop_leaves_the_rest_to_the_next(open_shopping, wish) -> None:
    """SIGTERM in the middle of a payment that takes its time: exit 0, and another ends it."""
    shop = open_shopping(**PATIENT)
    with shop.shopper() as ann:
        shop.behave(latency={"median_ms": 2000, "p99_ms": 2000})
        execution_id = ann.begun(Add(item=wish("mug-s")), CheckOut())
        wait_for(
            lambda: shop.rows("checkout", "SELECT 1 FROM checkouts WHERE user_id = $1", ann.name)
        )
        assert shop.terminate("executor") == 0
        assert outcome_of(shop, execution_id) is None
        shop.start("executor")
        found = ann.ended(execution_id)
        assert found["outcome"] == "completed", found
        assert shop.charges(ann.name) == [("authorised", 500), ("captured", 500)]
        shop.behave(latency={"median_ms": 5, "p99_ms": 20})


def test_who_was_taken_for_dead_writes_nothing_any_more(open_shopping, wish) -> None:
    """The first executor is frozen in the middle of a payment; a second one ends it."""
    shop = open_shopping(**PATIENT)
    with shop.shopper() as ann:
        shop.behave(latency={"median_ms": 3000, "p99_ms": 3000})
        try:
            execution_id = ann.begun(Add(item=wish("mug-s")), CheckOut())
            checkout = "SELECT 1 FROM checkouts WHERE user_id = $1"
            wait_for(lambda: shop.rows("checkout", checkout, ann.name))
            shop.suspend("executor")
            shop.start("second")
            wait_for(lambda: outcome_of(shop, execution_id) == "completed", within_s=60)
            written = shop.rows("executions", "SELECT owner, progress, updated_at FROM executions")
            shop.resume("executor")
            wait_for(lambda: "somebody else carries it out" in log_of(shop, "executor"))
            again = shop.rows("executions", "SELECT owner, progress, updated_at FROM executions")
            assert again == written
            assert shop.charges(ann.name) == [("authorised", 500), ("captured", 500)]
            assert ann.ended(execution_id)["outcome"] == "completed"
        finally:
            shop.behave(latency={"median_ms": 5, "p99_ms": 20})


def log_of(shop, name: str) -> str:
    return (shop.folder / f"{name}.log").read_text()


def test_a_price_that_rose_while_it_was_dead_is_not_paid(open_shopping, wish, tmp_path) -> None:
    """It was about to ask for a checkout, and does not know whether it did: it asks that first."""
    mark = "before-effect:check_out"
    env = {"SHOP_CRASH_AT": mark, "SHOP_CRASH_MARKS": str(tmp_path)}
    shop = open_shopping(**PATIENT, **env)
    with shop.shopper() as ann:
        ann.put(("tray-1", 1))
        execution_id = ann.begun(Add(item=wish("cup-1")), CheckOut())
        wait_for(lambda: shop.died("executor"))
        shop.priced("cup-1", 999)
        shop.start("executor")
        found = ann.ended(execution_id)
        shop.priced("cup-1", 300)
        assert found["outcome"] == "refused", found
        assert ann.cart() == {"tray-1": 1}
        assert shop.rows("checkout", "SELECT 1 FROM checkouts WHERE user_id = $1", ann.name) == []


def test_what_was_paid_while_it_was_dead_is_known_though_the_price_rose(
    open_shopping, wish, tmp_path
) -> None:
    mark = "after-effect:check_out"
    env = {"SHOP_CRASH_AT": mark, "SHOP_CRASH_MARKS": str(tmp_path)}
    shop = open_shopping(**PATIENT, **env)
    with shop.shopper() as ann:
        execution_id = ann.begun(Add(item=wish("cup-1")), CheckOut())
        wait_for(lambda: shop.died("executor"))
        shop.priced("cup-1", 999)
        shop.start("executor")
        found = ann.ended(execution_id)
        shop.priced("cup-1", 300)
        assert found["outcome"] == "completed", found
        assert shop.charges(ann.name) == [("authorised", 300), ("captured", 300)]
