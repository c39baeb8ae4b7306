"""A made-up history of checkouts, in real stores: what a shop would have left after so many."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaProducer
from checkout_orchestrator.book import SCHEMA as CHECKOUTS
from inventory.stock import SCHEMA as STOCK
from order.book import SCHEMA as ORDERS
from payment.book import SCHEMA as PAYMENTS
from payment_provider.ledger import SCHEMA as LEDGER
from shop_kit import outbox

EVENTS = {
    "inventory-commands": ("reserve", "commit"),
    "payment-commands": ("authorise", "capture"),
    "order-commands": ("confirm",),
    "checkout-replies": ("reserved", "authorised", "captured", "confirmed", "committed"),
}
"""Topic → the events that a confirmed checkout has there."""
CONSUMERS = {
    "inventory-commands": ("inventory", "inventory"),
    "payment-commands": ("payment", "payment"),
    "order-commands": ("order", "order"),
    "checkout-replies": ("checkout", "checkout-orchestrator"),
}
"""Topic → the store and the name of who hears it."""
PRICE_MINOR = 1_000
VARIANTS = 1_000
AT = "2026-01-01T00:00:00Z"
PLANTED = {
    "lost": "k-000000007",
    "charged_twice": "k-000000011",
    "unheard": "k-000000013",
    "held_at_rest": "k-000000017",
    "unterminated": "k-000000019",
}
"""What is wrong in it, and with which checkout."""


def names(count: int) -> list[str]:
    return [f"k-{number:09d}" for number in range(count)]


async def fill(stores: dict[str, str], ids: Sequence[str]) -> None:
    """The databases, by COPY; `stores` are their DSNs by name."""
    wrong = PLANTED
    state = {wrong["unterminated"]: "running"}
    await _copied(
        *(stores["checkout"], CHECKOUTS, "checkouts"),
        [
            "checkout_id", "user_id", "idempotency_key", "request", "lines", "total_minor",
            "currency", "payment_method", "state", "step", "silences", "order_id", "reason",
            "headers",
        ],
        (
            (k, "u", k, "", "[]", PRICE_MINOR, "EUR", "pm_ok", state.get(k, "confirmed"), 4, 0,
             f"o-{k}", "", "{}")
            for k in ids
        ),
    )  # fmt: skip
    await _copied(
        *(stores["order"], ORDERS, "orders"),
        ["order_id", "checkout_id", "state", "user_id", "lines", "total_minor", "currency"],
        (
            (f"o-{k}", k, "confirmed", "u", "[]", PRICE_MINOR, "EUR")
            for k in ids
            if k not in (wrong["lost"], wrong["unterminated"])
        ),
    )
    await _copied(
        *(stores["payment"], PAYMENTS, "payments"),
        ["checkout_id", "state", "amount_minor", "currency", "authorisation_id"],
        ((k, "captured", PRICE_MINOR, "EUR", f"a-{k}") for k in ids),
    )
    held = wrong["held_at_rest"]
    await _copied(
        *(stores["inventory"], STOCK, "reservations"),
        ["checkout_id", "state", "units"],
        (
            (k, "held" if k == held else "committed", json.dumps({_variant(i): 1}))
            for i, k in enumerate(ids)
        ),
    )
    sold = [0] * VARIANTS
    for number in range(len(ids)):
        sold[number % VARIANTS] += 1
    at = ids.index(held) % VARIANTS
    await _copied(
        *(stores["inventory"], STOCK, "stock"),
        ["variant_id", "received", "on_hand", "held", "committed"],
        ((_variant(i), n + 5, 5, int(i == at), n - int(i == at)) for i, n in enumerate(sold)),
    )
    for topic, (store, consumer) in CONSUMERS.items():
        await _copied(
            *(stores[store], outbox.schema(), "inbox"),
            ["consumer", "event_id"],
            (
                (consumer, event_id)
                for k in ids
                for event_id in _events(topic, k)
                if (topic, k) != ("order-commands", wrong["unheard"])
            ),
        )


async def say(broker: str, ids: Sequence[str]) -> int:
    """Every event, to its topic; how many there are."""
    producer = AIOKafkaProducer(bootstrap_servers=broker, linger_ms=20, max_batch_size=1 << 19)
    count = 0
    async with producer:
        for topic in EVENTS:
            sent: list[asyncio.Future[object]] = []
            for k in ids:
                for event_id in _events(topic, k):
                    headers = [("event-id", event_id.encode())]
                    sent.append(await producer.send(topic, b"{}", k.encode(), headers=headers))
                    count += 1
                if len(sent) > 20_000:
                    await asyncio.gather(*sent)
                    sent.clear()
            await asyncio.gather(*sent)
    return count


def write_ledger(file: Path, ids: Sequence[str]) -> None:
    """The provider's, before it is started."""
    with closing(sqlite3.connect(file)) as ledger:
        ledger.executescript(LEDGER)
        entries = [(k, kind) for k in ids for kind in ("authorised", "captured")]
        entries.append((PLANTED["charged_twice"], "captured again"))
        ledger.executemany(
            "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (seq, AT, kind.split()[0], f"a-{k}", k, PRICE_MINOR, "EUR", f"{k}:{kind}", "")
                for seq, (k, kind) in enumerate(entries, 1)
            ),
        )
        ledger.commit()


def _events(topic: str, k: str) -> list[str]:
    return [f"{k}:{topic}:{what}" for what in EVENTS[topic]]


def _variant(number: int) -> str:
    return f"v-{number % VARIANTS}"


async def _copied(
    dsn: str, schema: str, table: str, columns: list[str], rows: Iterable[tuple[object, ...]]
) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(outbox.schema())
        await connection.execute(schema)
        await connection.copy_records_to_table(table, records=rows, columns=columns)
    finally:
        await connection.close()
