"""Whether a service can do its work: one truth, told by gRPC health and by `/readyz`."""

from __future__ import annotations

import structlog
from grpc_health.v1 import health_pb2
from grpc_health.v1.health import OVERALL_HEALTH
from grpc_health.v1.health import aio as health_aio

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
_STOPPING = "stopping"


class Readiness:
    """Not ready until `ready` is called; `servicer` is the standard gRPC health service."""

    def __init__(self, *services: str) -> None:
        self._services = (OVERALL_HEALTH, *services)
        self._log = structlog.get_logger()
        self.reason: str | None = "starting"
        """Why not, in words; None when ready."""
        self.servicer = health_aio.HealthServicer()

    async def announce(self) -> None:
        """Put what is so now into the health service; before the server starts."""
        status = _SERVING if self.reason is None else _NOT_SERVING
        for service in self._services:
            await self.servicer.set(service, status)

    async def ready(self) -> None:
        await self._tell(None)

    async def not_ready(self, reason: str) -> None:
        await self._tell(reason)

    async def stopping(self) -> None:
        """Not ready for good: what comes after cannot undo it."""
        await self.not_ready(_STOPPING)
        await self.servicer.enter_graceful_shutdown()

    async def _tell(self, reason: str | None) -> None:
        if self.reason == _STOPPING:
            return
        if reason is None:
            self._log.info("ready")
        elif reason != self.reason:
            self._log.warning("not ready", reason=reason)
        self.reason = reason
        await self.announce()
