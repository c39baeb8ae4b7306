"""All products in memory, kept equal to the store.

The store compares, not this process: each product falls into one of 4,096 buckets, and Postgres
gives one fingerprint a bucket over the ids and versions in it. A comparison is then one array of
4,096 numbers, whatever the size of the catalogue, and only buckets whose number changed are read
again. No time stamp or rising number is trusted: a transaction that began early and committed late
is seen like any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from time import monotonic

import asyncpg

from product_lookup.queries import ALL_PRODUCTS, BUCKETS, FINGERPRINTS, IN_BUCKETS
from product_lookup.reads import Unavailable
from product_lookup.wire import encode

# Rows decoded and encoded in one go, about 20 us each. While loading nobody waits; while serving, a
# request must not wait for more than a few.
_LOAD_ROWS = 500
_REFRESH_ROWS = 8
_BUCKETS_AT_ONCE = 64


class Snapshot:
    """Answers from memory; none until it is loaded."""

    def __init__(self) -> None:
        self._products: dict[str, bytes] = {}
        self._fingerprints: Sequence[int] = ()
        # The ids in each bucket: what is in it no more was deleted.
        self._members: list[Sequence[str]] = []
        self._equal_at_s: float | None = None

    def __len__(self) -> int:
        return len(self._products)

    @property
    def age_s(self) -> float:
        """Seconds since the snapshot was last known to equal the store; NaN until it is loaded."""
        return float("nan") if self._equal_at_s is None else monotonic() - self._equal_at_s

    async def one(self, product_id: str) -> bytes | None:
        self._check_loaded()
        return self._products.get(product_id)

    async def many(self, product_ids: Sequence[str]) -> Mapping[str, bytes]:
        self._check_loaded()
        return self._products

    def _check_loaded(self) -> None:
        if self._equal_at_s is None:
            raise Unavailable("the snapshot is not loaded yet")

    async def load(self, connection: asyncpg.Connection) -> None:
        """Read everything, as of one instant."""
        began_s = monotonic()
        products: dict[str, bytes] = {}
        members: list[list[str]] = [[] for _ in range(BUCKETS)]
        async with _one_instant(connection):
            fingerprints = await connection.fetchval(FINGERPRINTS)
            async for row in connection.cursor(ALL_PRODUCTS, prefetch=_LOAD_ROWS):
                products[row["id"]] = encode(row)
                members[row["bucket"]].append(row["id"])
        self._products = products
        self._members = [*members]
        self._fingerprints = fingerprints
        self._equal_at_s = began_s

    async def refresh(self, connection: asyncpg.Connection) -> int:
        """Take over what changed in the store; gives the number of buckets that had.

        Never holds the event loop for more than a fraction of a millisecond.
        """
        began_s = monotonic()
        read: dict[int, dict[str, bytes]] = {}
        async with _one_instant(connection):
            fingerprints = await connection.fetchval(FINGERPRINTS)
            read = {i: {} for i in range(BUCKETS) if fingerprints[i] != self._fingerprints[i]}
            if read:
                async for row in connection.cursor(IN_BUCKETS, [*read], prefetch=_REFRESH_ROWS):
                    read[row["bucket"]][row["id"]] = encode(row)
        for done, (bucket, products) in enumerate(read.items()):
            for product_id in self._members[bucket]:
                if product_id not in products:
                    del self._products[product_id]
            self._products.update(products)
            self._members[bucket] = tuple(products)
            if done % _BUCKETS_AT_ONCE == 0:
                await asyncio.sleep(0)
        self._fingerprints = fingerprints
        self._equal_at_s = began_s
        return len(read)


@asynccontextmanager
async def _one_instant(connection: asyncpg.Connection) -> AsyncIterator[None]:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        yield
