"""What the service tells of its own addresses: OpenAPI 3.1, from the contract's own types."""

from __future__ import annotations

import msgspec
from shop_intents.intents import AnyParsed
from shop_kit.openapi import REFERENCE, answers, body, document, done

from intent_parser.asking import Asking

_TYPES, _SCHEMAS = msgspec.json.schema_components(
    [Asking, AnyParsed], ref_template=REFERENCE.replace("{}", "{name}")
)

DOCUMENT = document(
    "intent-parser",
    {
        "/parse-intent": {
            "post": {
                "operationId": "parse_intent",
                "summary": "What a sentence means: an intent, a question or a refusal",
                "description": "The token needs the scope `shop`. Reading changes nothing.",
                "requestBody": body("Asking"),
                "responses": answers({200: done("Parsed")}, 400, 403, 408, 413, 415),
            }
        }
    },
    {**_SCHEMAS, "Parsed": _TYPES[1]},
)
