"""The work behind the requests: reach the store, then keep what was read from it fresh."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from time import monotonic, time

import structlog
from shop_kit.backoff import delays_s
from shop_kit.changes import Change
from shop_kit.hearing import Hearing
from shop_kit.readiness import Readiness

from product_lookup.metrics import ChangesMetrics
from product_lookup.reads import Unavailable
from product_lookup.snapshot import Snapshot
from product_lookup.store import Connections

# For a load or a refresh as a whole.
BULK_TIMEOUT_S = 120.0
# For reading again what was heard of.
CHANGES_TIMEOUT_S = 10.0
# To have begun to hear before the snapshot is loaded; it is loaded all the same.
BEGIN_TIMEOUT_S = 3.0


async def keep_connected(connections: Connections, readiness: Readiness) -> None:
    """Ready once the store has answered; that it is gone later is told request by request."""
    await _retried(connections.open, readiness)
    await readiness.ready()
    await asyncio.Event().wait()


async def keep_fresh(
    snapshot: Snapshot,
    connections: Connections,
    readiness: Readiness,
    refresh_s: float,
    hearing: Hearing,
    metrics: ChangesMetrics,
) -> None:
    """Ready once the snapshot is loaded, and from then on whatever becomes of store and broker."""
    async with asyncio.TaskGroup() as group:
        group.create_task(hearing.run())
        # First, so that nothing between the load and the first record is missed.
        with suppress(TimeoutError):
            async with asyncio.timeout(BEGIN_TIMEOUT_S):
                await hearing.begun()
        hearing.forget()
        log = structlog.get_logger()
        began_s = monotonic()
        await _load(snapshot, connections, readiness)
        # What was loaded stays: no collection needs to walk it again.
        gc.collect()
        gc.freeze()
        log.info("snapshot loaded", products=len(snapshot), seconds=round(monotonic() - began_s, 3))
        await readiness.ready()
        await Keeper(snapshot, connections, metrics).keep(hearing, refresh_s)


class Keeper:
    """The one who changes a loaded snapshot: what is heard of at once, all of it now and then."""

    def __init__(
        self, snapshot: Snapshot, connections: Connections, metrics: ChangesMetrics
    ) -> None:
        self._snapshot = snapshot
        self._connections = connections
        self._metrics = metrics
        self._lost = False
        self._log = structlog.get_logger()

    async def keep(self, hearing: Hearing, refresh_s: float) -> None:
        changes: list[Change] = []
        missed = False
        waits = delays_s()
        compare_at_s = monotonic() + refresh_s
        while True:
            left_s = max(0.0, compare_at_s - monotonic())
            if changes or missed:  # the store was not there for them
                await asyncio.sleep(min(left_s, next(waits)))
            else:
                heard, waits = await hearing.some(left_s), delays_s()
                changes = [each for each in heard if each is not None]
                missed = len(changes) < len(heard)
            if missed or monotonic() >= compare_at_s:
                compared = await self._compare()
                missed = missed and not compared
                compare_at_s = monotonic() + refresh_s
            if changes and await self._take_over(changes):
                changes = []

    async def _compare(self) -> bool:
        """Whether it could be done."""
        try:
            async with self._connections.lease(BULK_TIMEOUT_S) as connection:
                changed = await self._snapshot.refresh(connection)
        except Unavailable as error:
            self._grows_old(error)
            return False
        else:
            if changed or self._lost:
                self._log.info("snapshot refreshed", changed=changed, products=len(self._snapshot))
            self._lost = False
            return True

    async def _take_over(self, changes: Sequence[Change]) -> bool:
        """Whether it could be done."""
        product_ids = list(dict.fromkeys(change.product_id for change in changes))
        try:
            async with self._connections.lease(CHANGES_TIMEOUT_S) as connection:
                taken = await self._snapshot.take_over(connection, product_ids)
        except Unavailable as error:
            self._grows_old(error)
            return False
        now_s = time()
        for change in changes:
            self._metrics.taken(change, taken[change.product_id], now_s)
        return True

    def _grows_old(self, error: Unavailable) -> None:
        if not self._lost:
            self._log.warning("snapshot grows old", reason=str(error))
        self._lost = True


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
