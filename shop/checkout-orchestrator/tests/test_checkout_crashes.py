"""Every process killed at every point, forward and back: nothing lost, nothing twice.

Forty points: five places in a process's work, in four processes, each when a checkout goes forward
and when it is undone. Each is shown to have been hit, and each process to be started again.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from shop_kit.testing import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(300)]

SHOP = Path(__file__).parents[2]
POINTS = ("mid-handler", "before-commit", "after-commit", "before-publish", "after-publish")
"""Mid-handler; before commit; after effect, before ack; after commit, before publish; after
publish, before mark."""
HANDLED = {
    "forward": ["StockReserved", "ReserveStock", "AuthorisePayment", "ConfirmOrder"],
    "back": ["StockReleased", "ReleaseStock", "RefundPayment", "CancelOrder"],
}
"""By the orchestrator, inventory, payment and order."""
PUBLISHED = {
    "forward": ["AuthorisePayment", "StockReserved", "PaymentAuthorised", "OrderConfirmed"],
    "back": ["VoidPayment", "StockReleased", "PaymentRefunded", "OrderCancelled"],
}
VICTIMS = ("checkout", "inventory", "payment", "order")


def audits():
    """As assay imports them: from the folder of the claims file."""
    sys.path.insert(0, str(SHOP))
    try:
        from audits import orders, prefixes

        return orders, prefixes
    finally:
        sys.path.remove(str(SHOP))


def marks_of(way: str) -> list[str]:
    return [
        f"{point}:{kind}"
        for point in POINTS
        for kind in (PUBLISHED if point.endswith("publish") else HANDLED)[way]
    ]


@contextmanager
def revived(shop) -> Iterator[list[str]]:
    """Whatever is killed is started again; gives the names of the dead, as they die."""
    dead: list[str] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.02):
            for name in VICTIMS:
                process = shop._processes.get(name)
                if process is not None and process.poll() == -9:
                    dead.append(name)
                    shop.begin(name)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield dead
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("way", ["forward", "back"])
def test_crashes_at_every_point_lose_nothing(open_shop, tmp_path, way) -> None:
    """Each of the four dies five times, and is started again, while the same checkouts go on."""
    marks = marks_of(way)
    # Forward, the saga waits for those who come back; back, it is to give up soon.
    pace = "4" if way == "forward" else "0.1"
    shop = open_shop(
        SHOP_CRASH_AT=",".join(marks), SHOP_CRASH_MARKS=str(tmp_path), CHECKOUT_PACE=pace
    )
    with shop.user() as ann, revived(shop) as dead:
        if way == "back":
            # Confirmed it is not while nobody is there to confirm it: the saga gives up.
            shop.suspend("order")
        ids = [shop.checkout(ann, ("mug", "mug-s", 1)).json()["checkout_id"] for _ in range(3)]
        if way == "back":
            query = "SELECT count(*) AS n FROM checkouts WHERE state = 'undoing'"
            wait_for(lambda: shop.rows("checkout", query)[0]["n"] > 0, within_s=60)
            shop.resume("order")
        for checkout_id in ids:
            wait_for(lambda it=checkout_id: shop.state(it) in ("confirmed", "cancelled"), 200)
        wait_for(lambda: len(list(tmp_path.iterdir())) == len(marks), within_s=60)
        wait_for(lambda: len(dead) >= len(marks), within_s=30)
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(marks)
        assert Counter(dead) == dict.fromkeys(VICTIMS, len(POINTS))
        states = {shop.state(checkout_id) for checkout_id in ids}
        assert states == ({"confirmed"} if way == "forward" else {"cancelled"})
        reconcile(shop, ids)


def reconcile(shop, ids: list[str]) -> None:
    """Once the shop has come to rest, every count is zero."""
    orders, prefixes = audits()
    stores = orders.Stores(
        *(shop.postgres.dsn_of(name) for name in ("checkout", "inventory", "payment", "orders")),
        provider=shop.url("provider"), provider_key=shop.key, kafka=shop.kafka.bootstrap,
    )  # fmt: skip
    books, found = None, {}

    def nothing() -> bool:
        nonlocal books, found
        books = asyncio.run(orders.read(stores))
        found = orders.findings(books, set(ids)) | prefixes.findings(books)
        return not any(each.found for each in found.values())

    try:
        wait_for(nothing, within_s=30)
    except AssertionError:
        pytest.fail(str({name: each for name, each in found.items() if each.found}))
    assert found["lost"].of >= len(ids)
    assert found["strange_moves"].of >= len(ids)
    assert books.moves
    assert found["unheard"].of > 0
