"""`POST /api/checkout`, and what becomes of it: a status, and a stream of its changes (SSE)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

from opentelemetry import propagate
from shop_kit import openapi
from shop_kit.auth import Signer
from shop_kit.headers import idempotency_key, last_event_id, wait_s
from shop_kit.metrics import RequestMetrics
from shop_kit.problems import (
    Mistake,
    Problem,
    bad_request,
    body_as,
    route,
    shown,
    told,
)
from shop_kit.store import Store
from shop_kit.watching import LOOK_S, Watchers, changed
from shop_lookups import Lookup
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute

from checkout_orchestrator import book
from checkout_orchestrator.bodies import CheckoutBody
from checkout_orchestrator.book import Asked
from checkout_orchestrator.carts import Carts
from checkout_orchestrator.openapi import DOCUMENT
from checkout_orchestrator.quotes import quoted
from checkout_orchestrator.saga import STEPS, Change, Checkout, begin
from checkout_orchestrator.telling import user_of
from checkout_orchestrator.waking import end_of

_ID = re.compile(r"k-[0-9a-f]{32}")
STREAM_S = 300.0


class Arm(Protocol):
    """How checkouts are carried out."""

    async def accept(self, change: Change, asked: Asked) -> bool:
        """Begin one. False where the user's key was used before. Raises Unavailable."""
        ...

    async def take_back(self, checkout_id: str) -> bool:
        """Undo a confirmed one. False where it is not confirmed. Raises Unavailable."""
        ...

    async def run(self) -> None:
        """For ever."""


