"""Whether money and stock add up: counts, each of which must be zero, over what the stores hold.

    checkouts ── what was promised      orders ── what was recorded
    payments, ledger ── what was paid   stock, reservations ── what was taken
    topics, inboxes ── what was said, and heard

Read once the shop has come to rest: nothing under way, nothing waiting in an outbox or a topic.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer

CONSUMERS = {
    "inventory-commands": "inventory",
    "payment-commands": "payment",
    "order-commands": "order",
    "checkout-replies": "checkout",
}
"""Topic → the database in whose inbox its events are."""
TERMINAL = ("confirmed", "cancelled")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """How often something that must not be is so."""

    found: int
    of: int
    """How many things were looked at."""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stores:
    """Where everything is."""

    checkout: str
    """Postgres URLs."""
    inventory: str
    payment: str
    order: str
    provider: str
    """Base address, with the key that it takes."""
    provider_key: str
    kafka: str = ""
    """Empty: nothing was said over it."""


@dataclass(frozen=True)
class Books:
    """All that was read, by checkout id where there is one."""

    checkouts: Mapping[str, Row]
    history: Sequence[Row]
    """Of the checkouts: what was written down of each, in its order."""
    orders: Sequence[Row]
    payments: Mapping[str, Row]
    stock: Sequence[Row]
    moves: Sequence[Row]
    """Of the stock, in their order: what there was of the variant then."""
    reservations: Mapping[str, Row]
    ledger: Sequence[Row]
    waiting: Mapping[str, int]
    """Database → events in its outbox."""
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Topic → event id → its place there."""
    heard: Mapping[str, set[str]] = field(default_factory=dict)
    """Topic → event ids in its consumer's inbox, and the places of what it has buried."""


async def audit(stores: Stores, acknowledged: Iterable[str] = ()) -> dict[str, Finding]:
    """`acknowledged`: ids that clients were given, where they have kept them."""
    return findings(await read(stores), set(acknowledged))


def findings(books: Books, acknowledged: set[str]) -> dict[str, Finding]:
    """Pure: the same books give the same findings."""
    return {
        **_promises(books, acknowledged),
        **_money(books),
        **_stock(books),
        **_compensations(books),
        **_messages(books),
    }


def _finding(wrong: Iterable[str], of: int) -> Finding:
    listed = sorted(wrong)
    return Finding(len(listed), of, tuple(listed))


def _promises(books: Books, acknowledged: set[str]) -> dict[str, Finding]:
    checkouts, orders = books.checkouts, books.orders
    confirmed = {k for k, row in checkouts.items() if row["state"] == "confirmed"}
    recorded = Counter(row["checkout_id"] for row in orders if row["state"] == "confirmed")
    differing = {
        row["checkout_id"]
        for row in orders
        if row["state"] == "confirmed"
        and row["checkout_id"] in checkouts
        and any(
            row[name] != checkouts[row["checkout_id"]][name]
            for name in ("total_minor", "currency", "user_id")
        )
    }
    unended = {k for k, row in checkouts.items() if row["state"] not in TERMINAL}
    lost = (acknowledged - checkouts.keys()) | (confirmed - recorded.keys())
    return {
        "lost": _finding(lost, len(acknowledged | checkouts.keys())),
        "phantom": _finding(recorded.keys() - confirmed, len(recorded)),
        "duplicate_orders": _finding((k for k, n in recorded.items() if n > 1), len(recorded)),
        "wrong_orders": _finding(differing, len(recorded)),
        "unterminated": _finding(unended, len(checkouts)),
    }


