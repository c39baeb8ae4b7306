"""Payments in their table: locked, taken up, written back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from importlib import resources

import asyncpg
from shop_kit.consumer import Received
from shop_kit.store import Connection
from shop_messages import PaymentCommand, Reply

from payment.payments import Payment, asked, reached

SCHEMA = resources.files("payment").joinpath("schema.sql").read_text("utf-8")

_COLUMNS = [each.name for each in fields(Payment)]
_TYPES = {"amount_minor": "bigint", "unsure": "boolean"}


@dataclass(frozen=True)
class Row:
    payment: Payment
    tries: int = 0
    """Calls since the last answer."""
    wait_s: float | None = None
    """Until it is to be taken up; None where there is nothing to do."""
    headers: str = "{}"
    """JSON: the trace of the command that set the goal."""


async def carry_out(
    connection: Connection, received: Sequence[Received[PaymentCommand]]
) -> Sequence[Reply | None]:
    """An answer each where it is known, in a transaction; the others come from the worker."""
    rows = await locked(connection, {each.value.checkout_id for each in received})
    changed: dict[str, Row] = {}
    replies: list[Reply | None] = []
    for each in received:
        checkout_id = each.value.checkout_id
        row = changed.get(checkout_id, rows[checkout_id])
        payment, reply = asked(each.value, row.payment)
        if payment is not row.payment:
            wait_s = None if reached(payment) else 0.0
            headers = json.dumps(each.message.headers)
            # A goal is begun with a try of its own, unless a call was lost before it.
            changed[checkout_id] = Row(payment, row.tries, wait_s, headers)
        replies.append(reply)
    await keep(connection, list(changed.values()))
    return replies


async def locked(connection: Connection, checkout_ids: Iterable[str]) -> dict[str, Row]:
    """Made where they are missing."""
    ids = sorted(checkout_ids)
    await connection.execute(
        "INSERT INTO payments (checkout_id) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", ids
    )
    rows = await connection.fetch(
        "SELECT * FROM payments WHERE checkout_id = ANY ($1) ORDER BY checkout_id FOR UPDATE", ids
    )
    return {row["checkout_id"]: _row(row) for row in rows}


async def take(connection: Connection, at_most: int, lease_s: float) -> list[Row]:
    """Those that are due, each for a call. Whoever takes them has them for `lease_s`; then they are
    due again."""
    rows = await connection.fetch(
        "UPDATE payments SET unsure = true,"
        " next_try_at = clock_timestamp() + make_interval(secs => $2)"
        " WHERE checkout_id IN (SELECT checkout_id FROM payments"
        " WHERE next_try_at <= clock_timestamp() ORDER BY next_try_at LIMIT $1"
        " FOR UPDATE SKIP LOCKED) RETURNING *",
        *(at_most, lease_s),
    )
    return [_row(row) for row in rows]


async def keep(connection: Connection, rows: Sequence[Row]) -> None:
    if not rows:
        return
    arrays = [
        f"${number}::{_TYPES.get(name, 'text')}[]" for number, name in enumerate(_COLUMNS, start=1)
    ]
    count = len(_COLUMNS)
    names = ", ".join([*_COLUMNS, "tries", "wait_s", "headers"])
    sets = ", ".join(f"{name} = now.{name}" for name in [*_COLUMNS[1:], "tries", "headers"])
    await connection.execute(
        f"UPDATE payments SET {sets}, updated_at = clock_timestamp(),"
        " next_try_at = clock_timestamp() + make_interval(secs => now.wait_s)"
        f" FROM unnest({', '.join(arrays)}, ${count + 1}::int[], ${count + 2}::float8[],"
        f" ${count + 3}::jsonb[]) AS now ({names})"
        " WHERE payments.checkout_id = now.checkout_id",
        *([getattr(row.payment, name) for row in rows] for name in _COLUMNS),
        [row.tries for row in rows],
        [row.wait_s for row in rows],
        [row.headers for row in rows],
    )


async def in_doubt(connection: Connection) -> set[str]:
    """Whose call was under way when whoever made it ended, or had no answer; ids."""
    rows = await connection.fetch(
        "SELECT checkout_id FROM payments WHERE next_try_at IS NOT NULL AND (unsure OR tries > 0)"
    )
    return {row["checkout_id"] for row in rows}


async def of(connection: Connection, checkout_id: str) -> Payment | None:
    row = await connection.fetchrow("SELECT * FROM payments WHERE checkout_id = $1", checkout_id)
    return _row(row).payment if row else None


def unattempted(row: Row, wait_s: float) -> Row:
    """Nothing was asked of the provider: where nothing was before, nothing is unsure."""
    payment = row.payment
    if payment.state == "new" and row.tries == 0:
        payment = replace(payment, unsure=False)
    return replace(row, payment=payment, wait_s=wait_s)


def _row(row: asyncpg.Record) -> Row:
    payment = Payment(**{name: row[name] for name in _COLUMNS})
    return Row(payment, row["tries"], None, row["headers"])
