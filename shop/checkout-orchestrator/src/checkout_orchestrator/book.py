"""Checkouts in their table. The statements have $1 placeholders, which both drivers take."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import msgspec
from shop_kit.store import Connection
from shop_messages import Line

from checkout_orchestrator.saga import Change, Checkout
from checkout_orchestrator.saga import taken_back as _taken_back

SCHEMA = resources.files("checkout_orchestrator").joinpath("schema.sql").read_text("utf-8")

COLUMNS = (
    "checkout_id, user_id, lines, total_minor, currency, payment_method, state, step, silences,"
    " order_id, reason"
)

ADD = f"""
    WITH new AS (
        INSERT INTO checkouts ({COLUMNS}, idempotency_key, request, due_at, headers)
        VALUES ($1, $2, $3::jsonb, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
                clock_timestamp() + make_interval(secs => $14::float8), $15::jsonb)
        ON CONFLICT (user_id, idempotency_key) DO NOTHING
        RETURNING checkout_id, state, step)
    INSERT INTO checkout_history (checkout_id, state, step, what)
    SELECT checkout_id, state, step, $16 FROM new RETURNING checkout_id
"""
CHANGE = """
    WITH now AS (
        SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::text[], $6::text[],
                             $7::float8[], $8::text[]) WITH ORDINALITY
        AS now (checkout_id, state, step, silences, order_id, reason, due_s, what, place)),
    told AS (
        INSERT INTO checkout_history (checkout_id, state, step, what)
        SELECT checkout_id, state, step, what FROM now ORDER BY place)
    UPDATE checkouts SET state = now.state, step = now.step, silences = now.silences,
        order_id = now.order_id, reason = now.reason, updated_at = clock_timestamp(),
        due_at = clock_timestamp() + make_interval(secs => now.due_s)
    FROM now WHERE checkouts.checkout_id = now.checkout_id
"""
LOCKED = f"""
    SELECT {COLUMNS}, headers FROM checkouts WHERE checkout_id = ANY ($1::text[])
    ORDER BY checkout_id FOR UPDATE
"""
DUE = f"""
    SELECT {COLUMNS}, headers FROM checkouts WHERE due_at <= clock_timestamp()
    ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
"""
OF_KEY = "SELECT checkout_id, request FROM checkouts WHERE user_id = $1 AND idempotency_key = $2"
STATUS = f"""
    SELECT {COLUMNS}, created_at, updated_at FROM checkouts WHERE checkout_id = $1 AND user_id = $2
"""
HISTORY = """
    SELECT seq, state, step, what, at FROM checkout_history
    WHERE checkout_id = $1 AND seq > $2 ORDER BY seq
"""


@dataclass(frozen=True)
class Asked:
    """What came with a checkout, beside itself."""

    idempotency_key: str
    request: str
    """Digest of the body."""
    headers: Mapping[str, str]
    """Trace context."""


def add_values(change: Change, asked: Asked, due_s: float) -> list[object]:
    it = change.checkout
    return [
        *(it.checkout_id, it.user_id, msgspec.json.encode(it.lines).decode(), it.total_minor),
        *(it.currency, it.payment_method, it.state, it.step, it.silences, it.order_id, it.reason),
        *(asked.idempotency_key, asked.request, due_s, json.dumps(dict(asked.headers))),
        change.what,
    ]


def change_values(changes: Sequence[Change], due_s: Sequence[float | None]) -> list[list[object]]:
    its = [change.checkout for change in changes]
    return [
        [it.checkout_id for it in its],
        [it.state for it in its],
        [it.step for it in its],
        [it.silences for it in its],
        [it.order_id for it in its],
        [it.reason[:500] for it in its],
        list(due_s),
        [change.what for change in changes],
    ]


def checkout_of(row: Mapping[str, Any]) -> Checkout:
    lines = row["lines"]
    if not isinstance(lines, str):
        lines = json.dumps(lines)
    return Checkout(
        checkout_id=row["checkout_id"],
        user_id=row["user_id"],
        lines=msgspec.json.decode(lines, type=tuple[Line, ...]),
        total_minor=row["total_minor"],
        currency=row["currency"],
        payment_method=row["payment_method"],
        state=row["state"],
        step=row["step"],
        silences=row["silences"],
        order_id=row["order_id"],
        reason=row["reason"],
    )


async def add(connection: Connection, change: Change, asked: Asked, due_s: float) -> bool:
    """False where the user's key was used before."""
    return await connection.fetchval(ADD, *add_values(change, asked, due_s)) is not None


async def keep(
    connection: Connection, changes: Sequence[Change], due_s: Sequence[float | None]
) -> None:
    """`due_s`: after how long a silence is to be noticed; None where it is over."""
    if changes:
        await connection.execute(CHANGE, *change_values(changes, due_s))


async def taken_back(connection: Connection, checkout_id: str, pace: float) -> Change | None:
    """Written down; None where it is not confirmed. `pace`: of the deadline of the first answer."""
    known = await locked(connection, [checkout_id])
    change = _taken_back(known[checkout_id][0]) if checkout_id in known else None
    if change is not None:
        await keep(connection, [change], [change.answer_s * pace])
    return change


async def locked(
    connection: Connection, checkout_ids: Iterable[str]
) -> dict[str, tuple[Checkout, str]]:
    """Each with its trace, as JSON."""
    rows = await connection.fetch(LOCKED, sorted(set(checkout_ids)))
    return {row["checkout_id"]: (checkout_of(row), row["headers"]) for row in rows}


async def due(connection: Connection, at_most: int) -> list[tuple[Checkout, str]]:
    """Those whose answer has not come in time, locked."""
    return [(checkout_of(row), row["headers"]) for row in await connection.fetch(DUE, at_most)]
