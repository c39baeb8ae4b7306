"""Records that cannot be handled: each is a dead letter, with its reason, and stops nothing."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from shop_kit.consumer import MOST_BYTES, REASON, SOURCE
from shop_kit.messages import EVENT_ID
from shop_messages import (
    CHECKOUT_REPLIES,
    DEAD_LETTERS,
    INVENTORY_COMMANDS,
    ORDER_COMMANDS,
    PARTITIONS,
    PAYMENT_COMMANDS,
)

pytestmark = pytest.mark.integration

TOPICS = (INVENTORY_COMMANDS, PAYMENT_COMMANDS, ORDER_COMMANDS, CHECKOUT_REPLIES)
KINDS = {
    INVENTORY_COMMANDS: "ReleaseStock",
    PAYMENT_COMMANDS: "VoidPayment",
    ORDER_COMMANDS: "CancelOrder",
    CHECKOUT_REPLIES: "StockReserved",
}
"""One that each topic takes."""


@dataclass(frozen=True)
class Bad:
    what: str
    reason: str
    """Part of what is told of it."""
    value: bytes | None = b"{}"
    key: bytes | None = b"bad"
    headers: tuple[tuple[str, bytes | None], ...] | None = None
    """None: an id, as it is to be."""


def bad_ones(topic: str) -> list[Bad]:
    good = json.dumps({"type": KINDS[topic], "checkout_id": "bad", "reason": "none"}).encode()
    return [
        Bad("no JSON", "malformed", b"checkout"),
        Bad("half a JSON", "truncated", good[:-1]),
        Bad("no UTF-8", "", good.replace(b"bad", b"\xff")),
        Bad("no object", "Expected `object`", b"[]"),
        Bad("nested without end", "recursion", b'{"type":' + b"[" * 100_000),
        Bad("no type", "`type`", b"{}"),
        Bad("an unknown type", "'Nothing'", b'{"type": "Nothing", "checkout_id": "bad"}'),
        Bad("a type with NUL", "'\\0'", rb'{"type": "\u0000", "checkout_id": "bad"}'),
        Bad("no checkout", "`checkout_id`", good.replace(b"checkout_id", b"checkout")),
        Bad("a checkout with NUL", "", good.replace(b'"bad"', rb'"\u0000"')),
        Bad("no value", "truncated", None),
        Bad("a value too large", "1048400 bytes", good[1:].ljust(1_048_400)),
        Bad("no headers", f"no header {EVENT_ID}", good, headers=()),
        Bad("an id that is null", f"no header {EVENT_ID}", good, headers=((EVENT_ID, None),)),
        Bad("an id with NUL", "none of ours", good, headers=((EVENT_ID, b"\0"),)),
        Bad("an id too long", "none of ours", good, headers=((EVENT_ID, b"x" * 5_000),)),
        Bad("a key with NUL", "truncated", b"", key=b"\0"),
        Bad("a key that is no UTF-8", "utf-8", good, key=b"\xff\0"),
        Bad("a key too long", "truncated", b"", key=b"k" * 100_000),
        Bad("no key", "truncated", b"", key=None),
    ]


@dataclass(frozen=True)
class Letter:
    reason: str
    value: bytes


async def send(bootstrap: str) -> dict[str, Bad]:
    """All of them, some in each partition of each topic. By where they stand."""
    places: dict[str, Bad] = {}
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for topic in TOPICS:
            for number, bad in enumerate(bad_ones(topic)):
                headers = bad.headers
                if headers is None:
                    headers = ((EVENT_ID, f"{topic} {number}".encode()),)
                sent = await producer.send_and_wait(
                    *(topic, bad.value, bad.key, number % PARTITIONS[topic]), headers=list(headers)
                )
                places[f"{topic}/{sent.partition}/{sent.offset}"] = bad
    return places


async def letters(bootstrap: str, at_least: int) -> dict[str, list[Letter]]:
    """By what they say of where the record stands."""
    found: dict[str, list[Letter]] = {}
    consumer = AIOKafkaConsumer(
        DEAD_LETTERS, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    )
    async with consumer, asyncio.timeout(30):
        while len(found) < at_least:
            record = await consumer.getone()
            headers = {name: value.decode() for name, value in record.headers}
            letter = Letter(headers[REASON], record.value)
            found.setdefault(headers[SOURCE], []).append(letter)
    return found


def test_what_cannot_be_handled_stops_nothing(open_shop) -> None:
    shop = open_shop("saga")
    processes = dict(shop._processes)
    bootstrap = shop.kafka.bootstrap
    places = asyncio.run(send(bootstrap))
    with shop.user() as ann:
        ended = shop.ended(ann, shop.checkout(ann, ("mug", "mug-s", 1)).json()["checkout_id"])
    assert ended["state"] == "confirmed"

    found = asyncio.run(letters(bootstrap, len(places)))
    assert found.keys() == places.keys()
    for place, bad in places.items():
        where = f"{bad.what}, {place}"
        [letter] = found[place]
        assert letter.reason, where
        assert bad.reason in letter.reason, where
        assert letter.value == (bad.value or b"")[:MOST_BYTES], where

    # What waits behind the letters is published, and nobody has died of them.
    for database in ("checkout", "inventory", "payment", "orders"):
        assert shop.rows(database, "SELECT 1 FROM outbox") == []
    assert all(process.poll() is None for process in processes.values())
    assert [entry["kind"] for entry in shop.ledger()] == ["authorised", "captured"]
    for database, table in (("inventory", "reservations"), ("orders", "orders")):
        ids = [row["checkout_id"] for row in shop.rows(database, f"SELECT * FROM {table}")]
        assert ids == [ended["checkout_id"]]
