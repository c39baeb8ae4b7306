"""What the service tells of itself: OpenAPI 3.1, the body's schema from the type that checks it."""

from __future__ import annotations

from shop_kit import openapi
from shop_kit.openapi import OF_BODIES, Json, answers, body, done, in_path

from product_write.changes import ID_CHARS, ProductChange

_ERRORS = {404: "No product has this id.", 412: "The product is at another version."}


def document(scope: str) -> Json:
    change = ProductChange.model_json_schema(ref_template=openapi.REFERENCE.format("{model}"))
    schemas = {**change.pop("$defs"), "ProductChange": change, **_ANSWERS}
    paths = {"/api/products/{id}": {"patch": _patch(scope)}}
    return openapi.document("product-write", paths, schemas)


def _patch(scope: str) -> Json:
    return {
        "operationId": "changeProduct",
        "summary": "Change a product's text, prices or stock; at least one of them",
        "description": f"The token needs the scope `{scope}`.",
        "parameters": [
            in_path("id", {"type": "string", "minLength": 1, "maxLength": ID_CHARS}),
            {
                "name": "If-Match",
                "in": "header",
                "description": 'Change it only at this version, such as `"7"`.',
                "schema": {"type": "string"},
            },
        ],
        "requestBody": body("ProductChange"),
        "responses": answers({200: _CHANGED}, *OF_BODIES, 403, told=_ERRORS),
    }


_CHANGED = done("Changed", "Changed.") | {
    "headers": {"ETag": {"description": "The version.", "schema": {"type": "string"}}}
}
_ANSWERS: Json = {
    "Changed": {
        "type": "object",
        "required": ["product_id", "version", "changed_at"],
        "properties": {
            "product_id": {"type": "string"},
            "version": {"type": "integer", "minimum": 1},
            "changed_at": {"type": "string", "format": "date-time"},
        },
    },
}
