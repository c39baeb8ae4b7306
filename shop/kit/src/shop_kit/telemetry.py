"""Traces by OpenTelemetry, only where OTEL_EXPORTER_OTLP_ENDPOINT says where to send them.

Everything else is set by OpenTelemetry's own variables (OTEL_TRACES_SAMPLER, OTEL_BSP_..., ...).
The SDK is imported only when it is used, so that a service without traces does not carry it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import grpc.aio
from starlette.types import ASGIApp, Scope

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

# A collector that is gone must not hold a process that was told to stop.
LAST_EXPORT_TIMEOUT_S = 2
NOT_TRACED = r"^[a-z]+://[^/]*/(healthz|readyz|metrics)$"
"""URLs that only operators ask for."""


@contextmanager
def traced(service: str) -> Iterator[Sequence[grpc.aio.ServerInterceptor]]:
    """Interceptors that give each request a server span under the caller's W3C trace context.

    Health checks have no spans. At the end, what is left is exported, within 2 s. Off: no
    interceptors, so that a request costs nothing more.
    """
    with _provider(service) as provider:
        if provider is None:
            yield ()
            return
        from opentelemetry.instrumentation.grpc import aio_server_interceptor, filters

        yield (
            aio_server_interceptor(
                tracer_provider=provider, filter_=filters.negate(filters.health_check())
            ),
        )


@contextmanager
def traced_http(service: str) -> Iterator[Callable[[ASGIApp], ASGIApp]]:
    """The same over HTTP: what to wrap an app in. Off: it gives the app back as it is.

    A span has the method for a name until the handler knows a better one (a path has ids in it).
    """
    with _provider(service) as provider:
        if provider is None:
            yield lambda app: app
            return
        from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

        def wrapped(app: ASGIApp) -> ASGIApp:
            return OpenTelemetryMiddleware(
                app,
                excluded_urls=NOT_TRACED,
                default_span_details=_named_by_method,
                tracer_provider=provider,
                exclude_spans=["receive", "send"],
            )

        yield wrapped


def _named_by_method(scope: Scope) -> tuple[str, dict[str, str]]:
    return scope.get("method", "HTTP"), {}


@contextmanager
def _provider(service: str) -> Iterator[TracerProvider | None]:
    """None where traces are off."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        yield None
        return

    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: service}), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=LAST_EXPORT_TIMEOUT_S)))
    trace.set_tracer_provider(provider)
    try:
        yield provider
    finally:
        provider.shutdown()
