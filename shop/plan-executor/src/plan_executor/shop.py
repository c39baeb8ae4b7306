"""The shop as a user has it: carts, checkouts, orders, over HTTP.

Whoever reads may read again. What changes something is asked for in words that may be repeated: a
quantity that is set, a checkout under one key.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
import yarl
from msgspec import Struct
from opentelemetry import propagate
from shop_intents import CartLine
from shop_kit.auth import Signer
from shop_messages import Line

from plan_executor.carting import Cart
from plan_executor.conditions import Order
from plan_executor.errors import NoAnswer, Rejected

SCOPE = "shop"
TOKEN_S = 60
"""A token is made for each request, and is good for no longer."""
ANSWER_S = 10.0
"""Longer than the shop takes for what it does not put off."""
SHOWN_CHARS = 300


class _Cart(Struct):
    items: list[CartLine]


class _Accepted(Struct):
    checkout_id: str


class CheckoutState(Struct, frozen=True):
    checkout_id: str
    state: str
    total_minor: int
    order_id: str | None = None
    reason: str | None = None


class _Order(Struct):
    order_id: str
    checkout_id: str
    state: str
    lines: tuple[Line, ...]
    total_minor: int
    currency: str


class _Orders(Struct):
    orders: list[_Order]


class _Problem(Struct):
    detail: str = ""


@dataclass(frozen=True)
class Addresses:
    checkout: str
    order: str


class Shop:
    """Of one user. Every request raises NoAnswer or Rejected where it is not answered well."""

    def __init__(
        self, session: aiohttp.ClientSession, addresses: Addresses, signer: Signer, user_id: str
    ) -> None:
        self._session = session
        self._addresses = addresses
        self._signer = signer
        self._user_id = user_id

    async def cart(self, cart_id: str) -> Cart:
        found = await self._checkout("GET", f"/api/carts/{quote(cart_id, '')}/items", _Cart)
        return {line.variant_id: line for line in found.items}

    async def add_line(self, cart_id: str, product_id: str, variant_id: str, units: int) -> None:
        body = {"product_id": product_id, "variant_id": variant_id, "quantity": units}
        await self._checkout("POST", f"/api/carts/{quote(cart_id, '')}/items", _Cart, body)

    async def set_line(self, cart_id: str, variant_id: str, units: int) -> None:
        """0: the line goes. Rejected, 404, where there is none."""
        path = f"/api/carts/{quote(cart_id, '')}/items/{quote(variant_id, '')}"
        if units == 0:
            await self._checkout("DELETE", path, _Cart)
        else:
            await self._checkout("PUT", path, _Cart, {"quantity": units})

    async def check_out(self, key: str, lines: Sequence[Line], payment_method: str) -> str:
        """Gives the checkout's id; the same key, the same checkout."""
        items = [
            {"product_id": e.product_id, "variant_id": e.variant_id, "quantity": e.quantity}
            for e in lines
        ]
        body = {"items": items, "payment_method": payment_method}
        return (await self._begin(key, body)).checkout_id

    async def knows(self, key: str) -> bool:
        """Whether a checkout was begun under the key; asking begins none.

        What is asked for cannot be sold: a key that is new is rejected for that (400), and one that
        was used, for being used for something else (422).
        """
        nothing = {"product_id": f"none-{uuid.uuid4().hex}", "variant_id": "none", "quantity": 1}
        try:
            await self._begin(key, {"items": [nothing], "payment_method": "none"})
        except Rejected as error:
            if error.status == 422:
                return True
            if error.status == 400:
                return False
            raise
        raise Rejected(202, "the shop sold what it does not have")

    async def take_back(self, checkout_id: str) -> None:
        """Begin to undo a confirmed one; again, nothing more. Rejected, 409: it is under way."""
        path = f"/api/checkout/{quote(checkout_id, '')}/cancellation"
        await self._checkout("POST", path, _Accepted)

    async def checkout(self, checkout_id: str, wait_s: int) -> CheckoutState:
        """At its end, or in `wait_s` seconds."""
        return await self._checkout(
            "GET", f"/api/checkout/{quote(checkout_id, '')}", CheckoutState,
            headers={"Prefer": f"wait={wait_s}"}, more_s=wait_s,
        )  # fmt: skip

    async def order(self, order_id: str) -> Order | None:
        url = f"{self._addresses.order}/api/orders/{quote(order_id, '')}"
        try:
            return _order(await self._ask("GET", url, _Order))
        except Rejected as error:
            if error.status == 404:
                return None
            raise

    async def orders(self) -> list[Order]:
        """The newest."""
        found = await self._ask("GET", f"{self._addresses.order}/api/orders", _Orders)
        return [_order(each) for each in found.orders]

    async def _begin(self, key: str, body: dict[str, Any]) -> _Accepted:
        headers = {"Idempotency-Key": key}
        return await self._checkout("POST", "/api/checkout", _Accepted, body, headers=headers)

    async def _checkout(self, method: str, path: str, *more: Any, **by: Any) -> Any:
        return await self._ask(method, self._addresses.checkout + path, *more, **by)

    async def _ask(
        self,
        method: str,
        url: str,
        kind: type[Any],
        body: dict[str, Any] | None = None,
        *,
        headers: dict[str, str] | None = None,
        more_s: float = 0.0,
    ) -> Any:
        token = self._signer.token(self._user_id, [SCOPE], TOKEN_S)
        sent = {**(headers or {}), "Authorization": f"Bearer {token}"}
        propagate.inject(sent)
        timeout = aiohttp.ClientTimeout(total=ANSWER_S + more_s)
        try:
            # `encoded`: what stands in an id is no part of the path's own syntax.
            async with self._session.request(
                *(method, yarl.URL(url, encoded=True)), json=body, headers=sent, timeout=timeout
            ) as answer:
                text = await answer.read()
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NoAnswer(f"no answer: {error!r}") from error
        if status >= 500 or status in (408, 409, 429):
            raise NoAnswer(f"{status}: {_detail(text)}")
        if status >= 300:
            raise Rejected(status, _detail(text))
        try:
            return msgspec.json.decode(text, type=kind)
        except msgspec.MsgspecError as error:
            raise NoAnswer(f"{status}, and not in words that are known: {error}") from error


def _detail(text: bytes) -> str:
    try:
        detail = msgspec.json.decode(text, type=_Problem).detail
    except (msgspec.MsgspecError, UnicodeDecodeError):
        detail = text.decode(errors="replace")
    return detail[:SHOWN_CHARS]


def _order(found: _Order) -> Order:
    return Order(
        found.order_id, found.checkout_id, found.state, found.lines, found.total_minor,
        found.currency,
    )  # fmt: skip
