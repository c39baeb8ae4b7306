"""`POST /execute-plan`, and what becomes of it: a status, and a stream of its changes (SSE)."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator

import msgspec
from msgspec import Struct
from opentelemetry import propagate
from plan_generator.mandates import BadMandate, Mandates
from shop_intents import Execution, Plan
from shop_kit import openapi
from shop_kit.auth import Signer, admitted
from shop_kit.clock import CLOCK
from shop_kit.headers import idempotency_key, last_event_id, wait_s
from shop_kit.metrics import RequestMetrics
from shop_kit.problems import (
    Problem,
    route,
    told,
)
from shop_kit.store import Store
from shop_kit.structs import struct_of
from shop_kit.watching import Watchers, changed
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute

from plan_executor import book
from plan_executor.book import Row
from plan_executor.openapi import DOCUMENT
from plan_executor.progress import begin
from plan_executor.running import Runner

SCOPE = "shop"
KEY_CHARS = 150
"""Room is left for what its steps add, within the 200 that a checkout's key may have."""
BODY_BYTES = 1024 * 1024
_ID = re.compile(r"x-[0-9a-f]{32}")
STREAM_S = 600.0


class ToExecute(Struct, frozen=True, forbid_unknown_fields=True):
    plan: Plan
    """As it was made, with its mandate."""


_BODY = msgspec.json.Decoder(ToExecute)


class Api:
    def __init__(
        self,
        store: Store,
        runner: Runner,
        mandates: Mandates,
        deadline_s: float,
        watchers: Watchers,
        signer: Signer,
        metrics: RequestMetrics,
    ) -> None:
        self._store = store
        self._runner = runner
        self._mandates = mandates
        self._deadline_s = deadline_s
        self._watchers = watchers
        self._signer = signer
        self._metrics = metrics

    def routes(self) -> list[BaseRoute]:
        return [
            route("POST", "/execute-plan", self.execute, self._metrics),
            route("GET", "/executions/{id}", self.status, self._metrics),
            route("GET", "/executions/{id}/events", self.events, self._metrics),
            openapi.route(DOCUMENT),
        ]

    async def execute(self, request: Request) -> Response:
        user_id = admitted(request, self._signer, SCOPE).subject
        key = idempotency_key(request, KEY_CHARS)
        plan = (await struct_of(request, _BODY, BODY_BYTES)).plan
        execution_id = await self._known(user_id, key, plan)
        if execution_id is None:
            execution_id = await self._accepted(user_id, key, plan)
        location = f"/executions/{execution_id}"
        return JSONResponse({"execution_id": execution_id}, 202, {"Location": location})

    async def _known(self, user_id: str, key: str, plan: Plan) -> str | None:
        """The execution that the key was used for. Raises Problem."""
        try:
            self._mandates.same(plan, user_id)
        except BadMandate as error:
            raise Problem(403, str(error)) from error
        with told():
            async with self._store.transaction() as connection:
                found = await book.of_key(connection, user_id, key)
        if found is None:
            return None
        execution_id, digest = found
        if digest != plan.digest:
            raise Problem(422, "this Idempotency-Key was used for another plan")
        return execution_id

    async def _accepted(self, user_id: str, key: str, plan: Plan) -> str:
        try:
            self._mandates.verify(plan, user_id)
        except BadMandate as error:
            raise Problem(403, str(error)) from error
        headers: dict[str, str] = {}
        propagate.inject(headers)
        row = Row(
            execution_id=f"x-{uuid.uuid4().hex}",
            key=key,
            plan=plan,
            progress=begin(plan),
            owner="",
            headers=json.dumps(headers),
            deadline_s=CLOCK.now_s() + self._deadline_s,
        )
        with told():
            if await self._runner.accept(row):
                return row.execution_id
        # Another request was sooner: with the same key, or with the plan under another.
        known = await self._known(user_id, key, plan)
        if known is not None:
            return known
        with told():
            async with self._store.transaction() as connection:
                other = await book.of_plan(connection, user_id, plan.plan_id)
        raise Problem(
            409, f"the plan is carried out once: /executions/{other}",
            headers={"Location": f"/executions/{other}"},
        )  # fmt: skip

    async def status(self, request: Request) -> Response:
        """With `Prefer: wait=N`, at the end, or in N seconds (RFC 7240)."""
        user_id = admitted(request, self._signer, SCOPE).subject
        execution_id = _id(request)
        loop = asyncio.get_running_loop()
        until_s = loop.time() + wait_s(request)
        with self._watchers.watching(execution_id) as event:
            found = await self._execution(execution_id, user_id)
            while found.state != "ended" and loop.time() < until_s:
                await changed(event, until_s - loop.time())
                found = await self._execution(execution_id, user_id)
        return Response(msgspec.json.encode(found), media_type="application/json")

    async def events(self, request: Request) -> Response:
        """What has happened and happens to it, until it is over; from `Last-Event-ID` on."""
        user_id = admitted(request, self._signer, SCOPE).subject
        execution_id = _id(request)
        await self._execution(execution_id, user_id)
        return StreamingResponse(
            self._stream(execution_id, last_event_id(request)),
            headers={"Cache-Control": "no-store"},
            media_type="text/event-stream",
        )

    async def _stream(self, execution_id: str, seq: int) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + STREAM_S
        with self._watchers.watching(execution_id) as wake:
            while loop.time() < until_s:
                async with self._store.transaction() as connection:
                    found = await book.history(connection, execution_id, seq)
                for number, event in found:
                    seq = number
                    yield f"id: {seq}\nevent: change\ndata: {event}\n\n"
                    if json.loads(event)["state"] == "ended":
                        return
                await changed(wake, until_s - loop.time())

    async def _execution(self, execution_id: str, user_id: str) -> Execution:
        with told():
            async with self._store.transaction() as connection:
                found = await book.shown(connection, execution_id, user_id)
        if found is None:
            raise Problem(404, "you have no such execution")
        return found


def _id(request: Request) -> str:
    """Raises Problem: what no execution of ours is named, no store is asked for."""
    execution_id = request.path_params["id"]
    if not _ID.fullmatch(execution_id):
        raise Problem(404, "you have no such execution")
    return execution_id
