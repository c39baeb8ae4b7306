"""The blocking arm: a thread a checkout, which asks the services in turn over HTTP.

What a team had before: a pool of threads, a pool of connections to the store, one of connections to
the services, each call waited for.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

import msgspec
import psycopg
import structlog
import urllib3
from opentelemetry import propagate
from prometheus_client import CollectorRegistry, Gauge
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout
from shop_kit.auth import Signer
from shop_kit.store import TIMEOUT_S, Unavailable
from shop_kit.watching import Watchers
from shop_messages import Reply

from checkout_orchestrator import book
from checkout_orchestrator.asking import LEASE_S, PAUSE_S, REPLY, NoAnswer, Services, headers_of
from checkout_orchestrator.book import Asked
from checkout_orchestrator.measures import SagaMetrics
from checkout_orchestrator.saga import (
    STEPS,
    Change,
    Checkout,
    current,
    heard,
    silent,
    taken_back,
)
from checkout_orchestrator.waking import keys_of

LOOK_S = 2.0

P = ParamSpec("P")
R = TypeVar("R")


class InThreads:
    def __init__(
        self,
        dsn: str,
        pool_max: int,
        services: Services,
        signer: Signer,
        threads: int,
        watchers: Watchers,
        registry: CollectorRegistry,
    ) -> None:
        self._services = services
        self._headers = headers_of(signer)
        self._watchers = watchers
        self._metrics = SagaMetrics(registry)
        self._threads = ThreadPoolExecutor(threads, "checkout")
        most = Gauge("checkout_threads_max", "Threads at most.", registry=registry)
        most.set(threads)
        self._busy = Gauge("checkout_threads_busy", "Threads at work.", registry=registry)
        self._store = ConnectionPool(
            dsn,
            min_size=0,
            max_size=pool_max,
            timeout=TIMEOUT_S,
            open=False,
            kwargs={"cursor_factory": psycopg.RawCursor, "row_factory": dict_row},
        )
        self._http = urllib3.PoolManager(maxsize=threads, block=False, retries=False)
        self._under_way: set[str] = set()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._log = structlog.get_logger()

    async def accept(self, change: Change, asked: Asked) -> bool:
        """False where the key was used before. Raises Unavailable."""
        added = await asyncio.wrap_future(self._submit(self._add, change, asked))
        if added:
            self._metrics.committed(change)
            self._begin(change.checkout)
        return added

    async def take_back(self, checkout_id: str) -> bool:
        """False where it is not confirmed. Raises Unavailable."""
        change = await asyncio.wrap_future(self._submit(self._taken_back, checkout_id))
        if change is None:
            return False
        self._metrics.committed(change)
        self._begin(change.checkout)
        return True

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._store.open()
        try:
            while True:
                await asyncio.wrap_future(self._submit(self._take_up))
                await asyncio.sleep(LOOK_S)
        finally:
            self._stopping = True
            self._threads.shutdown(wait=False, cancel_futures=True)
            await asyncio.to_thread(self._threads.shutdown)
            self._store.close()

    def _submit(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Under the trace of whoever asks for it."""
        return self._threads.submit(
            contextvars.copy_context().run, self._counted, work, *args, **kwargs
        )

    def _counted(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        with self._busy.track_inprogress():
            return work(*args, **kwargs)

    def _begin(self, checkout: Checkout) -> None:
        """In a thread, unless one drives it already."""
        with self._lock:
            if checkout.checkout_id in self._under_way:
                return
            self._under_way.add(checkout.checkout_id)
        driven = self._submit(self._whole, checkout)
        driven.add_done_callback(lambda _: self._under_way.discard(checkout.checkout_id))

    def _add(self, change: Change, asked: Asked) -> bool:
        rows = self._run(book.ADD, book.add_values(change, asked, LEASE_S))
        return bool(rows)

    def _taken_back(self, checkout_id: str) -> Change | None:
        try:
            with self._store.connection() as connection:
                rows = connection.execute(book.LOCKED, [[checkout_id]]).fetchall()
                change = taken_back(book.checkout_of(rows[0])) if rows else None
                if change is not None:
                    connection.execute(book.CHANGE, book.change_values([change], [LEASE_S]))
                return change
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise Unavailable(f"the store cannot be written to: {error}") from error

    def _take_up(self) -> None:
        try:
            with self._store.connection() as connection:
                rows = connection.execute(book.DUE, [100]).fetchall()
                left = [book.checkout_of(row) for row in rows]
                changes = [Change(checkout, "taken up", None) for checkout in left]
                values = book.change_values(changes, [LEASE_S] * len(left))
                connection.execute(book.CHANGE, values)
        except (psycopg.Error, PoolTimeout) as error:
            self._log.warning("nothing is taken up", reason=str(error))
            return
        for checkout in left:
            self._begin(checkout)

    def _whole(self, checkout: Checkout) -> None:
        while (command := current(checkout)) is not None and not self._stopping:
            try:
                step = STEPS[checkout.step]
                change = heard(checkout, self._asked(step.topic, command, step.answer_s))
            except NoAnswer as error:
                self._log.info("no answer", step=STEPS[checkout.step].name, reason=str(error))
                time.sleep(PAUSE_S)
                change = silent(checkout)
            if change is None:
                raise AssertionError(f"a reply that is none to {command}")
            self._keep(change)
            checkout = change.checkout

    def _asked(self, topic: str, command: msgspec.Struct, answer_s: float) -> Reply:
        """Raises NoAnswer."""
        headers = dict(self._headers)
        propagate.inject(headers)
        try:
            answer = self._http.request(
                "POST",
                self._services.url(topic),
                body=msgspec.json.encode(command),
                headers=headers,
                timeout=answer_s,
            )
        except urllib3.exceptions.HTTPError as error:
            raise NoAnswer(repr(error)) from error
        if answer.status != 200:
            raise NoAnswer(f"{answer.status}: {answer.data[:200]!r}")
        return REPLY.decode(answer.data)

    def _keep(self, change: Change) -> None:
        """However long the store takes: what was answered is not to be asked again."""
        due_s = None if change.checkout.terminal else LEASE_S
        values = book.change_values([change], [due_s])
        while not self._stopping:
            try:
                self._run(book.CHANGE, values)
                break
            except Unavailable as error:
                self._log.warning("a change waits for the store", reason=str(error))
                time.sleep(PAUSE_S)
        self._metrics.committed(change)
        if self._loop is not None:
            told = self._watchers.told
            self._loop.call_soon_threadsafe(told, keys_of([change]))

    def _run(self, statement: str, values: Sequence[object]) -> list[dict]:
        """In a transaction of its own. Raises Unavailable."""
        try:
            with self._store.connection() as connection:
                cursor = connection.execute(statement, values)
                return cursor.fetchall() if cursor.description else []
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise Unavailable(f"the store cannot be written to: {error}") from error
