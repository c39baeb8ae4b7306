"""What the provider tells of itself: OpenAPI 3.1."""

from __future__ import annotations

from shop_kit.problems import MEDIA_TYPE

_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def _json(schema: str) -> dict[str, object]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _answers(status: int, schema: str, *errors: int) -> dict[str, object]:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        str(status): {"description": "Done.", "content": _json(schema)},
        **{
            str(error): {"description": "Not done.", "content": {MEDIA_TYPE: problem}}
            for error in (401, *errors, 503)
        },
    }


def _action(name: str) -> dict[str, object]:
    return {
        "post": {
            "operationId": name,
            "parameters": [_ID, _KEY],
            "requestBody": {"content": _json("Amount")},
            "responses": _answers(200, "Authorisation", 400, 404, 408, 409, 413, 422),
        }
    }


_AMOUNT = {"type": "integer", "minimum": 1, "maximum": 10**12}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 100}

DOCUMENT: dict[str, object] = {
    "openapi": "3.1.0",
    "info": {"title": "payment-provider", "version": "1"},
    "security": [{"key": []}],
    "paths": {
        "/v1/authorisations": {
            "post": {
                "operationId": "authorise",
                "parameters": [_KEY],
                "requestBody": {"required": True, "content": _json("Authorise")},
                "responses": _answers(201, "Authorisation", 400, 408, 409, 413, 422),
            },
            "get": {
                "operationId": "find",
                "parameters": [
                    {"name": "reference", "in": "query", "required": True, "schema": _TEXT}
                ],
                "responses": _answers(200, "Authorisations", 400),
            },
        },
        "/v1/authorisations/{id}": {
            "get": {
                "operationId": "one",
                "parameters": [_ID],
                "responses": _answers(200, "Authorisation", 404),
            }
        },
        **{
            f"/v1/authorisations/{{id}}/{name}": _action(name)
            for name in ("capture", "void", "refund")
        },
    },
    "components": {
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "Authorise": {
                "type": "object",
                "additionalProperties": False,
                "required": ["amount_minor", "currency", "payment_method", "reference"],
                "properties": {
                    "amount_minor": _AMOUNT,
                    "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
                    "payment_method": _TEXT,
                    "reference": _TEXT,
                },
            },
            "Amount": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"amount_minor": _AMOUNT},
            },
            "Authorisation": {
                "type": "object",
                "required": ["id", "status", "amount_minor", "currency", "reference"],
                "properties": {
                    "id": {"type": "string"},
                    "status": {
                        "enum": ["authorised", "declined", "captured", "voided", "refunded"]
                    },
                    "amount_minor": {"type": "integer"},
                    "currency": {"type": "string"},
                    "reference": {"type": "string"},
                    "captured_minor": {"type": "integer"},
                    "refunded_minor": {"type": "integer"},
                    "decline_reason": {"type": ["string", "null"]},
                },
            },
            "Authorisations": {
                "type": "object",
                "required": ["authorisations"],
                "properties": {
                    "authorisations": {
                        "type": "array",
                        "items": {"$ref": "#/components/schemas/Authorisation"},
                    }
                },
            },
            "Problem": {
                "type": "object",
                "description": "RFC 9457.",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
