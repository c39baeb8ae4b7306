"""What the service tells of itself: OpenAPI 3.1, bodies' schemas from the types that check them."""

from __future__ import annotations

from pydantic.json_schema import models_json_schema
from shop_kit import openapi
from shop_kit.openapi import OF_BODIES, REFERENCE, Json, answers, body, done, in_path, record
from shop_messages import Line

from checkout_orchestrator.bodies import CheckoutBody, Item, Units
from checkout_orchestrator.saga import STEPS

_NEEDS = "The token needs the scope `shop`; everyone sees their own."
_NO_CHECKOUT = {404: "You have no such checkout."}
_NOT_IN_CART = {404: "The cart does not hold this variant."}
_TEXT: Json = {"type": "string"}
_MAYBE: Json = {"type": ["string", "null"]}
_TIME: Json = {"type": "string", "format": "date-time"}
_ID: Json = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$"}
_CART = in_path("id", _ID)
_VARIANT = in_path("variant_id", _ID)
_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The same again: the same checkout.",
    "schema": {
        "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]([ -~]*[!-~])?$",
    },
}  # fmt: skip
_STATE: Json = {"enum": ["running", "undoing", "confirmed", "cancelled"]}
_STEP: Json = {"enum": [step.name for step in STEPS]}
_ACCEPTED: Json = done("Accepted", "It is begun, or was before.") | {
    "headers": {"Location": {"description": "How it stands.", "schema": {"type": "string"}}}
}
_EVENT = record(
    {
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "event": {"const": "change"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": REFERENCE.format("Change")},
        },
    }
)
_EVENTS: Json = {
    "description": "A stream; each event is as this schema has it.",
    "content": {"text/event-stream": {"schema": _EVENT}},
}


def _operation(name: str, summary: str, responses: Json, **more: object) -> Json:
    whole: Json = {"operationId": name, "summary": summary, "description": _NEEDS}
    return whole | more | {"responses": responses}


def _of_cart(name: str, summary: str, responses: Json, **more: object) -> Json:
    return _operation(name, summary, responses, parameters=[_CART], **more)


_CHECKOUTS: Json = {
    "/api/checkout": {
        "post": _operation(
            "checkOut",
            "Begin a checkout of items, or of what a cart holds",
            answers(
                {202: _ACCEPTED},
                *(*OF_BODIES, 403),
                told={
                    409: "A request with this key is under way.",
                    422: "The key was used for another request.",
                },
            ),
            parameters=[_KEY],
            requestBody=body("CheckoutBody"),
        )
    },
    "/api/checkout/{id}": {
        "get": _operation(
            "status",
            "How a checkout stands",
            answers({200: done("Checkout")}, 403, told=_NO_CHECKOUT),
            parameters=[
                in_path("id"),
                {
                    "name": "Prefer",
                    "in": "header",
                    "description": "`wait=N`: at its end, or in N seconds, 30 at most (RFC 7240).",
                    "schema": {"type": "string"},
                },
            ],
        )
    },
    "/api/checkout/{id}/cancellation": {
        "post": _operation(
            "takeBack",
            "Cancel what was confirmed: money and stock go back",
            answers({202: _ACCEPTED}, 403, told={**_NO_CHECKOUT, 409: "It is still under way."}),
            parameters=[in_path("id")],
        )
    },
    "/api/checkout/{id}/events": {
        "get": _operation(
            "events",
            "What has happened and happens to it, until it is over",
            answers({200: _EVENTS}, 403, told=_NO_CHECKOUT),
            parameters=[
                in_path("id"),
                {
                    "name": "Last-Event-ID",
                    "in": "header",
                    "description": "Only what came after it.",
                    "schema": {"type": "string"},
                },
            ],
        )
    },
}
_CARTS: Json = {
    "/api/carts/{id}/items": {
        "get": _of_cart("cart", "What is in it", answers({200: done("Cart")}, 400, 403)),
        "post": _of_cart(
            "addToCart",
            "Add so many of a variant",
            answers(
                {201: done("Cart")},
                *(*OF_BODIES, 403),
                told={409: "A cart holds no more variants."},
            ),
            requestBody=body("Item"),
        ),
        "delete": _of_cart("emptyCart", "Empty it", answers({200: done("Cart")}, 400, 403)),
    },
    "/api/carts/{id}/items/{variant_id}": {
        "put": _operation(
            "changeInCart",
            "Change how many there are of a variant",
            answers({200: done("Cart")}, *OF_BODIES, 403, told=_NOT_IN_CART),
            parameters=[_CART, _VARIANT],
            requestBody=body("Units"),
        ),
        "delete": _operation(
            "removeFromCart",
            "Take a variant out",
            answers({200: done("Cart")}, 400, 403, told=_NOT_IN_CART),
            parameters=[_CART, _VARIANT],
        ),
    },
}


def _schemas() -> Json:
    template = REFERENCE.format("{model}")
    _, bodies = models_json_schema(
        [(CheckoutBody, "validation"), (Item, "validation"), (Units, "validation")],
        ref_template=template,
    )
    answered = {
        "Accepted": record({"checkout_id": _TEXT}),
        "Cart": record(
            {
                "cart_id": _TEXT,
                "items": {"type": "array", "items": {"$ref": REFERENCE.format("Item")}},
            }
        ),
        "Change": record({"state": _STATE, "step": _STEP, "what": _TEXT, "at": _TIME}),
        "Checkout": record(
            {
                "checkout_id": _TEXT,
                "state": _STATE,
                "step": {"anyOf": [_STEP, {"type": "null"}]},
                "lines": {"type": "array", "items": {"$ref": REFERENCE.format("Line")}},
                "total_minor": {"type": "integer", "minimum": 1},
                "currency": _TEXT,
                "order_id": _MAYBE,
                "reason": _MAYBE,
                "created_at": _TIME,
                "updated_at": _TIME,
            }
        ),
    }
    return bodies["$defs"] | openapi.structs(Line=Line) | answered


DOCUMENT = openapi.document("checkout-orchestrator", _CHECKOUTS | _CARTS, _schemas())
