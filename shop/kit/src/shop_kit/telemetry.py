"""Traces by OpenTelemetry, only where OTEL_EXPORTER_OTLP_ENDPOINT says where to send them.

Everything else is set by OpenTelemetry's own variables (OTEL_TRACES_SAMPLER, OTEL_BSP_..., ...).
The SDK is imported only when it is used, so that a service without traces does not carry it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import grpc.aio

# A collector that is gone must not hold a process that was told to stop.
LAST_EXPORT_TIMEOUT_S = 2


@contextmanager
def traced(service: str) -> Iterator[Sequence[grpc.aio.ServerInterceptor]]:
    """Interceptors that give each request a server span under the caller's W3C trace context.

    Health checks have no spans. At the end, what is left is exported, within 2 s. Off: no
    interceptors, so that a request costs nothing more.
    """
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        yield ()
        return

    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.grpc import aio_server_interceptor, filters
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: service}), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=LAST_EXPORT_TIMEOUT_S)))
    trace.set_tracer_provider(provider)
    interceptor = aio_server_interceptor(
        tracer_provider=provider, filter_=filters.negate(filters.health_check())
    )
    try:
        yield (interceptor,)
    finally:
        provider.shutdown()
