"""Plans in their table."""

from __future__ import annotations

from importlib import resources

import msgspec
from shop_intents import Plan
from shop_kit.store import Connection

SCHEMA = resources.files("plan_generator").joinpath("schema.sql").read_text("utf-8")

_PLAN = msgspec.json.Decoder(Plan)
_ADD = """
    INSERT INTO plans (plan_id, user_id, idempotency_key, request, plan)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (user_id, idempotency_key) DO NOTHING RETURNING plan_id
"""
_OF_KEY = "SELECT plan, request FROM plans WHERE user_id = $1 AND idempotency_key = $2"
_OF = "SELECT plan FROM plans WHERE plan_id = $1 AND user_id = $2"
_CHANGE = "UPDATE plans SET plan = $2, updated_at = clock_timestamp() WHERE plan_id = $1"


async def add(connection: Connection, plan: Plan, key: str | None, request: str) -> bool:
    """False where the user's key was used before."""
    values = (plan.plan_id, plan.user_id, key, request, msgspec.json.encode(plan).decode())
    return await connection.fetchval(_ADD, *values) is not None


async def of_key(connection: Connection, user_id: str, key: str) -> tuple[Plan, str] | None:
    """With the digest of the request that it was made of."""
    row = await connection.fetchrow(_OF_KEY, user_id, key)
    return None if row is None else (_PLAN.decode(row["plan"]), row["request"])


async def of(
    connection: Connection, plan_id: str, user_id: str, *, locked: bool = False
) -> Plan | None:
    found = await connection.fetchval(_OF + " FOR UPDATE" * locked, plan_id, user_id)
    return None if found is None else _PLAN.decode(found)


async def change(connection: Connection, plan: Plan) -> None:
    await connection.execute(_CHANGE, plan.plan_id, msgspec.json.encode(plan).decode())
