"""What the service tells of itself: OpenAPI 3.1, schemas from the types that check the bodies."""

from __future__ import annotations

from shop_intents import Plan
from shop_kit import openapi
from shop_kit.openapi import OF_BODIES, Json, answers, body, done, in_path

from plan_generator.bodies import Answer, Wanted

_NEEDS = "The token needs the scope `shop`; everyone sees their own."
_NO_PLAN = {404: "You have no such plan."}
_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same again: the same plan.",
    "schema": {
        "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]([ -~]*[!-~])?$",
    },
}  # fmt: skip
_MADE: Json = done("Plan", "It is made, or was before.") | {
    "headers": {"Location": {"description": "How it stands.", "schema": {"type": "string"}}}
}
_PATHS: Json = {
    "/generate-plan": {
        "post": {
            "operationId": "generatePlan",
            "summary": "Steps that carry out an intent, a budget, and a mandate to spend it",
            "description": (
                f"{_NEEDS} A scope `spend:EUR:50000` of the token is what a plan may spend without"
                " being asked; where its budget is more, its approval is `needed`."
            ),
            "parameters": [_KEY],
            "requestBody": body("Wanted"),
            "responses": answers(
                {201: _MADE},
                *(*OF_BODIES, 403),
                told={
                    422: "The intent cannot be planned, or costs more than its limit; or the key"
                    " was used for another request."
                },
            ),
        }
    },
    "/plans/{id}": {
        "get": {
            "operationId": "plan",
            "summary": "A plan",
            "description": _NEEDS,
            "parameters": [in_path("id")],
            "responses": answers({200: done("Plan")}, 403, told=_NO_PLAN),
        }
    },
    "/plans/{id}/approval": {
        "post": {
            "operationId": "approve",
            "summary": "The user's answer to a plan whose approval is needed",
            "description": f"{_NEEDS} A yes allows this plan to spend its budget, and no more.",
            "parameters": [in_path("id")],
            "requestBody": body("Answer"),
            "responses": answers(
                {200: done("Plan")},
                *(*OF_BODIES, 403),
                told={**_NO_PLAN, 409: "It needs none, was answered otherwise, or has expired."},
            ),
        }
    },
}
DOCUMENT = openapi.document(
    "plan-generator", _PATHS, openapi.structs(Wanted=Wanted, Answer=Answer, Plan=Plan)
)
