"""`python -m plan_generator`: the service, from its settings to its exit code."""

from __future__ import annotations

import asyncio
from functools import partial

from shop_kit import lifecycle, logging, settings
from shop_kit.auth import Signer, signer_from_environment
from shop_kit.http import app, serving_http
from shop_kit.metrics import RequestMetrics
from shop_kit.readiness import Readiness
from shop_kit.store import Store, opened
from shop_kit.telemetry import traced_http
from shop_lookups import Lookup

from plan_generator.api import Api
from plan_generator.book import SCHEMA
from plan_generator.mandates import Mandates, mandates_from_environment
from plan_generator.settings import GeneratorSettings

NAME = "plan-generator"
DRAIN_S = 5


async def serve(
    config: GeneratorSettings, signer: Signer, mandates: Mandates, stop: asyncio.Event
) -> None:
    readiness = Readiness()
    store = Store(NAME, config.dsn, config.pool_max)
    requests = RequestMetrics("plan_generator")
    registry = requests.registered()
    store.measured(registry)
    lookup = Lookup(config.lookup)
    api = Api(config, store, lookup, mandates, signer, requests, registry)
    try:
        with traced_http(NAME) as wrapped:
            whole = wrapped(app(readiness, registry, api.routes()))
            async with serving_http(config.http_addr, whole, DRAIN_S):
                await lifecycle.until(stop, _work(store, readiness))
                await readiness.stopping()
    finally:
        await lookup.close()
        await store.close()


async def _work(store: Store, readiness: Readiness) -> None:
    await opened(store, readiness, SCHEMA)
    await asyncio.Event().wait()


def main() -> None:
    config = settings.load(GeneratorSettings)
    signer = signer_from_environment()
    mandates = mandates_from_environment(config.merchant)
    logging.configure(NAME, config.log_level)
    try:
        lifecycle.run(partial(serve, config, signer, mandates))
    except OSError as error:
        settings.die(f"cannot serve on PLAN_GENERATOR_HTTP_ADDR: {error}")


if __name__ == "__main__":
    main()
