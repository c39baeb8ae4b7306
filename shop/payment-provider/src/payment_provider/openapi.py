"""What the service tells of itself: OpenAPI 3.1, the schemas from the types that check and answer."""

from __future__ import annotations

from functools import cache

import msgspec
from shop_kit.problems import MEDIA_TYPE

from payment_provider.behaviour import Behaviour, BehaviourChange
from payment_provider.idempotency import HEADER, KEY_CHARS
from payment_provider.ledger import Recorded
from payment_provider.rules import Authorisation, Authorise, Capture, Refund, Void

_ERRORS = {
    400: "Not a request that can be answered; `errors` names the fields.",
    401: "Not the API key.",
    408: "The body did not come in time.",
    413: "The body has more than 16 KiB.",
    415: "The body is not application/json.",
    500: "A mistake of the service.",
    503: "Out of service, or a mishap before any effect.",
}
_OF_KEYS = {
    409: "By `type`: the key is in use by a request under way, or the authorisation's `state` does"
    " not allow it.",
    422: "The key was used for another request.",
}
_UNKNOWN = {404: "No authorisation has this id."}

_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
_KEY = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": "The same again: the first answer again, with `Idempotent-Replayed: true`.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": KEY_CHARS,
        "pattern": "^[!-~]([ -~]*[!-~])?$",
    },
}


@cache
def document() -> dict[str, object]:
    types = (Authorise, Capture, Void, Refund, Authorisation, Recorded, Behaviour, BehaviourChange)
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    one = "/v1/authorisations/{id}"
    return {
        "openapi": "3.1.0",
        "info": {"title": "payment-provider", "version": "1"},
        "security": [{"key": []}],
        "paths": {
            "/v1/authorisations": {"post": _authorise(), "get": _by_reference()},
            one: {
                "get": {
                    "operationId": "authorisation",
                    "summary": "One authorisation, as it is now",
                    "parameters": [_ID],
                    "responses": _responses("200", "Authorisation", _UNKNOWN),
                }
            },
            f"{one}/capture": {"post": _change("capture", "Capture")},
            f"{one}/void": {"post": _change("void", "Void")},
            f"{one}/refund": {"post": _change("refund", "Refund")},
            "/v1/ledger": {"get": _ledger()},
            "/admin/behaviour": {
                "get": {
                    "operationId": "behaviour",
                    "summary": "What the outside world is like",
                    "responses": _responses("200", "Behaviour"),
                },
                "put": _behave("setBehaviour", "Behaviour"),
                "patch": _behave("changeBehaviour", "BehaviourChange"),
            },
        },
        "components": {
            "schemas": {**schemas, **_ANSWERS},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _authorise() -> dict[str, object]:
    return {
        "operationId": "authorise",
        "summary": "Hold an amount; it may be declined",
        "parameters": [_KEY],
        "requestBody": {"required": True, "content": _content("application/json", "Authorise")},
        "responses": _responses("201", "Authorisation", _OF_KEYS),
    }


def _change(operation: str, body: str) -> dict[str, object]:
    return {
        "operationId": operation,
        "summary": f"{body} an authorisation",
        "parameters": [_ID, _KEY],
        "requestBody": {"required": False, "content": _content("application/json", body)},
        "responses": _responses("200", "Authorisation", _UNKNOWN | _OF_KEYS),
    }


def _by_reference() -> dict[str, object]:
    reference = {"type": "string", "minLength": 1}
    return {
        "operationId": "authorisationsOfReference",
        "summary": "Those of a reference, the newest first, 100 at most",
        "parameters": [{"name": "reference", "in": "query", "required": True, "schema": reference}],
        "responses": _responses("200", "Authorisations"),
    }


def _ledger() -> dict[str, object]:
    after = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1, "default": 0}
    limit = {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 1_000}
    return {
        "operationId": "ledger",
        "summary": "What took place, in its order; never changed, only added to",
        "parameters": [
            {"name": "after", "in": "query", "description": "A `seq`.", "schema": after},
            {"name": "limit", "in": "query", "schema": limit},
        ],
        "responses": _responses("200", "LedgerPage"),
    }


def _behave(operation: str, body: str) -> dict[str, object]:
    return {
        "operationId": operation,
        "summary": "From now on, until the process ends",
        "requestBody": {"required": True, "content": _content("application/json", body)},
        "responses": _responses("200", "Behaviour"),
    }


def _responses(status: str, schema: str, more: dict[int, str] | None = None) -> dict[str, object]:
    errors = sorted((_ERRORS | (more or {})).items())
    return {
        status: {"description": "Done.", "content": _content("application/json", schema)},
        **{
            str(code): {"description": told, "content": _content(MEDIA_TYPE, "Problem")}
            for code, told in errors
        },
    }


def _content(media_type: str, schema: str) -> dict[str, object]:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _list_of(schema: str) -> dict[str, object]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}


_ANSWERS: dict[str, object] = {
    "Authorisations": {
        "type": "object",
        "required": ["authorisations"],
        "properties": {"authorisations": _list_of("Authorisation")},
    },
    "LedgerPage": {
        "type": "object",
        "required": ["entries", "next"],
        "properties": {
            "entries": _list_of("Recorded"),
            "next": {
                "type": ["integer", "null"],
                "description": "`after` of the next page; null where there is none yet.",
            },
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
            "instance": {"type": "string"},
            "state": {"type": "string", "description": "The authorisation's, where it is why."},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["field", "found", "expected"],
                    "properties": {
                        name: {"type": "string"} for name in ("field", "found", "expected")
                    },
                },
            },
        },
    },
}
