"""`PATCH /api/products/{id}`: who may, what is asked, the change made, the errors put in words."""

from __future__ import annotations

from dataclasses import asdict

from shop_kit import openapi
from shop_kit.auth import Signer, admitted
from shop_kit.metrics import RequestMetrics
from shop_kit.problems import Mistake, Problem, answering, bad_request, body_as, shown, unavailable
from shop_kit.store import Store, Unavailable
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from product_write.changes import ProductChange, check_id, etag, tags
from product_write.changing import Changed, change
from product_write.errors import NotFound, OtherVersion, UnknownVariants
from product_write.openapi import document

SCOPE = "catalogue:write"


class Api:
    def __init__(self, store: Store, signer: Signer, metrics: RequestMetrics) -> None:
        self._store = store
        self._signer = signer
        self._metrics = metrics

    def routes(self) -> list[BaseRoute]:
        patch = answering("PATCH /api/products/{id}", self.patch, self._metrics)
        return [
            Route("/api/products/{id}", patch, methods=["PATCH"]),
            openapi.route(document(SCOPE)),
        ]

    async def patch(self, request: Request) -> Response:
        admitted(request, self._signer, SCOPE)
        product_id = _product_id(request)
        wanted = _tags(request)
        asked = await body_as(ProductChange, request)
        changed = await self._change(product_id, asked, wanted)
        return JSONResponse(asdict(changed), headers={"ETag": etag(changed.version)})

    async def _change(
        self, product_id: str, asked: ProductChange, wanted: frozenset[str] | None
    ) -> Changed:
        """The one place where the store's answers become problems."""
        try:
            async with self._store.transaction() as connection:
                return await change(connection, product_id, asked, wanted)
        except NotFound as error:
            raise Problem(404, str(error)) from error
        except OtherVersion as error:
            raise Problem(412, str(error), headers={"ETag": etag(error.version)}) from error
        except UnknownVariants as error:
            raise bad_request(
                *(
                    Mistake(f"variants[{number}].id", shown(each.id), "a variant of the product")
                    for number, each in enumerate(asked.of_variants())
                    if each.id in error.ids
                )
            ) from error
        except Unavailable as error:
            raise unavailable(str(error)) from error


def _product_id(request: Request) -> str:
    product_id = request.path_params["id"]
    try:
        return check_id(product_id)
    except ValueError as error:
        raise bad_request(Mistake("id", shown(product_id), str(error))) from error


def _tags(request: Request) -> frozenset[str] | None:
    given = request.headers.getlist("if-match")
    if not given:
        return None
    try:
        return tags(", ".join(given))
    except ValueError as error:
        raise bad_request(Mistake("If-Match", shown(", ".join(given)), str(error))) from error
