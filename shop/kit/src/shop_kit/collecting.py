"""An OTLP collector for tests: it keeps the spans that it was sent."""

from __future__ import annotations

from concurrent import futures
from dataclasses import dataclass

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as pb
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as rpc
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Collected:
    """A span, and the service that it is of."""

    service: str
    span: Span

    @property
    def name(self) -> str:
        return self.span.name

    @property
    def attributes(self) -> dict[str, str | int]:
        return _plain(self.span.attributes)


class Collector(rpc.TraceServiceServicer):
    """Listens from the start. Close it with `stop`."""

    def __init__(self) -> None:
        self.collected: list[Collected] = []
        self._server = grpc.server(futures.ThreadPoolExecutor(2))
        rpc.add_TraceServiceServicer_to_server(self, self._server)
        self.endpoint = f"http://127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    @property
    def spans(self) -> list[Span]:
        return [each.span for each in self.collected]

    def Export(
        self, request: pb.ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> pb.ExportTraceServiceResponse:
        for resource in request.resource_spans:
            service = str(_plain(resource.resource.attributes).get("service.name", ""))
            for scope in resource.scope_spans:
                self.collected += [Collected(service, span) for span in scope.spans]
        return pb.ExportTraceServiceResponse()

    def stop(self) -> None:
        self._server.stop(None).wait()


def _plain(attributes: list[KeyValue]) -> dict[str, str | int]:
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value") or "string_value")
        for each in attributes
    }
