"""What the service tells of its own addresses: OpenAPI 3.1. Of `/commands` the kit tells."""

from __future__ import annotations

from shop_kit.openapi import REFERENCE, Json, answers, done, in_path, record

_TEXT = {"type": "string"}
_MINOR = {"type": "integer", "minimum": 1}
_TIME = {"type": "string", "format": "date-time"}
_STATE = {"enum": ["confirmed", "cancelled"]}
_NEEDS = "The token needs the scope `shop`; everyone sees their own."
_ORDER: Json = {
    "order_id": _TEXT,
    "checkout_id": _TEXT,
    "state": _STATE,
    "lines": {"type": "array", "items": {"$ref": REFERENCE.format("Line")}},
    "total_minor": _MINOR,
    "currency": _TEXT,
    "reason": _TEXT | {"description": "Why it was cancelled; empty where it was not."},
    "created_at": _TIME,
    "updated_at": _TIME,
}
_CHANGE: Json = {"state": _STATE, "reason": _TEXT, "at": _TIME}


PATHS: Json = {
    "/api/orders": {
        "get": {
            "operationId": "orders",
            "summary": "The newest orders of whoever asks, 100 at most",
            "description": _NEEDS,
            "responses": answers({200: done("Orders")}, 403),
        }
    },
    "/api/orders/{id}": {
        "get": {
            "operationId": "order",
            "summary": "An order with its history",
            "description": _NEEDS,
            "parameters": [in_path("id")],
            "responses": answers(
                {200: done("OrderWithHistory")}, 403, told={404: "None is yours."}
            ),
        }
    },
}
SCHEMAS: Json = {
    "Order": record(_ORDER),
    "Orders": record({"orders": {"type": "array", "items": {"$ref": REFERENCE.format("Order")}}}),
    "OrderWithHistory": record(_ORDER | {"history": {"type": "array", "items": record(_CHANGE)}}),
}
