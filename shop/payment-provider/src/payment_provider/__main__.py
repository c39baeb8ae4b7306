"""`python -m payment_provider`: the service, from its settings to its exit code."""

from __future__ import annotations

import asyncio
from functools import partial

from shop_kit import lifecycle, logging, settings
from shop_kit.http import app, serving_http
from shop_kit.metrics import RequestMetrics
from shop_kit.readiness import Readiness
from shop_kit.telemetry import traced_http

from payment_provider.api import Api
from payment_provider.behaviour import Behaviour, Latency
from payment_provider.ledger import Ledger, Unusable
from payment_provider.settings import ProviderSettings

NAME = "payment-provider"
DRAIN_S = 5
BUCKETS_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


async def serve(
    config: ProviderSettings, key: str, behaviour: Behaviour, stop: asyncio.Event
) -> None:
    readiness = Readiness()
    requests = RequestMetrics("payment_provider", BUCKETS_S)
    registry = requests.registered()
    ledger = Ledger(config.ledger)
    try:
        api = Api(ledger, key, behaviour, config.seed, requests, stop)
        with traced_http(NAME) as wrapped:
            whole = wrapped(app(readiness, registry, api.routes()))
            async with serving_http(config.http_addr, whole, DRAIN_S):
                await readiness.ready()
                await stop.wait()
                await readiness.stopping()
    finally:
        ledger.close()


def main() -> None:
    config = settings.load(ProviderSettings)
    key = config.secret()
    logging.configure(NAME, config.log_level)
    try:
        latency = Latency(config.median_ms, config.p99_ms)
    except ValueError as error:
        settings.die(f"PAYMENT_PROVIDER_MEDIAN_MS, PAYMENT_PROVIDER_P99_MS: {error}")
    behaviour = Behaviour(
        latency=latency, decline_rate=config.decline_rate, error_rate=config.error_rate
    )
    try:
        lifecycle.run(partial(serve, config, key, behaviour))
    except Unusable as error:
        settings.die(f"PAYMENT_PROVIDER_LEDGER: {error}")
    except OSError as error:
        settings.die(f"cannot serve on PAYMENT_PROVIDER_HTTP_ADDR: {error}")


if __name__ == "__main__":
    main()
