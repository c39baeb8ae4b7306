"""A gRPC server that is known by reflection, tells its health, and drains before it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from shop_kit.readiness import Readiness
from shop_kit.settings import HostPort

DRAIN_S = 5.0

Handlers = Mapping[str, grpc.RpcMethodHandler]

OPTIONS = (
    # Two processes on one port would share its connections in silence.
    ("grpc.so_reuseport", 0),
)


@asynccontextmanager
async def serving_grpc(
    address: HostPort,
    services: Mapping[str, Handlers],
    readiness: Readiness,
    interceptors: Sequence[grpc.aio.ServerInterceptor] = (),
) -> AsyncIterator[HostPort]:
    """Serve {full service name: {method: handler}} until the block ends, then drain, 5 s at most.

    Gives the address bound (port 0 asks for a free one). OSError where it cannot be had.
    """
    server = grpc.aio.server(interceptors=interceptors, options=OPTIONS)
    for service, handlers in services.items():
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
        server.add_registered_method_handlers(service, handlers)
    health_pb2_grpc.add_HealthServicer_to_server(readiness.servicer, server)
    reflection.enable_server_reflection(
        (*services, health.SERVICE_NAME, reflection.SERVICE_NAME), server
    )
    try:
        port = server.add_insecure_port(str(address))
    except RuntimeError as error:
        raise OSError(f"cannot listen on {address}: {error}") from error
    await readiness.announce()
    await server.start()
    try:
        yield HostPort(address.host, port)
    finally:
        await readiness.stopping()
        await server.stop(DRAIN_S)
