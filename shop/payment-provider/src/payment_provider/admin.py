"""`/admin/behaviour`: what the outside world is like from now on. Never out of service itself."""

from __future__ import annotations

import msgspec
import structlog
from msgspec.json import Decoder
from shop_kit.metrics import RequestMetrics
from shop_kit.problems import answering
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from payment_provider.admission import Admission
from payment_provider.behaviour import Behaviour, BehaviourChange, Chances
from payment_provider.bodies import body_of

PATH = "/admin/behaviour"
_WHOLE = Decoder(Behaviour)
_CHANGE = Decoder(BehaviourChange)


def routes(chances: Chances, admission: Admission, metrics: RequestMetrics) -> list[BaseRoute]:
    async def shown(_: Request) -> Response:
        return _told(chances.behaviour)

    async def put(request: Request) -> Response:
        return behave(await body_of(request, _WHOLE))

    async def patch(request: Request) -> Response:
        change = await body_of(request, _CHANGE)
        return behave(change.of(chances.behaviour))

    def behave(behaviour: Behaviour) -> Response:
        """Requests under way go on as they began."""
        chances.behaviour = behaviour
        structlog.get_logger().info("behaviour", **msgspec.to_builtins(behaviour))
        return _told(behaviour)

    methods = {"GET": shown, "PUT": put, "PATCH": patch}
    return [
        Route(PATH, answering(f"{method} {PATH}", admission(answer), metrics), methods=[method])
        for method, answer in methods.items()
    ]


def _told(behaviour: Behaviour) -> Response:
    return Response(msgspec.json.encode(behaviour), media_type="application/json")
