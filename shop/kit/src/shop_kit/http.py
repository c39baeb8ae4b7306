"""The side door for operators: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import uvicorn
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from shop_kit.readiness import Readiness
from shop_kit.settings import HostPort


def app(readiness: Readiness, registry: CollectorRegistry) -> Starlette:
    async def healthz(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(_: Request) -> Response:
        if readiness.reason is None:
            return PlainTextResponse("ready\n")
        return PlainTextResponse(f"not ready: {readiness.reason}\n", status_code=503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    )


class _Server(uvicorn.Server):
    def capture_signals(self):  # signals are the lifecycle's
        return nullcontext()


@asynccontextmanager
async def serving_http(address: HostPort, app: Starlette) -> AsyncIterator[HostPort]:
    """Serve until the block ends; gives the address bound (port 0 asks for a free one).

    OSError where the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.create_server((address.host, address.port), family=family) as listener:
        config = uvicorn.Config(
            app, loop="none", http="h11", ws="none", lifespan="off",
            log_config=None, log_level="warning", access_log=False, timeout_graceful_shutdown=1,
        )  # fmt: skip
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield HostPort(address.host, listener.getsockname()[1])
        finally:
            server.should_exit = True
            await task
