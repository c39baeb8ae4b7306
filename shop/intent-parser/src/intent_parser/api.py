"""`POST /parse-intent`: a text, and the cart and orders that it may speak of, as what it means."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from prometheus_client import CollectorRegistry, Counter
from shop_kit import openapi
from shop_kit.auth import Signer, admitted
from shop_kit.metrics import RequestMetrics
from shop_kit.problems import route, unavailable
from shop_kit.structs import struct_of
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from intent_parser.asking import Asking
from intent_parser.following import Following
from intent_parser.openapi import DOCUMENT

SCOPE = "shop"


_DECODER = msgspec.json.Decoder(Asking)
_ENCODER = msgspec.json.Encoder()


def routes(
    following: Following, signer: Signer, metrics: RequestMetrics, registry: CollectorRegistry
) -> Sequence[BaseRoute]:
    parsed = Counter("intents_parsed", "By what they were.", ("type",), registry=registry)

    async def parse(request: Request) -> Response:
        admitted(request, signer, SCOPE)
        asking = await struct_of(request, _DECODER)
        if following.parser is None:
            raise unavailable("the catalogue has not been read yet")
        found = following.parser.parse(asking.text, asking.cart, asking.orders)
        parsed.labels(type(found).__struct_config__.tag).inc()
        return Response(_ENCODER.encode(found), media_type="application/json")

    path = "/parse-intent"
    return [
        route("POST", path, parse, metrics),
        openapi.route(DOCUMENT),
    ]
