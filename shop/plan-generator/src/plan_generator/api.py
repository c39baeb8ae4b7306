"""`POST /generate-plan`, the plan that came of it, and the user's answer where it is asked for."""

from __future__ import annotations

import hashlib
import re
import uuid

import msgspec
from prometheus_client import CollectorRegistry, Counter
from shop_intents import Plan
from shop_kit import openapi
from shop_kit.auth import Signer, Token, admitted
from shop_kit.clock import CLOCK
from shop_kit.headers import idempotency_key
from shop_kit.metrics import RequestMetrics
from shop_kit.problems import (
    Problem,
    route,
    told,
)
from shop_kit.store import Store
from shop_kit.structs import struct_of
from shop_lookups import Lookup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from plan_generator import book
from plan_generator.bodies import Answer, Wanted
from plan_generator.errors import Unplannable
from plan_generator.making import Granted, answered, made
from plan_generator.mandates import Mandates
from plan_generator.openapi import DOCUMENT
from plan_generator.prices import prices_of
from plan_generator.quoting import checks_out_cart
from plan_generator.settings import GeneratorSettings

SCOPE = "shop"
USER_CHARS = 200
_ID = re.compile(r"p-[0-9a-f]{32}")
_WANTED = msgspec.json.Decoder(Wanted)
_ANSWER = msgspec.json.Decoder(Answer)


class Api:
    def __init__(
        self,
        config: GeneratorSettings,
        store: Store,
        lookup: Lookup,
        mandates: Mandates,
        signer: Signer,
        metrics: RequestMetrics,
        registry: CollectorRegistry,
    ) -> None:
        self._config = config
        self._store = store
        self._lookup = lookup
        self._mandates = mandates
        self._signer = signer
        self._metrics = metrics
        self._made = Counter("plans_made", "Plans, by approval.", ["approval"], registry=registry)

    def routes(self) -> list[BaseRoute]:
        return [
            route("POST", "/generate-plan", self.generate, self._metrics),
            route("GET", "/plans/{id}", self.shown, self._metrics),
            route("POST", "/plans/{id}/approval", self.approve, self._metrics),
            openapi.route(DOCUMENT),
        ]

    async def generate(self, request: Request) -> Response:
        token = user_of(request, self._signer)
        key = idempotency_key(request) if "idempotency-key" in request.headers else None
        wanted = await struct_of(request, _WANTED)
        digest = hashlib.sha256(msgspec.json.encode(wanted, order="deterministic")).hexdigest()
        plan = await self._known(token.subject, key, digest) if key is not None else None
        if plan is None:
            plan = await self._generated(token, key, digest, wanted)
        return _answer(plan, 201, {"Location": f"/plans/{plan.plan_id}"})

    async def _known(self, user_id: str, key: str, digest: str) -> Plan | None:
        """The plan that the key was used for. Raises Problem, 422, for another request."""
        with told():
            async with self._store.transaction() as connection:
                found = await book.of_key(connection, user_id, key)
        if found is None:
            return None
        plan, request = found
        if request != digest:
            raise Problem(422, "this Idempotency-Key was used for another request")
        return plan

    async def _generated(self, token: Token, key: str | None, digest: str, wanted: Wanted) -> Plan:
        granted = Granted(token.subject, token.scopes, self._config.confirm_over_minor)
        expires_at = int(CLOCK.now_s()) + self._config.ttl_s
        priced = wanted.cart if checks_out_cart(wanted.intent.acts) else ()
        try:
            prices = await prices_of(self._lookup, priced, wanted.intent.currency)
            plan = made(
                wanted, prices, granted, self._mandates, f"p-{uuid.uuid4().hex}", expires_at
            )
        except Unplannable as error:
            raise Problem(422, str(error)) from error
        with told():
            async with self._store.transaction() as connection:
                added = await book.add(connection, plan, key, digest)
        if added:
            self._made.labels(plan.approval).inc()
            return plan
        # Another request with the key was sooner.
        assert key is not None
        known = await self._known(token.subject, key, digest)
        assert known is not None
        return known

    async def shown(self, request: Request) -> Response:
        user_id = user_of(request, self._signer).subject
        with told():
            async with self._store.transaction() as connection:
                plan = await book.of(connection, _id(request), user_id)
        return _answer(_there(plan))

    async def approve(self, request: Request) -> Response:
        """The same answer again changes nothing; another one is too late."""
        user_id = user_of(request, self._signer).subject
        plan_id = _id(request)
        answer = await struct_of(request, _ANSWER)
        wish = "given" if answer.answer == "yes" else "refused"
        with told():
            async with self._store.transaction() as connection:
                plan = _there(await book.of(connection, plan_id, user_id, locked=True))
                if plan.approval == "not_needed":
                    raise Problem(409, "the plan needs no approval")
                if plan.approval not in ("needed", wish):
                    raise Problem(409, f"its approval was {plan.approval} before")
                if plan.approval == "needed":
                    if plan.expires_at <= CLOCK.now_s():
                        raise Problem(409, "the plan has expired; a new one is to be made")
                    plan = answered(plan, wish == "given", self._mandates)
                    await book.change(connection, plan)
        return _answer(plan)


def user_of(request: Request, signer: Signer) -> Token:
    """Raises Problem: 401, 403."""
    token = admitted(request, signer, SCOPE)
    if len(token.subject) > USER_CHARS:
        detail = f"a user's name has at most {USER_CHARS} characters"
        raise Problem(401, detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    return token


def _id(request: Request) -> str:
    """Raises Problem: what no plan of ours is named, no store is asked for."""
    plan_id = request.path_params["id"]
    if not _ID.fullmatch(plan_id):
        raise Problem(404, "you have no such plan")
    return plan_id


def _there(plan: Plan | None) -> Plan:
    if plan is None:
        raise Problem(404, "you have no such plan")
    return plan


def _answer(plan: Plan, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(plan), status, headers, "application/json")