def _money(books: Books) -> dict[str, Finding]:
    """Captures minus refunds are the total of exactly the confirmed, by the provider's ledger."""
    kept: dict[str, int] = defaultdict(int)
    captures: Counter[str] = Counter()
    currencies: dict[str, set[str]] = defaultdict(set)
    open_now: dict[str, set[str]] = defaultdict(set)
    for entry in books.ledger:
        reference, kind = entry["reference"], entry["kind"]
        currencies[reference].add(entry["currency"])
        match kind:
            case "captured":
                kept[reference] += entry["amount_minor"]
                captures[reference] += 1
                open_now[reference].discard(entry["authorisation_id"])
            case "refunded":
                kept[reference] -= entry["amount_minor"]
            case "authorised":
                open_now[reference].add(entry["authorisation_id"])
            case "voided":
                open_now[reference].discard(entry["authorisation_id"])
            case _:
                pass
    due = {
        k: row["total_minor"] if row["state"] == "confirmed" else 0
        for k, row in books.checkouts.items()
    }
    everyone = due.keys() | kept.keys()
    disagreeing = {
        k
        for k, row in books.payments.items()
        if (row["state"] in ("captured", "refunded")) != (captures[k] > 0)
        or (row["state"] == "captured") != (kept[k] > 0)
    }
    mixed = {
        k
        for k, found in currencies.items()
        if k in books.checkouts and found != {books.checkouts[k]["currency"]}
    }
    return {
        "overcharged": _finding(
            (k for k in everyone if kept.get(k, 0) > due.get(k, 0)), len(everyone)
        ),
        "undercharged": _finding(
            (k for k in everyone if kept.get(k, 0) < due.get(k, 0)), len(everyone)
        ),
        "charged_twice": _finding((k for k, n in captures.items() if n > 1), len(captures)),
        "open_authorisations": _finding((k for k, ids in open_now.items() if ids), len(open_now)),
        "ledgers_disagree": _finding(disagreeing, len(books.payments)),
        "wrong_currency": _finding(mixed, len(currencies)),
    }


def _stock(books: Books) -> dict[str, Finding]:
    held: Counter[str] = Counter()
    committed: Counter[str] = Counter()
    for row in books.reservations.values():
        into = {"held": held, "committed": committed}.get(row["state"])
        if into is not None:
            into.update(json.loads(row["units"]))
    drifted = {
        row["variant_id"]
        for row in books.stock
        if row["on_hand"] + row["held"] + row["committed"] != row["received"]
        or row["held"] != held[row["variant_id"]]
        or row["committed"] != committed[row["variant_id"]]
    }
    negative = {
        row["variant_id"]
        for row in books.stock
        if min(row["on_hand"], row["held"], row["committed"]) < 0
    }
    otherwise = {
        k
        for k, row in books.reservations.items()
        if row["state"] in ("held", "committed")
        and k in books.checkouts
        and json.loads(row["units"]) != _units(books.checkouts[k]["lines"])
    }
    still = {k for k, row in books.reservations.items() if row["state"] == "held"}
    sold = {k for k, row in books.reservations.items() if row["state"] == "committed"}
    confirmed = {k for k, row in books.checkouts.items() if row["state"] == "confirmed"}
    return {
        "stock_drift": _finding(drifted, len(books.stock)),
        "negative_stock": _finding(negative, len(books.stock)),
        "held_at_rest": _finding(still, len(books.reservations)),
        "sold_otherwise": _finding(otherwise, len(books.reservations)),
        "sold_unconfirmed": _finding(sold ^ confirmed, len(sold | confirmed)),
    }


def _units(lines: str) -> dict[str, int]:
    """Variant → how many, of the lines of a checkout."""
    units: Counter[str] = Counter()
    for line in json.loads(lines):
        units[line["variant_id"]] += line["quantity"]
    return dict(units)


def _compensations(books: Books) -> dict[str, Finding]:
    """A cancelled checkout has no effect left, and undid its steps once each, in reverse."""
    cancelled = {k for k, row in books.checkouts.items() if row["state"] == "cancelled"}
    in_effect = {
        "reservations": {"held", "committed"},
        "payments": {"authorised", "captured"},
    }
    left = {
        k
        for name, states in in_effect.items()
        for k, row in getattr(books, name).items()
        if row["state"] in states and k in cancelled
    }
    left |= {
        row["checkout_id"]
        for row in books.orders
        if row["state"] == "confirmed" and row["checkout_id"] in cancelled
    }
    undone = _undone(books.history)
    disorderly = {k for k, steps in undone.items() if steps != sorted(set(steps), reverse=True)}
    return {
        "uncompensated": _finding(left, len(cancelled)),
        "undone_out_of_order": _finding(disorderly, len(undone)),
    }


def _undone(history: Sequence[Row]) -> dict[str, list[int]]:
    """The steps that each undid, in their order.

    Each once where it was asked for again: a step that comes back later is another.
    """
    steps: dict[str, list[int]] = defaultdict(list)
    for row in history:
        if row["state"] != "undoing" and (row["state"], row["step"]) != ("cancelled", 0):
            continue
        so_far = steps[row["checkout_id"]]
        if not so_far or so_far[-1] != row["step"]:
            so_far.append(row["step"])
    return steps


