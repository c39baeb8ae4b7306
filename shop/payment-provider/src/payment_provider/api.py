"""The provider's addresses: authorise, capture, void, refund; how things stand; the ledger."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
import uuid
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import structlog
from msgspec import Meta, Struct
from shop_kit import openapi
from shop_kit.headers import idempotency_key
from shop_kit.metrics import RequestMetrics
from shop_kit.problems import Answer as Handler
from shop_kit.problems import Mistake, Problem, answering, bad_request, shown, unavailable
from shop_kit.structs import struct_of
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from payment_provider.behaviour import Behaviour, declined
from payment_provider.errors import key_in_use, other_request, wrong_state
from payment_provider.ledger import Answer, Ledger, Unavailable
from payment_provider.openapi import DOCUMENT
from payment_provider.rules import Authorisation, Entry, WrongState, amount_of

log = structlog.get_logger()

LOST_S = 60.0
"""How late an answer comes that is lost: later than anybody waits."""
BODY_BYTES = 16 * 1024
MOST_ENTRIES = 10_000
KEY_CHARS = 255
_KINDS = {"capture": "captured", "void": "voided", "refund": "refunded"}

Text = Annotated[str, Meta(min_length=1, max_length=100)]
AmountMinor = Annotated[int, Meta(ge=1, le=10**12)]
Effect = Callable[[], Entry]
"""What takes place. Raises Problem where nothing does."""


class Authorise(Struct, forbid_unknown_fields=True):
    amount_minor: AmountMinor
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    payment_method: Text
    reference: Text


class Amount(Struct, forbid_unknown_fields=True):
    amount_minor: AmountMinor | None = None
    """Of a refund or a capture; the whole where none is given."""


class Nothing(Struct, forbid_unknown_fields=True):
    """Of a void: it has no parts."""


_AUTHORISE = msgspec.json.Decoder(Authorise)
_AMOUNT = msgspec.json.Decoder(Amount)
_NOTHING = msgspec.json.Decoder(Nothing)
_BEHAVIOUR = msgspec.json.Decoder(Behaviour)


class Api:
    def __init__(
        self,
        ledger: Ledger,
        key: str,
        behaviour: Behaviour,
        seed: int,
        metrics: RequestMetrics,
        stop: asyncio.Event,
    ) -> None:
        self._ledger = ledger
        self._key = key.encode()
        self._behaviour = behaviour
        self._seed = seed
        self._chance = random.Random(seed)
        self._under_way: dict[str, str] = {}
        """Fingerprints, by key."""
        self._metrics = metrics
        self._stop = stop

    def routes(self) -> list[BaseRoute]:
        def route(method: str, path: str, handler: Handler, name: str = "") -> Route:
            told = f"{method} {name or path}"
            return Route(path, answering(told, _telling(handler), self._metrics), methods=[method])

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
            openapi.route(DOCUMENT),
        ]

    async def authorise(self, request: Request) -> Response:
        key = await self._key_of(request)
        asked = await struct_of(request, _AUTHORISE, BODY_BYTES)

        def effect() -> Entry:
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

        return await self._once(request, key, asked, 201, effect)

    def _action(self, action: str) -> Handler:
        decoder = _NOTHING if action == "void" else _AMOUNT

        async def handle(request: Request) -> Response:
            key = await self._key_of(request)
            asked = await struct_of(request, decoder, BODY_BYTES)

            def effect() -> Entry:
                held = self._held(request)
                try:
                    amount_minor = amount_of(action, held, getattr(asked, "amount_minor", None))
                except WrongState as error:
                    raise wrong_state(error) from error
                return Entry(
                    kind=_KINDS[action],  # type: ignore[arg-type]
                    authorisation_id=held.id,
                    reference=held.reference,
                    amount_minor=amount_minor,
                    currency=held.currency,
                    idempotency_key=key,
                )

            return await self._once(request, key, asked, 200, effect)

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
        self._behaviour = await struct_of(request, _BEHAVIOUR, BODY_BYTES)
        log.info("behaviour", **msgspec.to_builtins(self._behaviour))
        return _json(self._behaviour)

    # -- the rules of idempotency keys -------------------------------------------------------------

    async def _key_of(self, request: Request) -> str:
        """Of a request that is admitted. Raises Problem."""
        await self._admitted(request)
        return idempotency_key(request, KEY_CHARS)

    async def _once(
        self, request: Request, key: str, asked: Struct, status: int, effect: Effect
    ) -> Response:
        """The effect, unless the key has had it: then its first answer again."""
        # Of what was read: the same request may write its JSON in another way.
        whole = request.scope["path"].encode() + b"\n" + msgspec.json.encode(asked)
        fingerprint = hashlib.sha256(whole).hexdigest()
        before = self._under_way.get(key)
        if before is not None:
            raise key_in_use(key) if before == fingerprint else other_request(key)
        owed = self._ledger.answer(key)
        if owed is not None:
            return await self._again(request, key, owed, fingerprint)
        self._under_way[key] = fingerprint
        try:
            latency_s = self._behaviour.latency.draw_s(self._chance)
            await asyncio.sleep(latency_s / 2)
            entry, now = self._ledger.add(effect())
            answer = Answer(fingerprint, status, msgspec.json.encode(now))
            await self._ledger.kept(entry, answer)
        finally:
            del self._under_way[key]
        await self._way_back(request, latency_s / 2)
        return Response(answer.body, status, media_type="application/json")

    async def _again(self, request: Request, key: str, owed: Answer, fingerprint: str) -> Response:
        if owed.fingerprint != fingerprint:
            raise other_request(key)
        await self._way_back(request, self._behaviour.latency.draw_s(self._chance) / 2)
        headers = {"Idempotent-Replayed": "true"}
        return Response(owed.body, owed.status, headers, "application/json")

    async def _way_back(self, request: Request, latency_s: float) -> None:
        """Of an answer that may be lost: then for a minute, or until the caller has given up, or
        the service ends."""
        await asyncio.sleep(latency_s)
        if self._chance.random() >= self._behaviour.lost_reply_rate:
            return
        ends = [asyncio.create_task(request.receive()), asyncio.create_task(self._stop.wait())]
        await asyncio.wait(ends, timeout=LOST_S, return_when=asyncio.FIRST_COMPLETED)
        for each in ends:
            each.cancel()
        await asyncio.gather(*ends, return_exceptions=True)

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


def _telling(handler: Handler) -> Handler:
    async def told(request: Request) -> Response:
        try:
            return await handler(request)
        except Unavailable as error:
            raise unavailable(str(error)) from error

    return told


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise bad_request(Mistake(name, shown(text), "a whole number"))
    return int(text)


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
