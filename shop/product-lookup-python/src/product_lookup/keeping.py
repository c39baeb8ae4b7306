"""The work behind the requests: reach the store, then keep what was read from it fresh."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from time import monotonic

import structlog
from shop_kit.backoff import delays_s
from shop_kit.readiness import Readiness

from product_lookup.reads import Unavailable
from product_lookup.snapshot import Snapshot
from product_lookup.store import Connections

# For a load or a refresh as a whole.
BULK_TIMEOUT_S = 120.0


async def keep_connected(connections: Connections, readiness: Readiness) -> None:
    """Ready once the store has answered; that it is gone later is told request by request."""
    await _retried(connections.open, readiness)
    await readiness.ready()
    await asyncio.Event().wait()


async def keep_fresh(
    snapshot: Snapshot, connections: Connections, readiness: Readiness, refresh_s: float
) -> None:
    """Ready once the snapshot is loaded, and from then on whatever becomes of the store."""
    log = structlog.get_logger()
    began_s = monotonic()
    await _load(snapshot, connections, readiness)
    # What was loaded stays: no collection needs to walk it again.
    gc.collect()
    gc.freeze()
    log.info("snapshot loaded", products=len(snapshot), seconds=round(monotonic() - began_s, 3))
    await readiness.ready()
    lost = False
    while True:
        await asyncio.sleep(refresh_s)
        try:
            async with connections.lease(BULK_TIMEOUT_S) as connection:
                changed = await snapshot.refresh(connection)
        except Unavailable as error:
            if not lost:
                log.warning("snapshot grows old", reason=str(error))
            lost = True
        else:
            if changed or lost:
                log.info("snapshot refreshed", changed=changed, products=len(snapshot))
            lost = False


async def _load(snapshot: Snapshot, connections: Connections, readiness: Readiness) -> None:
    async def attempt() -> None:
        await connections.open()
        async with connections.lease(BULK_TIMEOUT_S) as connection:
            await snapshot.load(connection)

    await _retried(attempt, readiness)


async def _retried(attempt: Callable[[], Awaitable[None]], readiness: Readiness) -> None:
    for wait_s in delays_s():
        try:
            await attempt()
        except Unavailable as error:
            await readiness.not_ready(str(error))
            await asyncio.sleep(wait_s)
        else:
            return
