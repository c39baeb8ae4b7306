"""One payment that cannot be worked stops no other."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from payment.book import SCHEMA, carry_out, of
from payment.payments import Call, Found, Payment
from payment.provider import Provider
from payment.worker import Worker
from prometheus_client import CollectorRegistry
from shop_kit.consumer import Received
from shop_kit.lifecycle import until
from shop_kit.messages import Message
from shop_kit.store import Store
from shop_kit.testing import Postgres
from shop_messages import AuthorisePayment, PaymentAuthorised

pytestmark = pytest.mark.integration


class OfTwoMinds:
    """Authorises all but one payment, over which it falls."""

    async def make(self, call: Call, payment: Payment) -> Found:
        if payment.checkout_id == "bad":
            raise RuntimeError("nobody has thought of this")
        return Found("authorised", f"auth-{payment.checkout_id}")

    async def close(self) -> None:
        pass


class Silent:
    """Is asked, and never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def make(self, call: Call, payment: Payment) -> Found:
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    async def close(self) -> None:
        pass


def authorise(checkout_id: str) -> Received[AuthorisePayment]:
    command = AuthorisePayment(
        checkout_id=checkout_id, amount_minor=1, currency="EUR", payment_method="pm_ok"
    )
    return Received(command, Message("t", checkout_id, b""))


async def test_what_was_in_doubt_when_a_worker_died_is_so_for_the_next(postgres: Postgres) -> None:
    store = Store("payment", postgres.dsn, 4)
    await store.open(SCHEMA)
    try:
        async with store.transaction() as connection:
            await carry_out(connection, [authorise("doubtful")])
        for died_before in (0, 1):
            registry, provider = CollectorRegistry(), Silent()
            worker = Worker(
                store, cast("Provider", provider), calls=10, lease_s=0, publishes=True,
                registry=registry,
            )  # fmt: skip
            running = asyncio.create_task(worker.run())
            await provider.asked.wait()
            assert registry.get_sample_value("payments_in_doubt") == died_before
            running.cancel()  # as a kill does, it writes nothing down
            await asyncio.gather(running, return_exceptions=True)
        async with store.transaction() as connection:
            await connection.execute("DELETE FROM payments WHERE checkout_id = 'doubtful'")
    finally:
        await store.close()


async def test_one_that_fails_stops_no_other(postgres: Postgres) -> None:
    registry = CollectorRegistry()
    store = Store("payment", postgres.dsn, 4)
    await store.open(SCHEMA)
    provider = cast("Provider", OfTwoMinds())
    worker = Worker(store, provider, calls=10, lease_s=60, publishes=True, registry=registry)
    received = [authorise(each) for each in ("bad", "good")]
    stop = asyncio.Event()
    try:
        async with store.transaction() as connection:
            assert await carry_out(connection, received) == [None, None]
        running = asyncio.create_task(until(stop, worker.run()))
        assert await worker.reply(received[1].value) == PaymentAuthorised(
            checkout_id="good", authorisation_id="auth-good"
        )
        failed = {"call": "authorise", "outcome": "failed"}
        assert registry.get_sample_value("payment_calls_total", failed) == 1
        async with store.transaction() as connection:
            bad = await of(connection, "bad")
        assert bad is not None
        assert (bad.state, bad.goal, bad.unsure) == ("new", "authorised", True)
        assert registry.get_sample_value("payments_in_doubt") == 1
        stop.set()
        await running
    finally:
        await store.close()
