"""A checkout as a workflow of DBOS, over HTTP: what one would write who has DBOS and Postgres.

    reserve ──> pay (authorise and capture) ──> confirm          declined: release

A step may run again after a crash, and so each has a key: the checkout's id, in its tables and at
the provider. The tables are those of our inventory and our orders, in one database, so that a step
is one transaction. Plain steps with keys cost DBOS less than its datasources, which look and write
once more for each.

    python -m bench.checkout.with_dbos --system DSN --store DSN --provider URL --key KEY --port N
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import asyncpg
import uvicorn
from dbos import DBOS, SetWorkflowID
from order.book import SCHEMA as ORDERS
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PRICE_MINOR, CURRENCY = 1_000, "EUR"
PROVIDER_TIMEOUT_S = 5.0
PROVIDER_CALLS = 256
STORE_CONNECTIONS = 20
SYSTEM_CONNECTIONS = 20
"""DBOS's own default."""
ATTEMPTS = 8


class Around:
    """Connections to the store and to the provider, of each event loop that runs workflows: those
    that DBOS recovers run in its own."""

    def __init__(self, store: str, provider: str, key: str) -> None:
        self._store, self._provider, self._key = store, provider, key
        self._of_loop: dict[asyncio.AbstractEventLoop, tuple[asyncpg.Pool, aiohttp.ClientSession]]
        self._of_loop = {}

    async def store(self) -> asyncpg.Pool:
        return (await self._opened())[0]

    async def provider(self) -> aiohttp.ClientSession:
        return (await self._opened())[1]

    async def _opened(self) -> tuple[asyncpg.Pool, aiohttp.ClientSession]:
        loop = asyncio.get_running_loop()
        if loop not in self._of_loop:
            session = aiohttp.ClientSession(
                self._provider,
                connector=aiohttp.TCPConnector(limit=PROVIDER_CALLS),
                headers={"Authorization": f"Bearer {self._key}"},
                timeout=aiohttp.ClientTimeout(total=PROVIDER_TIMEOUT_S),
            )
            pool = asyncpg.create_pool(self._store, min_size=0, max_size=STORE_CONNECTIONS)
            self._of_loop[loop] = pool, session
            await pool
        pool, session = self._of_loop[loop]
        await pool  # by whoever comes meanwhile: it is opened once
        return pool, session


around: Around
"""Set by `main`: a step has no other way to what is not its argument."""


@DBOS.workflow()
async def checkout(
    checkout_id: str, user_id: str, units: dict[str, int], payment_method: str
) -> dict[str, str]:
    """Of the units, by variant."""
    if reason := await reserve(checkout_id, units):
        return {"state": "cancelled", "reason": reason}
    total_minor = PRICE_MINOR * sum(units.values())
    if reason := await pay(checkout_id, total_minor, payment_method):
        await release(checkout_id)
        return {"state": "cancelled", "reason": reason}
    return {"state": "confirmed", "order_id": await confirm(checkout_id, user_id, total_minor)}


@DBOS.step(retries_allowed=True, max_attempts=ATTEMPTS, interval_seconds=0.1)
async def reserve(checkout_id: str, units: dict[str, int]) -> str:
    """Why not; empty where they are held."""
    async with (await around.store()).acquire() as connection, connection.transaction():
        new = await connection.fetchval(
            "INSERT INTO reservations (checkout_id, state, units) VALUES ($1, 'held', $2)"
            " ON CONFLICT DO NOTHING RETURNING 1",
            *(checkout_id, json.dumps(units)),
        )
        if not new:
            return await connection.fetchval(
                "SELECT coalesce(refused->>'reason', '') FROM reservations WHERE checkout_id = $1",
                checkout_id,
            )
        rows = await connection.fetch(
            "SELECT variant_id, on_hand FROM stock WHERE variant_id = ANY ($1)"
            " ORDER BY variant_id FOR UPDATE",
            list(units),
        )
        on_hand = {row["variant_id"]: row["on_hand"] for row in rows}
        short = [name for name, asked in units.items() if on_hand.get(name, 0) < asked]
        if short:
            reason = f"too little is left of {', '.join(short)}"
            await connection.execute(
                "UPDATE reservations SET state = 'refused', units = '{}', refused = $2"
                " WHERE checkout_id = $1",
                *(checkout_id, json.dumps({"reason": reason})),
            )
            return reason
        await connection.execute(
            "UPDATE stock SET on_hand = on_hand - asked.n, held = held + asked.n"
            " FROM unnest($1::text[], $2::int[]) AS asked (variant_id, n)"
            " WHERE stock.variant_id = asked.variant_id",
            *(list(units), list(units.values())),
        )
    return ""


