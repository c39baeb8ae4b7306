"""`python -m intent_parser`: the service, from its settings to its exit code."""

from __future__ import annotations

import asyncio
from functools import partial

from shop_kit import lifecycle, logging, settings
from shop_kit.auth import Signer, signer_from_environment
from shop_kit.hearing import Hearing
from shop_kit.http import app, serving_http
from shop_kit.metrics import RequestMetrics
from shop_kit.readiness import Readiness
from shop_kit.store import Store
from shop_kit.telemetry import traced_http

from intent_parser.api import routes
from intent_parser.following import Following, LexiconMetrics
from intent_parser.settings import ParserSettings

NAME = "intent-parser"
DRAIN_S = 2
CONNECTIONS = 2
"""The store is read by one."""


async def serve(config: ParserSettings, signer: Signer, stop: asyncio.Event) -> None:
    readiness = Readiness()
    store = Store(NAME, config.dsn, CONNECTIONS)
    requests = RequestMetrics("intent_parser")
    registry = requests.registered()
    metrics = LexiconMetrics(registry)
    hearing = Hearing(config.kafka, metrics.unreadable)
    following = Following(store, hearing, metrics, config.refresh_s)
    whole = app(readiness, registry, routes(following, signer, requests, registry))
    try:
        with traced_http(NAME) as wrapped:
            async with serving_http(config.http_addr, wrapped(whole), DRAIN_S):
                await lifecycle.until(stop, following.run(readiness))
                await readiness.stopping()
    finally:
        await store.close()


def main() -> None:
    config = settings.load(ParserSettings)
    signer = signer_from_environment()
    logging.configure(NAME, config.log_level)
    try:
        lifecycle.run(partial(serve, config, signer))
    except OSError as error:
        settings.die(f"cannot serve on INTENT_PARSER_HTTP_ADDR: {error}")


if __name__ == "__main__":
    main()
