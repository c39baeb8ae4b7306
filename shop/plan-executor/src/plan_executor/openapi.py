"""What the service tells of itself: OpenAPI 3.1, schemas from the types that check the bodies."""

from __future__ import annotations

from shop_intents import Execution, Happened, Plan
from shop_kit import openapi
from shop_kit.openapi import OF_BODIES, REFERENCE, Json, answers, body, done, in_path, record

_NEEDS = "The token needs the scope `shop`; everyone sees their own."
_NO_EXECUTION = {404: "You have no such execution."}
_TEXT: Json = {"type": "string"}
_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The same again, with the same plan: the same execution.",
    "schema": {
        "type": "string", "minLength": 1, "maxLength": 150, "pattern": "^[!-~]([ -~]*[!-~])?$",
    },
}  # fmt: skip
_ACCEPTED: Json = done("Accepted", "It is begun, or was before.") | {
    "headers": {"Location": {"description": "How it stands.", "schema": _TEXT}}
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
_PATHS: Json = {
    "/execute-plan": {
        "post": {
            "operationId": "executePlan",
            "summary": "Carry out a plan, once",
            "description": (
                f"{_NEEDS} The plan comes whole, as it was made; its digest and its mandate are"
                " verified. A plan is carried out once, whatever the keys."
            ),
            "parameters": [_KEY],
            "requestBody": body("ToExecute"),
            "responses": answers(
                {202: _ACCEPTED},
                *OF_BODIES,
                told={
                    403: "The token does not have the scope, or the plan no good mandate: it says"
                    " why.",
                    409: "The plan was executed under another key; `Location` says where.",
                    413: "The body has more than 1024 KiB.",
                    422: "The key was used for another plan.",
                },
            ),
        }
    },
    "/executions/{id}": {
        "get": {
            "operationId": "execution",
            "summary": "How an execution stands",
            "description": _NEEDS,
            "parameters": [
                in_path("id"),
                {
                    "name": "Prefer",
                    "in": "header",
                    "description": "`wait=N`: at its end, or in N seconds, 30 at most (RFC 7240).",
                    "schema": _TEXT,
                },
            ],
            "responses": answers({200: done("Execution")}, 403, told=_NO_EXECUTION),
        }
    },
    "/executions/{id}/events": {
        "get": {
            "operationId": "events",
            "summary": "What has happened and happens to it, until it is over",
            "description": _NEEDS,
            "parameters": [
                in_path("id"),
                {
                    "name": "Last-Event-ID",
                    "in": "header",
                    "description": "Only what came after it.",
                    "schema": _TEXT,
                },
            ],
            "responses": answers({200: _EVENTS}, 403, told=_NO_EXECUTION),
        }
    },
}
_STATE: Json = {"enum": ["running", "undoing", "ended"]}
_ANSWERED: Json = {
    "Accepted": record({"execution_id": _TEXT}),
    "ToExecute": record({"plan": {"$ref": REFERENCE.format("Plan")}})
    | {"additionalProperties": False},
    "Change": record(
        {
            "state": _STATE,
            "outcome": {"type": ["string", "null"]},
            "says": _TEXT,
            "steps": {"type": "array", "items": {"$ref": REFERENCE.format("Happened")}},
        }
    ),
}
DOCUMENT = openapi.document(
    "plan-executor",
    _PATHS,
    openapi.structs(Plan=Plan, Execution=Execution, Happened=Happened) | _ANSWERED,
)
