"""`/v1`: who may, what is asked, what the request meets with, the errors put in words."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec.json import Decoder
from shop_kit.metrics import RequestMetrics
from shop_kit.problems import (
    MEDIA_TYPE,
    Mistake,
    Problem,
    answering,
    bad_request,
    shown,
    unavailable,
)
from shop_kit.problems import Answer as Handler
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from payment_provider import openapi
from payment_provider.admission import Admission
from payment_provider.behaviour import Chances, Course
from payment_provider.bodies import body_of
from payment_provider.errors import other_request, unknown, wrong_state
from payment_provider.idempotency import REPLAYED, Keys, fingerprint, key_of
from payment_provider.ledger import Decision, Ledger, Operation, Unavailable
from payment_provider.rules import (
    Authorisation,
    Authorise,
    Capture,
    Change,
    Refund,
    Void,
    WrongState,
    applied,
    decide,
    opened,
)

LOST_S = 60.0
"""How late an answer comes that is lost: later than any caller waits."""
PAGE = 1_000
PAGE_MOST = 10_000
_INTEGER = re.compile(r"[0-9]{1,18}")

Decide = Callable[[Authorisation | None], Decision]
_AUTHORISE = Decoder(Authorise)
T = TypeVar("T")


class Api:
    def __init__(
        self,
        ledger: Ledger,
        chances: Chances,
        admission: Admission,
        metrics: RequestMetrics,
        stop: asyncio.Event,
    ) -> None:
        self._ledger = ledger
        self._chances = chances
        self._admission = admission
        self._metrics = metrics
        self._stop = stop
        self._keys = Keys()

    def routes(self) -> list[BaseRoute]:
        one = "/v1/authorisations/{id}"
        return [
            self._route("POST", "/v1/authorisations", self.authorise),
            self._route("GET", "/v1/authorisations", self.by_reference),
            self._route("GET", one, self.authorisation),
            self._route("POST", f"{one}/capture", self._changing(Capture)),
            self._route("POST", f"{one}/void", self._changing(Void)),
            self._route("POST", f"{one}/refund", self._changing(Refund)),
            self._route("GET", "/v1/ledger", self.ledger),
            Route("/openapi.json", _described),
        ]

    def _route(self, method: str, path: str, handler: Handler) -> BaseRoute:
        admitted = self._admission(self._telling(handler))

        async def unless_out(request: Request) -> Response:
            if self._chances.behaviour.outage:
                raise unavailable("the provider is out of service")
            return await admitted(request)

        operation = f"{method} {path}"
        return Route(path, answering(operation, unless_out, self._metrics), methods=[method])

    def _telling(self, handler: Handler) -> Handler:
        async def told(request: Request) -> Response:
            try:
                return await handler(request)
            except Unavailable as error:
                raise unavailable(str(error)) from error

        return told

    async def authorise(self, request: Request) -> Response:
        key = key_of(request)
        asked = await body_of(request, _AUTHORISE)
        authorisation_id = f"auth_{secrets.token_hex(12)}"
        reason = self._chances.decline_reason(asked.payment_method, key)

        def decided(_: Authorisation | None) -> Decision:
            entry = opened(asked, authorisation_id, reason)
            return Decision(201, msgspec.json.encode(applied(entry, None)), entry)

        return await self._once(request, key, asked, authorisation_id, decided)

    def _changing(self, kind: type[Change]) -> Handler:
        decoder = Decoder(kind)

        async def change(request: Request) -> Response:
            key = key_of(request)
            asked = await body_of(request, decoder)
            authorisation_id, path = request.path_params["id"], request.scope["path"]

            def decided(held: Authorisation | None) -> Decision:
                if held is None:
                    return _refusal(unknown(authorisation_id), path)
                try:
                    entry = decide(asked, held)
                except WrongState as error:
                    return _refusal(wrong_state(error, getattr(asked, "amount_minor", None)), path)
                return Decision(200, msgspec.json.encode(applied(entry, held)), entry)

            return await self._once(request, key, asked, authorisation_id, decided)

        return change

    async def _once(
        self,
        request: Request,
        key: str,
        asked: msgspec.Struct,
        authorisation_id: str,
        decided: Decide,
    ) -> Response:
        course = self._chances.course()
        print_ = fingerprint(request.method, request.scope["path"], asked)
        answer = self._ledger.answered(key)
        headers = {}
        if answer is None:
            with self._keys.used(key, print_):
                await _before(course)
                operation = Operation(key, print_, authorisation_id, decided)
                answer = await self._ledger.settle(operation)
        elif answer.fingerprint != print_:
            raise other_request(key)
        else:
            headers = REPLAYED
            await _before(course)
        await asyncio.sleep(course.half_s)
        if course.lost:
            await self._lost(request)
        media_type = "application/json" if answer.status < 400 else MEDIA_TYPE
        return Response(answer.body, answer.status, headers, media_type)

    async def _lost(self, request: Request) -> None:
        """Until the caller has given up, the service ends, or nobody can still be waiting."""
        ends = [asyncio.create_task(request.receive()), asyncio.create_task(self._stop.wait())]
        await asyncio.wait(ends, timeout=LOST_S, return_when=asyncio.FIRST_COMPLETED)
        for each in ends:
            each.cancel()
        await asyncio.gather(*ends, return_exceptions=True)

    async def authorisation(self, request: Request) -> Response:
        authorisation_id = request.path_params["id"]
        found = await self._read(lambda: self._ledger.authorisation(authorisation_id))
        if found is None:
            raise unknown(authorisation_id)
        return _json(found)

    async def by_reference(self, request: Request) -> Response:
        reference = request.query_params.get("reference")
        if not reference:
            raise bad_request(Mistake("reference", "", "what to ask for"))
        return _json(
            {"authorisations": await self._read(lambda: self._ledger.by_reference(reference))}
        )

    async def _read(self, read: Callable[[], T]) -> T:
        course = self._chances.course()
        await _before(course)
        found = read()
        await asyncio.sleep(course.half_s)
        return found

    async def ledger(self, request: Request) -> Response:
        """For audits: at once, whatever the latency and the errors are."""
        after = _number(request, "after", 0, least=0, most=10**18 - 1)
        limit = _number(request, "limit", PAGE, least=1, most=PAGE_MOST)
        page = await self._ledger.page(after, limit)
        following = page.entries[-1].seq if page.more else None
        return _json({"entries": page.entries, "next": following})


async def _before(course: Course) -> None:
    """The way to the effect. Raises Problem (503) where it ends there."""
    await asyncio.sleep(course.half_s)
    if course.fails:
        raise unavailable("the provider has a mishap; nothing was done")


def _refusal(problem: Problem, path: str) -> Decision:
    """It is kept as an answer like any other: the request was carried out, with this end."""
    return Decision(problem.status, bytes(problem.response(path).body), None)


def _number(request: Request, name: str, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not _INTEGER.fullmatch(text) or not least <= int(text) <= most:
        raise bad_request(Mistake(name, shown(text), f"an integer from {least} to {most}"))
    return int(text)


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


async def _described(_: Request) -> Response:
    return _json(openapi.document())
