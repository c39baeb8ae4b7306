"""`/api/carts/{id}/items`: what a user means to buy. Each has their own, whatever the id."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError
from shop_kit.auth import Signer
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
from shop_lookups import Lookup
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from checkout_orchestrator.bodies import MOST_ITEMS, Id, Item, Units
from checkout_orchestrator.quotes import quoted
from checkout_orchestrator.telling import user_of

_ID = TypeAdapter[str](Id)
_ITEMS = """
    SELECT product_id, variant_id, quantity FROM cart_items
    WHERE user_id = $1 AND cart_id = $2 ORDER BY added_at, variant_id
"""
_ADD = """
    INSERT INTO cart_items (user_id, cart_id, variant_id, product_id, quantity)
    SELECT $1, $2, $3, $4, $5
    WHERE (SELECT count(*) FROM cart_items
           WHERE user_id = $1 AND cart_id = $2 AND variant_id <> $3) < $6
    ON CONFLICT (user_id, cart_id, variant_id)
    DO UPDATE SET quantity = cart_items.quantity + excluded.quantity
    RETURNING quantity
"""


class Carts:
    def __init__(
        self, store: Store, lookup: Lookup, signer: Signer, metrics: RequestMetrics
    ) -> None:
        self._store = store
        self._lookup = lookup
        self._signer = signer
        self._metrics = metrics

    def routes(self) -> list[BaseRoute]:
        items, one = "/api/carts/{id}/items", "/api/carts/{id}/items/{variant_id}"
        return [
            route("GET", items, self.shown, self._metrics),
            route("POST", items, self.add, self._metrics),
            route("DELETE", items, self.empty, self._metrics),
            route("PUT", one, self.put, self._metrics),
            route("DELETE", one, self.remove, self._metrics),
        ]

    async def items(self, user_id: str, cart_id: str) -> list[Item]:
        """Raises Unavailable."""
        async with self._store.transaction() as connection:
            rows = await connection.fetch(_ITEMS, user_id, cart_id)
        return [Item(**dict(row)) for row in rows]

    async def shown(self, request: Request) -> Response:
        user_id, cart_id = self._of(request)
        with told():
            return await self._answer(user_id, cart_id)

    async def add(self, request: Request) -> Response:
        user_id, cart_id = self._of(request)
        item = await body_as(Item, request)
        await quoted(self._lookup, [item], named="")  # it is to be one that can be bought
        with told():
            async with self._store.transaction() as connection:
                quantity = await connection.fetchval(
                    _ADD,
                    *(user_id, cart_id, item.variant_id, item.product_id, item.quantity),
                    MOST_ITEMS,
                )
                if quantity is None:
                    raise Problem(409, f"a cart holds {MOST_ITEMS} variants at most")
                if quantity > 1000:
                    expected = "no more than 1000 of a variant in a cart"
                    raise bad_request(Mistake("quantity", str(item.quantity), expected))
            return await self._answer(user_id, cart_id, 201)

    async def put(self, request: Request) -> Response:
        user_id, cart_id = self._of(request)
        units = await body_as(Units, request)
        await self._changed(
            "UPDATE cart_items SET quantity = $4 WHERE user_id = $1 AND cart_id = $2"
            " AND variant_id = $3",
            *(user_id, cart_id, _id(request, "variant_id"), units.quantity),
        )
        with told():
            return await self._answer(user_id, cart_id)

    async def remove(self, request: Request) -> Response:
        user_id, cart_id = self._of(request)
        await self._changed(
            "DELETE FROM cart_items WHERE user_id = $1 AND cart_id = $2 AND variant_id = $3",
            *(user_id, cart_id, _id(request, "variant_id")),
        )
        with told():
            return await self._answer(user_id, cart_id)

    async def empty(self, request: Request) -> Response:
        user_id, cart_id = self._of(request)
        with told():
            async with self._store.transaction() as connection:
                await connection.execute(
                    "DELETE FROM cart_items WHERE user_id = $1 AND cart_id = $2", user_id, cart_id
                )
            return await self._answer(user_id, cart_id)

    async def _changed(self, statement: str, *values: object) -> None:
        with told():
            async with self._store.transaction() as connection:
                if (await connection.execute(statement, *values)).endswith(" 0"):
                    raise Problem(404, "the cart does not hold this variant")

    async def _answer(self, user_id: str, cart_id: str, status: int = 200) -> Response:
        items = await self.items(user_id, cart_id)
        body = {"cart_id": cart_id, "items": [item.model_dump() for item in items]}
        return JSONResponse(body, status)

    def _of(self, request: Request) -> tuple[str, str]:
        return user_of(request, self._signer), _id(request, "id")


def _id(request: Request, name: str) -> str:
    """A part of the path. Raises Problem."""
    found = request.path_params[name]
    try:
        return _ID.validate_python(found)
    except ValidationError as error:
        expected = "1 to 64 printable ASCII characters, without spaces"
        raise bad_request(Mistake(name, shown(found), expected)) from error
