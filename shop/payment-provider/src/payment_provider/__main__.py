"""`python -m payment_provider`: the process, from its settings to its exit code."""

from __future__ import annotations

import asyncio
from functools import partial

from prometheus_client import CollectorRegistry, ProcessCollector
from shop_kit import lifecycle, logging, settings
from shop_kit.http import app, serving_http
from shop_kit.metrics import RequestMetrics
from shop_kit.readiness import Readiness
from shop_kit.telemetry import traced_http

from payment_provider import admin, ledger
from payment_provider.admission import Admission
from payment_provider.api import Api
from payment_provider.behaviour import Chances
from payment_provider.ledger import Ledger, LedgerMetrics
from payment_provider.settings import ProviderSettings

NAME = "payment-provider"
DRAIN_S = 10
"""More than nearly all requests take, by the default latency."""
BUCKETS_S = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 30.0, 60.0,
)  # fmt: skip
"""With the latency that is drawn; an answer that is lost takes up to a minute."""


async def serve(
    config: ProviderSettings,
    secret: bytes,
    book: Ledger,
    registry: CollectorRegistry,
    stop: asyncio.Event,
) -> None:
    readiness = Readiness()
    chances = Chances(config.behaviour(), config.seed)
    admission = Admission(secret)
    requests = RequestMetrics("payment_provider", BUCKETS_S)
    registry.register(requests)
    ProcessCollector(registry=registry)
    api = Api(book, chances, admission, requests, stop)
    routes = [*api.routes(), *admin.routes(chances, admission, requests)]
    with traced_http(NAME) as wrapped:
        whole = wrapped(app(readiness, registry, routes))
        async with serving_http(config.http_addr, whole, DRAIN_S):
            await readiness.ready()
            await stop.wait()
            await readiness.stopping()


def main() -> None:
    config = settings.load(ProviderSettings)
    secret = config.secret()
    logging.configure(NAME, config.log_level)
    registry = CollectorRegistry()
    try:
        opened = ledger.opened(config.ledger, LedgerMetrics(registry))
        with opened as book:
            lifecycle.run(partial(serve, config, secret, book, registry))
    except OSError as error:
        settings.die(f"PAYMENT_PROVIDER_LEDGER or PAYMENT_PROVIDER_HTTP_ADDR: {error}")


if __name__ == "__main__":
    main()
