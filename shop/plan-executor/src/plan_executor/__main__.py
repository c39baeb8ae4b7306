"""`python -m plan_executor`: the service, from its settings to its exit code."""

from __future__ import annotations

import asyncio
from functools import partial

from plan_generator.mandates import Mandates, mandates_from_environment
from shop_kit import lifecycle, logging, settings
from shop_kit.auth import Signer, signer_from_environment
from shop_kit.http import app, serving_http
from shop_kit.metrics import RequestMetrics
from shop_kit.readiness import Readiness
from shop_kit.store import Store, opened
from shop_kit.telemetry import traced_http
from shop_kit.watching import Watchers
from shop_lookups import Lookup

from plan_executor import paging
from plan_executor.api import Api
from plan_executor.book import SCHEMA
from plan_executor.proxying import Proxy, Services
from plan_executor.running import Runner
from plan_executor.settings import ExecutorSettings
from plan_executor.shop import Addresses

NAME = "plan-executor"
DRAIN_S = 5


async def serve(
    config: ExecutorSettings, signer: Signer, mandates: Mandates, stop: asyncio.Event
) -> None:
    readiness = Readiness()
    store = Store(NAME, config.dsn, config.pool_max)
    requests = RequestMetrics("plan_executor")
    registry = requests.registered()
    store.measured(registry)
    watchers = Watchers()
    lookup = Lookup(config.lookup)
    runner = Runner(
        *(store, lookup, Addresses(config.checkout, config.order), signer),
        *(config.at_once, config.lease_s, watchers, registry),
    )
    api = Api(store, runner, mandates, config.deadline_s, watchers, signer, requests)
    services = Services(config.parser, config.generator, config.checkout, config.order)
    proxy = Proxy(services, requests)
    routes = [*api.routes(), *proxy.routes(), *paging.routes()]
    try:
        with traced_http(NAME) as wrapped:
            whole = wrapped(app(readiness, registry, routes))
            async with serving_http(config.http_addr, whole, DRAIN_S):
                await lifecycle.until(stop, _work(store, readiness, runner))
                await readiness.stopping()
    finally:
        await proxy.close()
        await lookup.close()
        await store.close()


async def _work(store: Store, readiness: Readiness, runner: Runner) -> None:
    await opened(store, readiness, SCHEMA)
    await runner.run()


def main() -> None:
    config = settings.load(ExecutorSettings)
    signer = signer_from_environment()
    mandates = mandates_from_environment(config.merchant)
    logging.configure(NAME, config.log_level)
    try:
        lifecycle.run(partial(serve, config, signer, mandates))
    except OSError as error:
        settings.die(f"cannot serve on PLAN_EXECUTOR_HTTP_ADDR: {error}")


if __name__ == "__main__":
    main()
