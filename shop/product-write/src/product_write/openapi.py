"""What the service tells of itself: OpenAPI 3.1, the body's schema from the type that checks it."""

from __future__ import annotations

from shop_kit.problems import MEDIA_TYPE, SCHEMA

from product_write.changes import ID_CHARS, ProductChange

_ERRORS = {
    400: "Not a request that can be answered; `errors` names the fields.",
    401: "No token, or not a good one.",
    403: "The token does not have the scope.",
    404: "No product has this id.",
    408: "The body did not come in time.",
    412: "The product is at another version.",
    413: "The body has more than 256 KiB.",
    415: "The body is not application/json.",
    500: "A mistake of the service.",
    503: "The store does not answer.",
}


def document(scope: str) -> dict[str, object]:
    template = "#/components/schemas/{model}"
    change = ProductChange.model_json_schema(ref_template=template)
    schemas = {**change.pop("$defs"), "ProductChange": change, **_ANSWERS}
    return {
        "openapi": "3.1.0",
        "info": {"title": "product-write", "version": "1"},
        "paths": {"/api/products/{id}": {"patch": _patch(scope)}},
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def _patch(scope: str) -> dict[str, object]:
    return {
        "operationId": "changeProduct",
        "summary": "Change a product's text, prices or stock; at least one of them",
        "description": f"The token needs the scope `{scope}`.",
        "security": [{"token": []}],
        "parameters": [
            {
                "name": "id",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "minLength": 1, "maxLength": ID_CHARS},
            },
            {
                "name": "If-Match",
                "in": "header",
                "description": 'Change it only at this version, such as `"7"`.',
                "schema": {"type": "string"},
            },
        ],
        "requestBody": {"required": True, "content": _content("application/json", "ProductChange")},
        "responses": {
            "200": {
                "description": "Changed.",
                "headers": {"ETag": {"description": "The version.", "schema": {"type": "string"}}},
                "content": _content("application/json", "Changed"),
            },
            **{
                str(status): {
                    "description": description,
                    "content": _content(MEDIA_TYPE, "Problem"),
                }
                for status, description in _ERRORS.items()
            },
        },
    }


def _content(media_type: str, schema: str) -> dict[str, object]:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


_ANSWERS: dict[str, object] = {
    "Changed": {
        "type": "object",
        "required": ["product_id", "version", "changed_at"],
        "properties": {
            "product_id": {"type": "string"},
            "version": {"type": "integer", "minimum": 1},
            "changed_at": {"type": "string", "format": "date-time"},
        },
    },
    "Problem": SCHEMA,
}
