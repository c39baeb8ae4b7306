"""The async arm: a task a checkout, which asks the services in turn over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import msgspec
import structlog
from opentelemetry import propagate
from prometheus_client import CollectorRegistry, Gauge
from shop_kit.auth import Signer
from shop_kit.store import Store, Unavailable
from shop_kit.watching import Watchers
from shop_messages import Reply

from checkout_orchestrator import book
from checkout_orchestrator.asking import LEASE_S, PAUSE_S, REPLY, NoAnswer, Services, headers_of
from checkout_orchestrator.book import Asked
from checkout_orchestrator.measures import SagaMetrics
from checkout_orchestrator.saga import STEPS, Change, Checkout, current, heard, silent
from checkout_orchestrator.waking import keys_of

LOOK_S = 2.0


class InTurn:
    def __init__(
        self,
        store: Store,
        services: Services,
        signer: Signer,
        connections: int,
        watchers: Watchers,
        registry: CollectorRegistry,
    ) -> None:
        self._store = store
        self._services = services
        self._headers = headers_of(signer)
        self._connections = connections
        self._watchers = watchers
        self._metrics = SagaMetrics(registry)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        """By checkout: none is driven twice at once."""
        self._session: aiohttp.ClientSession | None = None
        most = Gauge("service_connections_max", "To the services at most.", registry=registry)
        most.set(connections)
        self._asking = Gauge(
            "service_connections_busy", "Requests to the services under way.", registry=registry
        )
        self._log = structlog.get_logger()

    async def accept(self, change: Change, asked: Asked) -> bool:
        """False where the key was used before. Raises Unavailable."""
        async with self._store.transaction() as connection:
            added = await book.add(connection, change, asked, LEASE_S)
        if added:
            self._metrics.committed(change)
            self._begin(change.checkout)
        return added

    async def take_back(self, checkout_id: str) -> bool:
        """False where it is not confirmed. Raises Unavailable."""
        async with self._store.transaction() as connection:
            change = await book.taken_back(connection, checkout_id, pace=1.0)
        if change is None:
            return False
        self._metrics.committed(change)
        self._begin(change.checkout)
        return True

    async def run(self) -> None:
        connector = aiohttp.TCPConnector(limit=self._connections)
        async with aiohttp.ClientSession(connector=connector, headers=self._headers) as session:
            self._session = session
            try:
                while True:
                    await self._take_up()
                    await asyncio.sleep(LOOK_S)
            finally:
                tasks = list(self._tasks.values())
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _take_up(self) -> None:
        """What another process, or this one before it was started again, has left behind."""
        try:
            async with self._store.transaction() as connection:
                left = await book.due(connection, 100)
                changes = [Change(checkout, "taken up", None) for checkout, _ in left]
                await book.keep(connection, changes, [LEASE_S] * len(left))
        except Unavailable as error:
            self._log.warning("nothing is taken up", reason=str(error))
            return
        for checkout, _ in left:
            self._begin(checkout)

    def _begin(self, checkout: Checkout) -> None:
        checkout_id = checkout.checkout_id
        if checkout_id not in self._tasks:
            task = asyncio.create_task(self._whole(checkout))
            self._tasks[checkout_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(checkout_id))

    async def _whole(self, checkout: Checkout) -> None:
        while (command := current(checkout)) is not None:
            try:
                step = STEPS[checkout.step]
                change = heard(checkout, await self._asked(step.topic, command, step.answer_s))
            except NoAnswer as error:
                self._log.info("no answer", step=STEPS[checkout.step].name, reason=str(error))
                await asyncio.sleep(PAUSE_S)
                change = silent(checkout)
            if change is None:
                raise AssertionError(f"a reply that is none to {command}")
            await self._keep(change)
            checkout = change.checkout

    async def _asked(self, topic: str, command: msgspec.Struct, answer_s: float) -> Reply:
        """Raises NoAnswer."""
        assert self._session is not None
        headers: dict[str, str] = {}
        propagate.inject(headers)
        try:
            async with (
                self._busy(),
                self._session.post(
                    self._services.url(topic),
                    data=msgspec.json.encode(command),
                    headers=headers,
                    timeout=aiohttp.ClientTimeout(total=answer_s),
                ) as answer,
            ):
                body = await answer.read()
                if answer.status != 200:
                    raise NoAnswer(f"{answer.status}: {body[:200]!r}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NoAnswer(repr(error)) from error
        return REPLY.decode(body)

    @asynccontextmanager
    async def _busy(self) -> AsyncIterator[None]:
        self._asking.inc()
        try:
            yield
        finally:
            self._asking.dec()

    async def _keep(self, change: Change) -> None:
        """However long the store takes: what was answered is not to be asked again."""
        due_s = None if change.checkout.terminal else LEASE_S
        while True:
            try:
                async with self._store.transaction() as connection:
                    await book.keep(connection, [change], [due_s])
                break
            except Unavailable as error:
                self._log.warning("a change waits for the store", reason=str(error))
                await asyncio.sleep(PAUSE_S)
        self._metrics.committed(change)
        self._watchers.told(keys_of([change]))