class Api:
    def __init__(
        self,
        store: Store,
        arm: Arm,
        carts: Carts,
        lookup: Lookup,
        watchers: Watchers,
        signer: Signer,
        metrics: RequestMetrics,
    ) -> None:
        self._store = store
        self._arm = arm
        self._carts = carts
        self._lookup = lookup
        self._watchers = watchers
        self._signer = signer
        self._metrics = metrics
        self._under_way: set[tuple[str, str]] = set()
        """Users' keys whose request is being taken in."""

    def routes(self) -> list[BaseRoute]:
        return [
            route("POST", "/api/checkout", self.begin, self._metrics),
            route("GET", "/api/checkout/{id}", self.status, self._metrics),
            route("GET", "/api/checkout/{id}/events", self.events, self._metrics),
            route("POST", "/api/checkout/{id}/cancellation", self.take_back, self._metrics),
            openapi.route(DOCUMENT),
        ]

    async def begin(self, request: Request) -> Response:
        user_id = user_of(request, self._signer)
        key = idempotency_key(request)
        body = await body_as(CheckoutBody, request)
        digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
        if (user_id, key) in self._under_way:
            raise Problem(409, "a request with this Idempotency-Key is under way")
        self._under_way.add((user_id, key))
        try:
            checkout_id = await self._known(user_id, key, digest) or await self._begun(
                user_id, key, digest, body
            )
        finally:
            self._under_way.discard((user_id, key))
        location = f"/api/checkout/{checkout_id}"
        return JSONResponse({"checkout_id": checkout_id}, 202, {"Location": location})

    async def _known(self, user_id: str, key: str, digest: str) -> str | None:
        """The checkout that the key was used for. Raises Problem, 422, for another request."""
        with told():
            async with self._store.reading() as connection:
                row = await connection.fetchrow(book.OF_KEY, user_id, key)
        if row is not None and row["request"] != digest:
            raise Problem(422, "this Idempotency-Key was used for another request")
        return None if row is None else row["checkout_id"]

    async def _begun(self, user_id: str, key: str, digest: str, body: CheckoutBody) -> str:
        with told():
            items = body.items
            if items is None:
                items = await self._carts.items(user_id, body.cart_id or "")
                if not items:
                    expected = "a cart with something in it"
                    raise bad_request(Mistake("cart_id", shown(body.cart_id), expected))
            lines, total_minor, currency = await quoted(self._lookup, items)
            checkout = Checkout(
                checkout_id=f"k-{uuid.uuid4().hex}",
                user_id=user_id,
                lines=lines,
                total_minor=total_minor,
                currency=currency,
                payment_method=body.payment_method,
            )
            headers: dict[str, str] = {}
            propagate.inject(headers)
            if await self._arm.accept(begin(checkout), Asked(key, digest, headers)):
                return checkout.checkout_id
        # Another process was sooner.
        known = await self._known(user_id, key, digest)
        assert known is not None
        return known

    async def status(self, request: Request) -> Response:
        """With `Prefer: wait=N`, at the end, or in N seconds (RFC 7240)."""
        user_id = user_of(request, self._signer)
        checkout_id = request.path_params["id"]
        loop = asyncio.get_running_loop()
        until_s = loop.time() + wait_s(request)
        look_s = LOOK_S
        with self._watchers.watching(end_of(checkout_id)) as event:
            row = await self._row(checkout_id, user_id)
            while row["state"] in ("running", "undoing") and loop.time() < until_s:
                await changed(event, until_s - loop.time(), look_s)
                look_s *= 2  # another process may have ended it, which is rare
                row = await self._row(checkout_id, user_id)
        return JSONResponse(_shown(row))

    async def take_back(self, request: Request) -> Response:
        """The order is cancelled, the money given back, the stock on hand again. Asking again
        changes nothing; what is still under way is waited for first."""
        user_id = user_of(request, self._signer)
        checkout_id = request.path_params["id"]
        row = await self._row(checkout_id, user_id)
        if row["state"] == "running":
            raise Problem(
                409, "the checkout is under way; it can be cancelled once it is confirmed"
            )
        if row["state"] == "confirmed":
            with told():
                await self._arm.take_back(checkout_id)
        location = f"/api/checkout/{checkout_id}"
        return JSONResponse({"checkout_id": checkout_id}, 202, {"Location": location})

    async def events(self, request: Request) -> Response:
        """What has happened and happens to it, until it is over; from `Last-Event-ID` on."""
        user_id = user_of(request, self._signer)
        checkout_id = request.path_params["id"]
        await self._row(checkout_id, user_id)
        stream = self._stream(checkout_id, last_event_id(request))
        return StreamingResponse(
            stream, headers={"Cache-Control": "no-store"}, media_type="text/event-stream"
        )

    async def _stream(self, checkout_id: str, seq: int) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + STREAM_S
        with self._watchers.watching(checkout_id) as event:
            while loop.time() < until_s:
                async with self._store.transaction() as connection:
                    rows = await connection.fetch(book.HISTORY, checkout_id, seq)
                for row in rows:
                    seq = row["seq"]
                    yield f"id: {seq}\nevent: change\ndata: {json.dumps(_happened(row))}\n\n"
                    if row["state"] in ("confirmed", "cancelled"):
                        return
                await changed(event, until_s - loop.time())

    async def _row(self, checkout_id: str, user_id: str) -> Mapping[str, Any]:
        row = None
        if _ID.fullmatch(checkout_id):
            with told():
                async with self._store.reading() as connection:
                    row = await connection.fetchrow(book.STATUS, checkout_id, user_id)
        if row is None:
            raise Problem(404, "you have no such checkout")
        return row


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    checkout = book.checkout_of(row)
    return {
        "checkout_id": checkout.checkout_id,
        "state": checkout.state,
        "step": None if checkout.terminal else STEPS[checkout.step].name,
        "lines": json.loads(row["lines"]),
        "total_minor": checkout.total_minor,
        "currency": checkout.currency,
        "order_id": checkout.order_id or None,
        "reason": checkout.reason or None,
        "created_at": row["created_at"].isoformat(),
        "updated_at": row["updated_at"].isoformat(),
    }


def _happened(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "state": row["state"],
        "step": STEPS[row["step"]].name,
        "what": row["what"],
        "at": row["at"].isoformat(),
    }
