"""Commands carried out on the tables: records locked, decided on, kept with their history."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from importlib import resources

import asyncpg
import msgspec
from shop_kit.consumer import Received
from shop_kit.store import Connection
from shop_messages import ConfirmOrder, Line, OrderCommand, Reply

from order.records import Record, decide

SCHEMA = resources.files("order").joinpath("schema.sql").read_text("utf-8")


async def carry_out(
    connection: Connection, received: Sequence[Received[OrderCommand]]
) -> Sequence[Reply]:
    """A reply each, in a transaction."""
    commands = [each.value for each in received]
    records = await _locked(connection, {each.checkout_id for each in commands})
    changed: list[Record] = []
    replies: list[Reply] = []
    for command in commands:
        before = records[command.checkout_id]
        after, reply = decide(command, before)
        records[command.checkout_id] = after
        if after is not before:
            changed.append(after)
        replies.append(reply)
    await _keep(connection, changed)
    return replies


async def _locked(connection: Connection, checkout_ids: Iterable[str]) -> dict[str, Record]:
    ids = sorted(checkout_ids)
    await connection.execute(
        "INSERT INTO orders (order_id, checkout_id, state)"
        " SELECT order_id, checkout_id, 'new' FROM unnest($1::text[], $2::text[])"
        " AS new (order_id, checkout_id) ON CONFLICT (checkout_id) DO NOTHING",
        [f"o-{uuid.uuid4().hex}" for _ in ids],
        ids,
    )
    rows = await connection.fetch(
        "SELECT order_id, checkout_id, state, user_id, lines, total_minor, currency, reason"
        " FROM orders WHERE checkout_id = ANY ($1) ORDER BY checkout_id FOR UPDATE",
        ids,
    )
    return {row["checkout_id"]: _record(row) for row in rows}


def _record(row: asyncpg.Record) -> Record:
    confirmed = None
    if row["lines"] is not None:
        confirmed = ConfirmOrder(
            checkout_id=row["checkout_id"],
            user_id=row["user_id"],
            lines=msgspec.json.decode(row["lines"], type=tuple[Line, ...]),
            total_minor=row["total_minor"],
            currency=row["currency"],
        )
    return Record(row["checkout_id"], row["order_id"], row["state"], confirmed, row["reason"])


async def _keep(connection: Connection, changes: Sequence[Record]) -> None:
    """The last of each record, and all of them in the history."""
    if not changes:
        return
    last = {each.order_id: each for each in changes}
    orders = [(each.order_id, each.state, each.reason, each.confirmed) for each in last.values()]
    await connection.execute(
        "UPDATE orders SET state = now.state, reason = now.reason, user_id = now.user_id,"
        " lines = now.lines, total_minor = now.total_minor, currency = now.currency,"
        " updated_at = clock_timestamp() FROM unnest($1::text[], $2::text[], $3::text[],"
        " $4::text[], $5::jsonb[], $6::bigint[], $7::text[])"
        " AS now (order_id, state, reason, user_id, lines, total_minor, currency)"
        " WHERE orders.order_id = now.order_id",
        [order_id for order_id, _, _, _ in orders],
        [state for _, state, _, _ in orders],
        [reason for _, _, reason, _ in orders],
        [order.user_id if order else None for *_, order in orders],
        [msgspec.json.encode(order.lines).decode() if order else None for *_, order in orders],
        [order.total_minor if order else None for *_, order in orders],
        [order.currency if order else None for *_, order in orders],
    )
    await connection.execute(
        "INSERT INTO order_history (order_id, state, reason) SELECT order_id, state, reason"
        " FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY"
        " AS new (order_id, state, reason, place) ORDER BY place",
        [each.order_id for each in changes],
        [each.state for each in changes],
        [each.reason for each in changes],
    )
