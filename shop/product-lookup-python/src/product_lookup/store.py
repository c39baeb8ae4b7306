"""The catalogue in Postgres: the connections, and reads that ask it for every request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from product_lookup.queries import ONE_PRODUCT, SOME_PRODUCTS
from product_lookup.reads import Unavailable
from product_lookup.wire import encode

Connection = PoolConnectionProxy

CONNECT_TIMEOUT_S = 2.0
REQUEST_TIMEOUT_S = 2.0
CLOSE_TIMEOUT_S = 1.0


class Connections:
    """A pool that can be opened again where the first attempt failed."""

    def __init__(self, dsn: str, keep: int, at_most: int) -> None:
        self._dsn = dsn
        self._keep = min(keep, at_most)
        self._at_most = at_most
        self._pool: asyncpg.Pool | None = None

    @property
    def idle(self) -> int:
        return 0 if self._pool is None else self._pool.get_idle_size()

    @property
    def used(self) -> int:
        return 0 if self._pool is None else self._pool.get_size() - self._pool.get_idle_size()

    async def open(self) -> None:
        """Raises Unavailable where the store or its schema is not there."""
        await self.close()
        with _telling():
            pool = await asyncpg.create_pool(
                self._dsn,
                min_size=self._keep,
                max_size=self._at_most,
                timeout=CONNECT_TIMEOUT_S,
                reset=_nothing_to_reset,
                server_settings={"application_name": "product-lookup"},
            )
        self._pool = pool
        try:
            async with self.lease(REQUEST_TIMEOUT_S) as connection:
                await connection.fetchrow(ONE_PRODUCT, "")
        except Unavailable:
            await self.close()
            raise

    @asynccontextmanager
    async def lease(self, timeout_s: float) -> AsyncIterator[Connection]:
        """A connection for `timeout_s` in all, waiting for a free one included.

        Whatever the store does wrong in that time is raised as Unavailable.
        """
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

    async def close(self) -> None:
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await pool.close()
        except TimeoutError:
            pool.terminate()


async def _nothing_to_reset(_: asyncpg.Connection) -> None:
    """Our sessions leave nothing behind; the default would cost a second round trip a request."""


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise Unavailable("the store does not answer in time") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise Unavailable(f"the store cannot be read: {error or type(error).__name__}") from error


class StoreReads:
    """One prepared query a request (the driver prepares it once a connection)."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def one(self, product_id: str) -> bytes | None:
        if "\0" in product_id:  # no text in Postgres holds it
            return None
        async with self._connections.lease(REQUEST_TIMEOUT_S) as connection:
            row = await connection.fetchrow(ONE_PRODUCT, product_id)
        return None if row is None else encode(row)

    async def many(self, product_ids: Sequence[str]) -> Mapping[str, bytes]:
        possible = [each for each in dict.fromkeys(product_ids) if "\0" not in each]
        async with self._connections.lease(REQUEST_TIMEOUT_S) as connection:
            rows = await connection.fetch(SOME_PRODUCTS, possible)
        return {row["id"]: encode(row) for row in rows}
