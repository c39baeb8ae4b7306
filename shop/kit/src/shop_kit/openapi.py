"""What services tell of themselves at `/openapi.json` (OpenAPI 3.1): the parts that they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from shop_kit.problems import BODY_BYTES, MEDIA_TYPE, SCHEMA

Json = dict[str, object]

REFERENCE = "#/components/schemas/{}"
ERRORS: Mapping[int, str] = {
    400: "Not a request that can be answered; `errors` names the fields.",
    401: "No token, or not a good one.",
    403: "The token does not have the scope.",
    408: "The body did not come in time.",
    413: f"The body has more than {BODY_BYTES // 1024} KiB.",
    415: "The body is not application/json.",
    500: "A mistake of the service.",
    503: "It cannot be done now; the same request may succeed in a second.",
}
OF_BODIES = (400, 408, 413, 415)
TOKEN: Json = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def document(
    title: str, paths: Mapping[str, object], schemas: Mapping[str, object], scheme: Json = TOKEN
) -> Json:
    """`Problem` is among its schemas; each operation needs what `scheme` says."""
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "security": [{"bearer": []}],
        "paths": dict(paths),
        "components": {
            "securitySchemes": {"bearer": scheme},
            "schemas": {**schemas, "Problem": SCHEMA},
        },
    }


def route(document: Json) -> BaseRoute:
    async def described(_: Request) -> Response:
        return JSONResponse(document)

    return Route("/openapi.json", described)


def content(schema: str, media_type: str = "application/json") -> Json:
    return {media_type: {"schema": {"$ref": REFERENCE.format(schema)}}}


def body(schema: str) -> Json:
    return {"required": True, "content": content(schema)}


def answers(
    good: Mapping[int, object], *errors: int, told: Mapping[int, str] | None = None
) -> Json:
    """Good ones as they are; of errors, problem details, and what they mean: `told`, or as usual.

    Those of every operation (401, 500, 503) are among them, and need not be named.
    """
    words = {**ERRORS, **(told or {})}
    statuses: set[int] = {401, 500, 503, *errors, *(told or {})}
    problem = content("Problem", MEDIA_TYPE)
    return {
        **{str(status): answer for status, answer in good.items()},
        **{
            str(each): {"description": words[each], "content": problem} for each in sorted(statuses)
        },
    }


def done(schema: str, description: str = "Done.") -> Json:
    return {"description": description, "content": content(schema)}


def in_path(name: str, schema: Json | None = None) -> Json:
    whole = schema or {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "schema": whole}


def record(properties: Json) -> Json:
    """An object that has all of them."""
    return {"type": "object", "required": list(properties), "properties": properties}


def structs(**kinds: Any) -> dict[str, object]:
    """Schemas of msgspec's types, each by the name given, with those that they are made of."""
    template = REFERENCE.format("{name}")
    found, parts = msgspec.json.schema_components(kinds.values(), ref_template=template)
    return {**dict(zip(kinds, found, strict=True)), **parts}
