"""`python -m product_write`: the service, from its settings to its exit code."""

from __future__ import annotations

import asyncio
from functools import partial

from shop_kit import lifecycle, logging, settings
from shop_kit.auth import Signer, signer_from_environment
from shop_kit.http import app, serving_http
from shop_kit.metrics import RequestMetrics
from shop_kit.readiness import Readiness
from shop_kit.relay import Relay, RelayMetrics
from shop_kit.store import Store, opened
from shop_kit.telemetry import traced_http

from product_write.api import Api
from product_write.settings import WriteSettings

NAME = "product-write"
DRAIN_S = 5
"""More than a change may take."""
CATALOGUE = (
    "SELECT price_from_minor FROM products LIMIT 0",
    "SELECT available FROM variants LIMIT 0",
)
"""What must be there."""


async def serve(config: WriteSettings, signer: Signer, stop: asyncio.Event) -> None:
    readiness = Readiness()
    store = Store(NAME, config.dsn, config.pool_max)
    requests = RequestMetrics("product_write")
    registry = requests.registered()
    relay = Relay(config.dsn, config.kafka, RelayMetrics(registry)) if config.kafka else None
    whole = app(readiness, registry, Api(store, signer, requests).routes())
    try:
        with traced_http(NAME) as wrapped:
            async with serving_http(config.http_addr, wrapped(whole), DRAIN_S):
                await lifecycle.until(stop, work(store, readiness, relay))
                await readiness.stopping()
    finally:
        await store.close()


async def work(store: Store, readiness: Readiness, relay: Relay | None) -> None:
    await opened(store, readiness, *CATALOGUE)
    await (asyncio.Event().wait() if relay is None else relay.run())


def main() -> None:
    config = settings.load(WriteSettings)
    signer = signer_from_environment()
    logging.configure(NAME, config.log_level)
    try:
        lifecycle.run(partial(serve, config, signer))
    except OSError as error:
        settings.die(f"cannot serve on PRODUCT_WRITE_HTTP_ADDR: {error}")


if __name__ == "__main__":
    main()
