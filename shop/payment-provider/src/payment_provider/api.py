"""The provider's addresses: authorise, capture, void, refund; how things stand; the ledger."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
import uuid
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct
from shop_kit.metrics import RequestMetrics
from shop_kit.problems import (
    Answer as Handler,
)
from shop_kit.problems import (
    Mistake,
    Problem,
    answering,
    bad_request,
    limited_body,
    shown,
    unavailable,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from payment_provider import openapi
from payment_provider.behaviour import Behaviour, declined
from payment_provider.ledger import Answer, Ledger
from payment_provider.rules import Authorisation, Entry, WrongState, amount_of

LOST_S = 60.0
"""How long the answer is awaited that never comes."""
MOST_ENTRIES = 10_000
KEY_CHARS = 255
_KINDS = {"capture": "captured", "void": "voided", "refund": "refunded"}

Text = Annotated[str, Meta(min_length=1, max_length=100)]
AmountMinor = Annotated[int, Meta(ge=1, le=10**12)]
T = TypeVar("T")


class Authorise(Struct, forbid_unknown_fields=True):
    amount_minor: AmountMinor
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    payment_method: Text
    reference: Text


class Amount(Struct, forbid_unknown_fields=True):
    amount_minor: AmountMinor | None = None
    """Of a refund or a capture; the whole where none is given."""


_AUTHORISE = msgspec.json.Decoder(Authorise)
_AMOUNT = msgspec.json.Decoder(Amount)
_BEHAVIOUR = msgspec.json.Decoder(Behaviour)


class Api:
    def __init__(
        self, ledger: Ledger, key: str, behaviour: Behaviour, seed: int, metrics: RequestMetrics
    ) -> None:
        self._ledger = ledger
        self._key = key.encode()
        self._behaviour = behaviour
        self._seed = seed
        self._chance = random.Random(seed)
        self._under_way: set[str] = set()
        self._metrics = metrics

    def routes(self) -> list[BaseRoute]:
        async def described(_: Request) -> Response:
            return JSONResponse(openapi.DOCUMENT)

        def route(method: str, path: str, handler: Handler, name: str = "") -> Route:
            told = f"{method} {name or path}"
            return Route(path, answering(told, handler, self._metrics), methods=[method])

        one = "/v1/authorisations/{id}"
        return [
            route("POST", "/v1/authorisations", self.authorise),
            route("GET", "/v1/authorisations", self.find),
            route("GET", one, self.one),
            route("POST", f"{one}/capture", self._action("capture")),
            route("POST", f"{one}/void", self._action("void")),
            route("POST", f"{one}/refund", self._action("refund")),
            route("GET", "/v1/ledger", self.entries),
            route("GET", "/admin/behaviour", self.behaviour),
            route("PUT", "/admin/behaviour", self.behave),
            Route("/openapi.json", described),
        ]

    async def authorise(self, request: Request) -> Response:
        async def effect(key: str, body: bytes) -> Entry:
            asked = _decoded(_AUTHORISE, body)
            rate = self._behaviour.decline_rate
            refused = declined(asked.payment_method, key, rate, self._seed)
            return Entry(
                kind="declined" if refused else "authorised",
                authorisation_id=f"auth_{uuid.uuid4().hex}",
                reference=asked.reference,
                amount_minor=asked.amount_minor,
                currency=asked.currency,
                idempotency_key=key,
                reason="card_declined" if refused else "",
            )

        return await self._once(request, 201, effect)

    def _action(self, action: str) -> Handler:
        async def handle(request: Request) -> Response:
            async def effect(key: str, body: bytes) -> Entry:
                asked = _decoded(_AMOUNT, body or b"{}")
                held = self._held(request)
                try:
                    amount_minor = amount_of(action, held, asked.amount_minor)
                except WrongState as error:
                    raise Problem(409, str(error)) from error
                return Entry(
                    kind=_KINDS[action],  # type: ignore[arg-type]
                    authorisation_id=held.id,
                    reference=held.reference,
                    amount_minor=amount_minor,
                    currency=held.currency,
                    idempotency_key=key,
                )

            return await self._once(request, 200, effect)

        return handle

    async def find(self, request: Request) -> Response:
        await self._admitted(request)
        reference = request.query_params.get("reference", "")
        if not 1 <= len(reference) <= 100:
            raise bad_request(Mistake("reference", shown(reference), "1 to 100 characters"))
        await self._ledger.settled()
        return _json({"authorisations": self._ledger.by_reference(reference)})

    async def one(self, request: Request) -> Response:
        await self._admitted(request)
        await self._ledger.settled()
        return _json(self._held(request))

    async def entries(self, request: Request) -> Response:
        """For audits; it answers during an outage too, as a statement by mail would."""
        self._known(request)
        after, limit = (_number(request, *each) for each in (("after", 0), ("limit", 1_000)))
        if not 1 <= limit <= MOST_ENTRIES:
            raise bad_request(Mistake("limit", str(limit), f"from 1 to {MOST_ENTRIES}"))
        found = await self._ledger.entries(after, limit)
        return _json({"entries": found, "next": found[-1].seq if found else after})

    async def behaviour(self, request: Request) -> Response:
        self._known(request)
        return _json(self._behaviour)

    async def behave(self, request: Request) -> Response:
        self._known(request)
        self._behaviour = _decoded(_BEHAVIOUR, await limited_body(request))
        return _json(self._behaviour)

    # -- the rules of idempotency keys -------------------------------------------------------------

    async def _once(
        self, request: Request, status: int, effect: Callable[[str, bytes], Awaitable[Entry]]
    ) -> Response:
        """The effect, unless the key has had it: then its first answer again."""
        await self._admitted(request)
        key = request.headers.get("idempotency-key", "")
        if not 1 <= len(key) <= KEY_CHARS:
            expected = f"1 to {KEY_CHARS} characters"
            raise bad_request(Mistake("Idempotency-Key", shown(key), expected))
        body = await limited_body(request)
        fingerprint = hashlib.sha256(request.scope["path"].encode() + b"\n" + body).hexdigest()
        if key in self._under_way:
            raise Problem(409, "a request with this key is under way")
        owed = self._ledger.answer(key)
        if owed is not None:
            return await self._again(owed, fingerprint)
        self._under_way.add(key)
        try:
            latency_s = self._behaviour.latency.draw_s(self._chance)
            await asyncio.sleep(latency_s / 2)
            entry = await effect(key, body)
            entry, now = self._ledger.add(entry)
            answer = Answer(fingerprint, status, msgspec.json.encode(now))
            await self._ledger.kept(entry, answer)
        finally:
            self._under_way.discard(key)
        if self._chance.random() < self._behaviour.lost_reply_rate:
            await asyncio.sleep(LOST_S)
            raise unavailable("the answer was lost")
        await asyncio.sleep(latency_s / 2)
        return Response(answer.body, status, media_type="application/json")

    async def _again(self, owed: Answer, fingerprint: str) -> Response:
        if owed.fingerprint != fingerprint:
            raise Problem(422, "this Idempotency-Key was used for another request")
        await self._ledger.settled()
        await asyncio.sleep(self._behaviour.latency.draw_s(self._chance) / 2)
        headers = {"Idempotent-Replayed": "true"}
        return Response(owed.body, owed.status, headers, "application/json")

    async def _admitted(self, request: Request) -> None:
        self._known(request)
        if self._behaviour.outage:
            raise unavailable("an outage")
        if self._chance.random() < self._behaviour.error_rate:
            raise unavailable("an error")

    def _known(self, request: Request) -> None:
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        given = text.strip().encode(errors="replace")
        if kind.lower() != "bearer" or not hmac.compare_digest(given, self._key):
            headers = {"WWW-Authenticate": 'Bearer realm="payment-provider"'}
            raise Problem(401, "the provider's key is needed", headers=headers)

    def _held(self, request: Request) -> Authorisation:
        held = self._ledger.authorisation(request.path_params["id"])
        if held is None:
            raise Problem(404, "no authorisation has this id")
        return held


def _decoded(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.MsgspecError as error:
        expected, _, where = str(error).partition(" - at `$")
        name = where.rstrip("`").lstrip(".") or "body"
        raise bad_request(Mistake(name, shown(body), expected)) from error


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise bad_request(Mistake(name, shown(text), "a whole number"))
    return int(text)


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
