"""`python -m product_lookup`: the service, from its settings to its exit code."""

from __future__ import annotations

import asyncio
from functools import partial

from prometheus_client import CollectorRegistry, ProcessCollector
from shop_kit import lifecycle, logging, settings
from shop_kit.hearing import Hearing
from shop_kit.http import app, serving_http
from shop_kit.metrics import RequestMetrics
from shop_kit.readiness import Readiness
from shop_kit.rpc import serving_grpc
from shop_kit.telemetry import traced

from product_lookup.keeping import keep_connected, keep_fresh
from product_lookup.metrics import ChangesMetrics, ReadsMetrics
from product_lookup.service import SERVICE, ProductLookup
from product_lookup.settings import LookupSettings
from product_lookup.snapshot import Snapshot
from product_lookup.store import Connections, StoreReads

NAME = "product-lookup"


async def serve(config: LookupSettings, stop: asyncio.Event) -> None:
    readiness = Readiness(SERVICE)
    registry = CollectorRegistry()
    if config.reads == "snapshot":
        connections = Connections(config.dsn, keep=0, at_most=1)
        reads = snapshot = Snapshot()
        changes = ChangesMetrics(registry)
        hearing = Hearing(config.kafka, changes.unreadable)
        keeping = keep_fresh(snapshot, connections, readiness, config.refresh_s, hearing, changes)
    else:
        connections = Connections(config.dsn, keep=2, at_most=config.pool_max)
        reads, snapshot = StoreReads(connections), None
        keeping = keep_connected(connections, readiness)

    requests = RequestMetrics("lookup")
    registry.register(requests)
    registry.register(ReadsMetrics(connections, snapshot))
    ProcessCollector(registry=registry)

    services = {SERVICE: ProductLookup(reads, requests).handlers()}
    try:
        with traced(NAME) as interceptors:
            async with (
                serving_http(config.http_addr, app(readiness, registry)),
                serving_grpc(config.grpc_addr, services, readiness, interceptors),
            ):
                await lifecycle.until(stop, keeping)
    finally:
        await connections.close()


def main() -> None:
    config = settings.load(LookupSettings)
    logging.configure(NAME, config.log_level)
    try:
        lifecycle.run(partial(serve, config))
    except OSError as error:
        settings.die(f"cannot serve on LOOKUP_GRPC_ADDR and LOOKUP_HTTP_ADDR: {error}")


if __name__ == "__main__":
    main()