def _messages(books: Books) -> dict[str, Finding]:
    said = sum(len(ids) for ids in books.said.values())
    unheard = {
        f"{topic}/{event_id}"
        for topic, ids in books.said.items()
        for event_id, place in ids.items()
        if not {event_id, place} & books.heard.get(topic, set())
    }
    return {
        "unpublished": _finding(
            (name for name, n in books.waiting.items() for _ in range(n)), len(books.waiting)
        ),
        "unheard": _finding(unheard, said),
    }


# -- reading ---------------------------------------------------------------------------------------


async def read(stores: Stores) -> Books:
    checkout, inventory, payment, order, ledger, said = await asyncio.gather(
        _fetch(
            stores.checkout,
            "SELECT checkout_id, user_id, idempotency_key, state, total_minor, currency, lines"
            " FROM checkouts",
            "SELECT checkout_id, state, step, what FROM checkout_history ORDER BY seq",
        ),
        _fetch(
            stores.inventory,
            "SELECT variant_id, received, on_hand, held, committed FROM stock",
            "SELECT variant_id, checkout_id, on_hand, held, committed FROM stock_history"
            " ORDER BY seq",
            "SELECT checkout_id, state, units FROM reservations",
        ),
        _fetch(stores.payment, "SELECT checkout_id, state FROM payments"),
        _fetch(
            stores.order,
            "SELECT order_id, checkout_id, state, user_id, total_minor, currency FROM orders",
        ),
        _ledger(stores),
        _said(stores),
    )
    heard: dict[str, set[str]] = {}
    waiting: dict[str, int] = {}
    for name in ("checkout", "inventory", "payment", "order"):
        [[row]] = await _fetch(getattr(stores, name), "SELECT count(*) AS n FROM outbox")
        waiting[name] = row["n"]
    for topic in said:
        database = CONSUMERS[topic]
        [rows] = await _fetch(getattr(stores, database), "SELECT event_id FROM inbox")
        heard[topic] = {row["event_id"] for row in rows}
    return Books(
        checkouts={row["checkout_id"]: row for row in checkout[0]},
        history=checkout[1],
        orders=order[0],
        payments={row["checkout_id"]: row for row in payment[0]},
        stock=inventory[0],
        moves=inventory[1],
        reservations={row["checkout_id"]: row for row in inventory[2]},
        ledger=ledger,
        waiting=waiting,
        said=said,
        heard=heard,
    )


async def _fetch(dsn: str, *queries: str) -> list[list[asyncpg.Record]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [await connection.fetch(query) for query in queries]
    finally:
        await connection.close()


async def _ledger(stores: Stores) -> list[Mapping]:
    entries: list[Mapping] = []
    headers = {"Authorization": f"Bearer {stores.provider_key}"}
    async with httpx.AsyncClient(
        base_url=stores.provider, headers=headers, timeout=30, trust_env=False
    ) as client:
        past = 0
        while True:
            answer = await client.get("/v1/ledger", params={"after": past, "limit": 10_000})
            found = answer.raise_for_status().json()
            if not found["entries"]:
                return entries
            entries += found["entries"]
            past = found["next"]


async def _said(stores: Stores) -> dict[str, dict[str, str]]:
    """The event ids of each topic, from its beginning to where it ends now."""
    if not stores.kafka:
        return {}
    said: dict[str, dict[str, str]] = {topic: {} for topic in CONSUMERS}
    consumer = AIOKafkaConsumer(
        *CONSUMERS,
        bootstrap_servers=stores.kafka,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=8 << 20,
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        left = {partition for partition, end in ends.items() if end > 0}
        while left:
            for partition, records in (await consumer.getmany(timeout_ms=1_000)).items():
                ids = said[partition.topic]
                for record in records:
                    place = f"{record.topic}/{record.partition}/{record.offset}"
                    # Without an id it was not said by us; its consumer has buried it.
                    for name, value in record.headers:
                        if name == "event-id":
                            ids[value.decode()] = place
                if records and records[-1].offset + 1 >= ends[partition]:
                    left.discard(partition)
        return said
    finally:
        await consumer.stop()
