"""`GET /api/orders` and `GET /api/orders/{id}`: whoever ordered reads theirs, and nobody else's."""

from __future__ import annotations

import json
from collections.abc import Sequence

import asyncpg
from shop_kit.auth import Signer, admitted
from shop_kit.metrics import RequestMetrics
from shop_kit.problems import Problem, route, unavailable
from shop_kit.store import Store, Unavailable
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

SCOPE = "shop"
MOST = 100
"""Orders in one answer, the newest first."""
NONE = "you have no such order"

_ORDERS = """
    SELECT order_id, checkout_id, state, lines, total_minor, currency, reason, created_at,
           updated_at
    FROM orders WHERE user_id = $1 AND total_minor IS NOT NULL
"""
_HISTORY = "SELECT state, reason, at FROM order_history WHERE order_id = $1 ORDER BY seq"


def routes(store: Store, signer: Signer, metrics: RequestMetrics) -> Sequence[BaseRoute]:
    async def one(request: Request) -> Response:
        user = admitted(request, signer, SCOPE).subject
        order_id = request.path_params["id"]
        if "\0" in order_id:  # no store takes it
            raise Problem(404, NONE)
        try:
            async with store.transaction() as connection:
                row = await connection.fetchrow(f"{_ORDERS} AND order_id = $2", user, order_id)
                history = await connection.fetch(_HISTORY, order_id) if row else []
        except Unavailable as error:
            raise unavailable(str(error)) from error
        if row is None:
            raise Problem(404, NONE)
        told = [
            {"state": each["state"], "reason": each["reason"], "at": each["at"].isoformat()}
            for each in history
        ]
        return JSONResponse(_shown(row) | {"history": told})

    async def all_of_them(request: Request) -> Response:
        user = admitted(request, signer, SCOPE).subject
        try:
            async with store.transaction() as connection:
                rows = await connection.fetch(
                    f"{_ORDERS} ORDER BY created_at DESC, order_id LIMIT {MOST}", user
                )
        except Unavailable as error:
            raise unavailable(str(error)) from error
        return JSONResponse({"orders": [_shown(row) for row in rows]})

    return [
        route("GET", "/api/orders", all_of_them, metrics),
        route("GET", "/api/orders/{id}", one, metrics),
    ]


def _shown(row: asyncpg.Record) -> dict[str, object]:
    return {
        "order_id": row["order_id"],
        "checkout_id": row["checkout_id"],
        "state": row["state"],
        "lines": json.loads(row["lines"]),
        "total_minor": row["total_minor"],
        "currency": row["currency"],
        "reason": row["reason"],
        "created_at": row["created_at"].isoformat(),
        "updated_at": row["updated_at"].isoformat(),
    }
