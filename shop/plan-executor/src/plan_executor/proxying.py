"""`/shopping/…`: what the page asks of other services, so that it has one origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp
import yarl
from opentelemetry import propagate
from shop_kit.metrics import RequestMetrics
from shop_kit.problems import Answer, Problem, limited_body, route, unavailable
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

PASSED_ON = ("authorization", "content-type", "idempotency-key", "prefer")
"""Of the request's headers; nothing else is told to anybody."""
PASSED_BACK = ("content-type", "location", "www-authenticate", "retry-after")
TIMEOUT_S = 30.0
ID_CHARS = 64
PATHS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("POST", "/shopping/parse-intent"): ("parser", "/parse-intent"),
    ("POST", "/shopping/generate-plan"): ("generator", "/generate-plan"),
    ("GET", "/shopping/plans/{id}"): ("generator", "/plans/{id}"),
    ("POST", "/shopping/plans/{id}/approval"): ("generator", "/plans/{id}/approval"),
    ("GET", "/shopping/carts/{id}"): ("checkout", "/api/carts/{id}/items"),
    ("GET", "/shopping/orders"): ("order", "/api/orders"),
}
"""What is asked here, and what it is there. Nothing else can be asked."""


@dataclass(frozen=True)
class Services:
    """Base addresses; empty where there is none."""

    parser: str
    generator: str
    checkout: str
    order: str


class Proxy:
    """Close it with `close`."""

    def __init__(self, services: Services, metrics: RequestMetrics) -> None:
        self._services = services
        self._metrics = metrics
        self._session: aiohttp.ClientSession | None = None

    def routes(self) -> list[BaseRoute]:
        return [
            route(method, path, self._to(*there), self._metrics)
            for (method, path), there in PATHS.items()
        ]

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _to(self, service: str, path: str) -> Answer:
        base: str = getattr(self._services, service)

        async def ask(request: Request) -> Response:
            if not base:
                raise unavailable(f"this shop was started without its {service}")
            its_id = request.path_params.get("id", "")
            if len(its_id) > ID_CHARS or not its_id.isprintable() or its_id in (".", ".."):
                raise Problem(404, "there is no such thing")
            return await self._asked(request, base + path.format(id=quote(its_id, safe="")))

        return ask

    async def _asked(self, request: Request, url: str) -> Response:
        body = await limited_body(request)
        sent = {name: v for name in PASSED_ON if (v := request.headers.get(name)) is not None}
        propagate.inject(sent)
        if self._session is None:
            self._session = aiohttp.ClientSession()
        try:
            async with self._session.request(
                *(request.method, yarl.URL(url, encoded=True)), data=body or None, headers=sent,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            ) as answer:  # fmt: skip
                told = {n: v for n in PASSED_BACK if (v := answer.headers.get(n)) is not None}
                return Response(await answer.read(), answer.status, told)
        except (aiohttp.ClientError, TimeoutError, UnicodeEncodeError) as error:
            raise unavailable(f"there is no answer: {type(error).__name__}") from error