@DBOS.step(retries_allowed=True, max_attempts=ATTEMPTS, interval_seconds=0.1)
async def pay(checkout_id: str, total_minor: int, payment_method: str) -> str:
    """Why not; empty where it is captured."""
    authorised = await _asked(
        "/v1/authorisations",
        f"{checkout_id}:authorise",
        {
            "amount_minor": total_minor,
            "currency": CURRENCY,
            "payment_method": payment_method,
            "reference": checkout_id,
        },
    )
    if authorised["status"] == "declined":
        return str(authorised["decline_reason"])
    path = f"/v1/authorisations/{authorised['id']}/capture"
    await _asked(path, f"{checkout_id}:capture", {})
    return ""


@DBOS.step(retries_allowed=True, max_attempts=ATTEMPTS, interval_seconds=0.1)
async def confirm(checkout_id: str, user_id: str, total_minor: int) -> str:
    """The order's id. Its units leave with it."""
    async with (await around.store()).acquire() as connection, connection.transaction():
        order_id = f"o-{checkout_id}"
        new = await connection.fetchval(
            "INSERT INTO orders (order_id, checkout_id, state, user_id, lines, total_minor,"
            " currency) SELECT $1, $2, 'confirmed', $3, units, $4, $5 FROM reservations"
            " WHERE checkout_id = $2 ON CONFLICT DO NOTHING RETURNING 1",
            *(order_id, checkout_id, user_id, total_minor, CURRENCY),
        )
        if new:
            await _moved(connection, checkout_id, "committed", "committed = committed + n.value")
    return order_id


@DBOS.step(retries_allowed=True, max_attempts=ATTEMPTS, interval_seconds=0.1)
async def release(checkout_id: str) -> None:
    async with (await around.store()).acquire() as connection, connection.transaction():
        await _moved(connection, checkout_id, "released", "on_hand = on_hand + n.value")


async def _moved(
    connection: asyncpg.pool.PoolConnectionProxy, checkout_id: str, state: str, where: str
) -> None:
    """Of the units that it holds, once."""
    units = await connection.fetchval(
        "UPDATE reservations SET state = $2, updated_at = clock_timestamp()"
        " WHERE checkout_id = $1 AND state = 'held' RETURNING units",
        *(checkout_id, state),
    )
    if units is None:
        return
    held = json.loads(units)
    await connection.execute(
        "SELECT 1 FROM stock WHERE variant_id = ANY ($1) ORDER BY variant_id FOR UPDATE", list(held)
    )
    await connection.execute(
        f"UPDATE stock SET held = held - n.value, {where}"
        " FROM unnest($1::text[], $2::int[]) AS n (variant_id, value)"
        " WHERE stock.variant_id = n.variant_id",
        *(list(held), list(held.values())),
    )


async def _asked(path: str, key: str, body: Mapping[str, object]) -> dict[str, Any]:
    """Raises where the provider has not said: then it is asked again, with the same key."""
    session = await around.provider()
    async with session.post(path, json=body, headers={"Idempotency-Key": key}) as answer:
        answer.raise_for_status()
        return await answer.json()


async def begin(request: Request) -> Response:
    """`POST /api/checkout`, answered at its end. The same key is the same workflow."""
    asked = await request.json()
    checkout_id = request.headers["idempotency-key"]
    with SetWorkflowID(checkout_id):
        units = {item["variant_id"]: item["quantity"] for item in asked["items"]}
        handle = await DBOS.start_workflow_async(
            checkout, checkout_id, asked["user_id"], units, asked["payment_method"]
        )
    return JSONResponse(await handle.get_result())


async def _prepared(store: str) -> None:
    connection = await asyncpg.connect(store)
    try:
        await connection.execute(ORDERS)
    finally:
        await connection.close()


def main() -> None:
    global around
    parser = argparse.ArgumentParser(prog="python -m bench.checkout.with_dbos")
    for name in ("system", "store", "provider", "key"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    around = Around(given.store, given.provider, given.key)
    asyncio.run(_prepared(given.store))
    DBOS(
        config={
            "name": "checkout",
            "system_database_url": given.system,
            "sys_db_pool_size": SYSTEM_CONNECTIONS,
            "log_level": "WARNING",
        }
    )
    DBOS.launch()
    app = Starlette(routes=[Route("/api/checkout", begin, methods=["POST"])])
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning", access_log=False)
    DBOS.destroy()


if __name__ == "__main__":
    main()
