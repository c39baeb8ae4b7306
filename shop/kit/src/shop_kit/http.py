"""A service over HTTP: the side door for operators, and its own routes where it has any."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext

import uvicorn
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from shop_kit.clock import CLOCK
from shop_kit.problems import no_route
from shop_kit.readiness import Readiness
from shop_kit.settings import HostPort

KEEP_ALIVE_S = 75
"""Longer than clients keep an idle connection, so that it is they who close it."""


def app(
    readiness: Readiness, registry: CollectorRegistry, routes: Sequence[BaseRoute] = ()
) -> Starlette:
    """`/healthz`, `/readyz`, `/metrics`, and `routes`; what is none of them is a problem detail.

    The process's clock is one of the metrics.
    """
    CLOCK.measured(registry)

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(_: Request) -> Response:
        if readiness.reason is None:
            return PlainTextResponse("ready\n")
        return PlainTextResponse(f"not ready: {readiness.reason}\n", status_code=503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    side = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    whole = Starlette(routes=[*side, *routes], exception_handlers={HTTPException: no_route})
    whole.router.redirect_slashes = False
    return whole


class _Server(uvicorn.Server):
    def capture_signals(self):  # signals are the lifecycle's
        return nullcontext()


@asynccontextmanager
async def serving_http(
    address: HostPort, app: ASGIApp, drain_s: int = 1
) -> AsyncIterator[HostPort]:
    """Serve until the block ends; gives the address bound (port 0 asks for a free one).

    Requests under way at the end have `drain_s` to be answered. OSError where the address cannot be
    had.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.create_server((address.host, address.port), family=family) as listener:
        config = uvicorn.Config(
            app, loop="none", http="h11", ws="none", lifespan="off",
            log_config=None, log_level="warning", access_log=False,
            timeout_graceful_shutdown=drain_s, timeout_keep_alive=KEEP_ALIVE_S, server_header=False,
        )  # fmt: skip
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield HostPort(address.host, listener.getsockname()[1])
        finally:
            server.should_exit = True
            await task
