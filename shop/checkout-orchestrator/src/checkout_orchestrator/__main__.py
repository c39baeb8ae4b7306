"""`python -m checkout_orchestrator`: the service, from its settings to its exit code."""

from __future__ import annotations

import asyncio
from functools import partial

from prometheus_client import CollectorRegistry
from shop_kit import lifecycle, logging, settings
from shop_kit.auth import Signer, signer_from_environment
from shop_kit.http import app, serving_http
from shop_kit.metrics import RequestMetrics
from shop_kit.readiness import Readiness
from shop_kit.store import Store, opened
from shop_kit.telemetry import traced_http
from shop_kit.watching import Watchers
from shop_lookups import Lookup

from checkout_orchestrator.api import Api, Arm
from checkout_orchestrator.asking import Services
from checkout_orchestrator.book import SCHEMA
from checkout_orchestrator.by_events import NAME, ByEvents
from checkout_orchestrator.carts import Carts
from checkout_orchestrator.in_threads import InThreads
from checkout_orchestrator.in_turn import InTurn
from checkout_orchestrator.settings import CheckoutSettings

DRAIN_S = 5


def arm_of(
    config: CheckoutSettings,
    store: Store,
    signer: Signer,
    watchers: Watchers,
    registry: CollectorRegistry,
) -> Arm:
    if config.arm == "saga":
        return ByEvents(store, config.dsn, config.kafka, config.pace, watchers, registry)
    services = Services(config.inventory, config.payment, config.order)
    if config.arm == "async":
        connections = config.service_connections
        return InTurn(store, services, signer, connections, watchers, registry)
    return InThreads(
        config.dsn, config.pool_max, services, signer, config.threads, watchers, registry
    )


async def serve(config: CheckoutSettings, signer: Signer, stop: asyncio.Event) -> None:
    readiness = Readiness()
    store = Store(NAME, config.dsn, config.pool_max)
    requests = RequestMetrics("checkout")
    registry = requests.registered()
    store.measured(registry)
    watchers = Watchers()
    lookup = Lookup(config.lookup)
    arm = arm_of(config, store, signer, watchers, registry)
    carts = Carts(store, lookup, signer, requests)
    api = Api(store, arm, carts, lookup, watchers, signer, requests)
    try:
        with traced_http(NAME) as wrapped:
            whole = wrapped(app(readiness, registry, [*api.routes(), *carts.routes()]))
            async with serving_http(config.http_addr, whole, DRAIN_S):
                await lifecycle.until(stop, _work(store, readiness, arm))
                await readiness.stopping()
    finally:
        await lookup.close()
        await store.close()


async def _work(store: Store, readiness: Readiness, arm: Arm) -> None:
    await opened(store, readiness, SCHEMA)
    await arm.run()


def main() -> None:
    config = settings.load(CheckoutSettings)
    signer = signer_from_environment()
    logging.configure(NAME, config.log_level)
    try:
        lifecycle.run(partial(serve, config, signer))
    except OSError as error:
        settings.die(f"cannot serve on CHECKOUT_HTTP_ADDR: {error}")


if __name__ == "__main__":
    main()
