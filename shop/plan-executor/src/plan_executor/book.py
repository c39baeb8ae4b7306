"""Executions in their table: one owner at a time, who alone may write."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

import asyncpg
import msgspec
from shop_intents import Execution, Plan
from shop_kit.store import Connection

from plan_executor.progress import Progress

SCHEMA = resources.files("plan_executor").joinpath("schema.sql").read_text("utf-8")

_PLAN = msgspec.json.Decoder(Plan)
_PROGRESS = msgspec.json.Decoder(Progress)
_COLUMNS = "execution_id, idempotency_key, plan, progress, owner, headers, deadline_at"

_ADD = """
    INSERT INTO executions (execution_id, user_id, idempotency_key, plan_id, digest, plan, progress,
                            state, owner, due_at, deadline_at, headers)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'running', $8,
            clock_timestamp() + make_interval(secs => $9::float8), to_timestamp($10::float8), $11)
    ON CONFLICT DO NOTHING RETURNING execution_id
"""
_TAKE = f"""
    UPDATE executions SET owner = $1,
        due_at = clock_timestamp() + make_interval(secs => $2::float8)
    WHERE execution_id IN (
        SELECT execution_id FROM executions WHERE due_at <= clock_timestamp()
        ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
    RETURNING {_COLUMNS}
"""
_RENEW = """
    UPDATE executions SET due_at = clock_timestamp() + make_interval(secs => $3::float8)
    WHERE execution_id = ANY ($1::text[]) AND owner = $2 AND due_at IS NOT NULL
"""
_KEEP = """
    UPDATE executions SET progress = $3, state = $4, outcome = $5, updated_at = clock_timestamp(),
        due_at = CASE WHEN $4 = 'ended' THEN NULL
                 ELSE clock_timestamp() + make_interval(secs => $6::float8) END
    WHERE execution_id = $1 AND owner = $2 RETURNING execution_id
"""
_TELL = """
    INSERT INTO execution_history (execution_id, seq, event) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING
"""
_OF_KEY = "SELECT execution_id, digest FROM executions WHERE user_id = $1 AND idempotency_key = $2"
_OF_PLAN = "SELECT execution_id FROM executions WHERE user_id = $1 AND plan_id = $2"
_SHOWN = "SELECT plan, progress FROM executions WHERE execution_id = $1 AND user_id = $2"
_HISTORY = """
    SELECT seq, event FROM execution_history WHERE execution_id = $1 AND seq > $2 ORDER BY seq
"""


class Superseded(Exception):
    """Somebody else carries it out now."""


@dataclass(frozen=True)
class Row:
    execution_id: str
    key: str
    """The user's, for the whole of it."""
    plan: Plan
    progress: Progress
    owner: str
    headers: str
    """Trace context, JSON."""
    deadline_s: float
    """Seconds since 1970."""


async def add(connection: Connection, row: Row, lease_s: float) -> bool:
    """False where the user's key, or the plan, was used before."""
    added = await connection.fetchval(
        _ADD,
        *(row.execution_id, row.plan.user_id, row.key, row.plan.plan_id, row.plan.digest),
        *(_text(row.plan), _text(row.progress), row.owner, lease_s, row.deadline_s, row.headers),
    )
    return added is not None


async def take(connection: Connection, owner: str, lease_s: float, at_most: int) -> list[Row]:
    """What was left behind."""
    rows = await connection.fetch(_TAKE, owner, lease_s, at_most)
    return [_row(each) for each in rows]


async def renew(connection: Connection, ids: Iterable[str], owner: str, lease_s: float) -> None:
    """0: whoever looks next may take them."""
    await connection.execute(_RENEW, list(ids), owner, lease_s)


async def keep(
    connection: Connection, row: Row, progress: Progress, event: bytes, lease_s: float
) -> None:
    """Raises Superseded."""
    values = (row.execution_id, row.owner, _text(progress), progress.state, progress.outcome)
    if await connection.fetchval(_KEEP, *values, lease_s) is None:
        raise Superseded(row.execution_id)
    await connection.execute(_TELL, row.execution_id, progress.seq, event.decode())


async def of_key(connection: Connection, user_id: str, key: str) -> tuple[str, str] | None:
    """Its id, and the digest of its plan."""
    row = await connection.fetchrow(_OF_KEY, user_id, key)
    return None if row is None else (row["execution_id"], row["digest"])


async def of_plan(connection: Connection, user_id: str, plan_id: str) -> str | None:
    return await connection.fetchval(_OF_PLAN, user_id, plan_id)


async def shown(connection: Connection, execution_id: str, user_id: str) -> Execution | None:
    row = await connection.fetchrow(_SHOWN, execution_id, user_id)
    if row is None:
        return None
    plan, progress = _PLAN.decode(row["plan"]), _PROGRESS.decode(row["progress"])
    checkouts = progress.checkouts.values()
    return Execution(
        execution_id=execution_id,
        plan_id=plan.plan_id,
        user_id=user_id,
        state=progress.state,
        outcome=progress.outcome,
        says=progress.says,
        steps=progress.steps,
        checkout_ids=tuple(each.checkout_id for each in checkouts if each.checkout_id),
        order_ids=tuple(each.order_id for each in checkouts if each.order_id),
        spent_minor=progress.spent_minor,
    )


async def history(connection: Connection, execution_id: str, seq: int) -> list[tuple[int, str]]:
    rows = await connection.fetch(_HISTORY, execution_id, seq)
    return [(row["seq"], row["event"]) for row in rows]


def _row(row: asyncpg.Record) -> Row:
    return Row(
        row["execution_id"],
        row["idempotency_key"],
        _PLAN.decode(row["plan"]),
        _PROGRESS.decode(row["progress"]),
        row["owner"],
        row["headers"],
        row["deadline_at"].timestamp(),
    )


def _text(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()
