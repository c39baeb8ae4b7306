"""A service's Postgres: transactions with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from prometheus_client import CollectorRegistry, Gauge

from shop_kit import outbox
from shop_kit.backoff import delays_s
from shop_kit.readiness import Readiness

Connection = PoolConnectionProxy

TIMEOUT_S = 2.0
"""For a transaction, waiting for a free connection and for locks included."""
CLOSE_TIMEOUT_S = 1.0
_SETTING_UP = 0x0B0D
"""Advisory lock: of two that start at once, one makes the tables."""


class Unavailable(Exception):
    """The store cannot do it now; the same request may succeed in a second."""


class Store:
    """Connections of the service `name`, `at_most` so many at once."""

    def __init__(self, name: str, dsn: str, at_most: int) -> None:
        self._name = name
        self._dsn = dsn
        self._at_most = at_most
        self._pool: asyncpg.Pool | None = None

    async def open(self, *statements: str) -> None:
        """Set up outbox and inbox, and run `statements`, which may be run again at any start.

        Raises Unavailable.
        """
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=0,  # nothing is connected here yet, and so nothing fails
                max_size=self._at_most,
                timeout=TIMEOUT_S,
                command_timeout=TIMEOUT_S,
                reset=_nothing_to_reset,
                server_settings={"application_name": self._name},
            )
        try:
            async with self.transaction() as connection:
                await connection.execute("SELECT pg_advisory_xact_lock($1)", _SETTING_UP)
                for each in (outbox.schema(), *statements):
                    await connection.execute(each)
        except asyncpg.PostgresError as error:
            raise Unavailable(f"the store is not as it is to be: {error}") from error

    @asynccontextmanager
    async def transaction(self, timeout_s: float = TIMEOUT_S) -> AsyncIterator[Connection]:
        """Commits at the end of the block, or rolls back what an error left.

        A store that is gone, full, or silent for `timeout_s` raises Unavailable, as does a
        transaction that lost to another: the same again may succeed. Where it is silent during the
        commit, the change may have been made. What it says of the statements themselves is raised
        as it is.
        """
        async with self.reading(timeout_s) as connection, _rolled_back_on_error(connection):
            yield connection

    @asynccontextmanager
    async def reading(self, timeout_s: float = TIMEOUT_S) -> AsyncIterator[Connection]:
        """For single statements that only read: nothing is begun or committed around them, which
        would be two round trips more. Raises as `transaction` does."""
        if self._pool is None:
            raise Unavailable("the store was not reached yet")
        with _telling():
            async with asyncio.timeout(timeout_s), self._pool.acquire() as connection:
                try:
                    yield connection
                except asyncio.CancelledError:
                    # Dropped rather than given back: the pool would wait, past the deadline, for
                    # a store that is silent.
                    connection.terminate()
                    raise

    def measured(self, registry: CollectorRegistry) -> None:
        """Adds `store_connections_busy` and `store_connections_max`."""
        busy = Gauge("store_connections_busy", "Connections in a transaction.", registry=registry)
        most = Gauge("store_connections_max", "Connections at most.", registry=registry)
        busy.set_function(self._busy)
        most.set(self._at_most)

    def _busy(self) -> int:
        return self._pool.get_size() - self._pool.get_idle_size() if self._pool else 0

    async def close(self) -> None:
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await pool.close()
        except TimeoutError:
            pool.terminate()


async def opened(store: Store, readiness: Readiness, *statements: str) -> None:
    """Ready once the store has answered; that it is gone later is told request by request."""
    for wait_s in delays_s():
        try:
            await store.open(*statements)
        except Unavailable as error:
            await readiness.not_ready(str(error))
            await asyncio.sleep(wait_s)
        else:
            break
    await readiness.ready()


_PASSING = (
    asyncpg.InterfaceError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    asyncpg.PostgresIOError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
    OSError,
)


@asynccontextmanager
async def _rolled_back_on_error(connection: Connection) -> AsyncIterator[None]:
    """asyncpg's own would, cancelled, wait for a silent store to roll back."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    except Exception:
        if not connection.is_closed():
            await transaction.rollback()
        raise
    await transaction.commit()


async def _nothing_to_reset(_: asyncpg.Connection) -> None:
    """Our sessions leave nothing behind; the default would cost a second round trip a request."""


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise Unavailable("the store does not answer in time") from error
    except _PASSING as error:
        if isinstance(error, ValueError):  # of the library's own: a value that no column takes
            raise
        told = f"the store cannot be written to: {error or type(error).__name__}"
        raise Unavailable(told) from error
