"""What the provider tells of itself: OpenAPI 3.1."""

from __future__ import annotations

from shop_kit.openapi import ERRORS, OF_BODIES, Json, answers, content, document, done, in_path

_ID = in_path("id", {"type": "string"})
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The same again: the first answer again, with `Idempotent-Replayed: true`.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "pattern": "^[!-~]([ -~]*[!-~])?$",
    },
}
_ERRORS = {
    **ERRORS,
    401: "Not the provider's key.",
    404: "No authorisation has this id.",
    409: "By its `type`: a request with the key is under way, or the `state` does not allow it.",
    413: "The body has more than 16 KiB.",
    422: "The key was used for another request.",
    503: "An outage, or an error before any effect.",
}


def _answers(status: int, schema: str, *errors: int) -> Json:
    told = {each: _ERRORS[each] for each in (401, 503, *errors)}
    return answers({status: done(schema)}, told=told)


def _action(name: str, body: str) -> Json:
    return {
        "post": {
            "operationId": name,
            "parameters": [_ID, _KEY],
            "requestBody": {"content": content(body)},
            "responses": _answers(200, "Authorisation", *OF_BODIES, 404, 409, 422),
        }
    }


_AMOUNT = {"type": "integer", "minimum": 1, "maximum": 10**12}
_MS = {"type": "number", "minimum": 0, "maximum": 600_000}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 100}

DOCUMENT = document(
    "payment-provider",
    {
        "/v1/authorisations": {
            "post": {
                "operationId": "authorise",
                "parameters": [_KEY],
                "requestBody": {"required": True, "content": content("Authorise")},
                "responses": _answers(201, "Authorisation", *OF_BODIES, 409, 422),
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
            f"/v1/authorisations/{{id}}/{name}": _action(name, body)
            for name, body in (("capture", "Amount"), ("void", "Nothing"), ("refund", "Amount"))
        },
        "/v1/ledger": {
            "get": {
                "operationId": "entries",
                "parameters": [
                    {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0}},
                    {
                        "name": "limit",
                        "in": "query",
                        "schema": {"type": "integer", "minimum": 1, "maximum": 10_000},
                    },
                ],
                "responses": _answers(200, "Entries", 400),
            }
        },
        "/admin/behaviour": {
            "get": {"operationId": "behaviour", "responses": _answers(200, "Behaviour")},
            "put": {
                "operationId": "behave",
                "description": "What is left out has its default: none of it, and card networks'"
                " latency.",
                "requestBody": {"content": content("Behaviour")},
                "responses": _answers(200, "Behaviour", *OF_BODIES),
            },
        },
    },
    {
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
        "Nothing": {"type": "object", "additionalProperties": False},
        "Behaviour": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "latency": {
                    "type": "object",
                    "additionalProperties": False,
                    "description": "Lognormal; none where both are 0.",
                    "properties": {"median_ms": _MS, "p99_ms": _MS},
                },
                "decline_rate": _SHARE,
                "error_rate": _SHARE,
                "lost_reply_rate": _SHARE,
                "outage": {"type": "boolean"},
            },
        },
        "Entries": {
            "type": "object",
            "required": ["entries", "next"],
            "properties": {
                "entries": {"type": "array", "items": {"$ref": "#/components/schemas/Entry"}},
                "next": {
                    "type": "integer",
                    "description": "`after` of the next page, which may be empty as yet.",
                },
            },
        },
        "Entry": {
            "type": "object",
            "required": ["seq", "at", "kind", "authorisation_id", "reference", "amount_minor"],
            "properties": {
                "seq": {"type": "integer", "minimum": 1},
                "at": {"type": "string", "format": "date-time"},
                "kind": {"enum": ["authorised", "declined", "captured", "voided", "refunded"]},
                "authorisation_id": {"type": "string"},
                "reference": {"type": "string"},
                "amount_minor": _AMOUNT,
                "currency": {"type": "string"},
                "idempotency_key": {"type": "string"},
                "reason": {"type": "string"},
            },
        },
        "Authorisation": {
            "type": "object",
            "required": ["id", "status", "amount_minor", "currency", "reference"],
            "properties": {
                "id": {"type": "string"},
                "status": {"enum": ["authorised", "declined", "captured", "voided", "refunded"]},
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
    },
    {"type": "http", "scheme": "bearer"},
)
