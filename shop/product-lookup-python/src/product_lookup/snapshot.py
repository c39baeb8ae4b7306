"""All products in memory, kept equal to the store.

The store compares, not this process: each product falls into one of 4,096 buckets, and Postgres
gives one fingerprint a bucket over the ids and versions in it. A comparison is then one array of
4,096 numbers, whatever the size of the catalogue; of the buckets whose number changed the versions
are compared here, and only what changed is read again. No time stamp or rising number is trusted:
a transaction that began early and committed late is seen like any other.

What is heard of between two comparisons is read at once. Both change the snapshot, so one task does
both; the fingerprints are kept in step, and the next comparison finds nothing new there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from time import monotonic

from product_lookup.changes import Taken
from product_lookup.queries import (
    ALL_PRODUCTS,
    BUCKETS,
    BUCKETS_OF,
    FINGERPRINTS,
    SOME_PRODUCTS,
    STEPS,
    VERSIONS_IN_BUCKETS,
)
from product_lookup.reads import Unavailable
from product_lookup.store import Connection
from product_lookup.wire import encode

# How much is done in one go. While loading, nobody waits; while serving, a request must not wait
# for more than a fraction of a millisecond.
_LOAD_PRODUCTS = 500
_REFRESH_PRODUCTS = 8
_REFRESH_VERSIONS = 200
_REFRESH_CHANGES = 1_000


class Snapshot:
    """Answers from memory; none until it is loaded."""

    def __init__(self) -> None:
        self._products: dict[str, bytes] = {}
        self._fingerprints: list[int] = []
        # Bucket to id to version: tells what of a changed bucket is new, changed or gone.
        self._versions: list[dict[str, int]] = []
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

    async def load(self, connection: Connection) -> None:
        """Read everything, as of one instant."""
        began_s = monotonic()
        products: dict[str, bytes] = {}
        versions: list[dict[str, int]] = [{} for _ in range(BUCKETS)]
        async with _one_instant(connection):
            fingerprints = await connection.fetchval(FINGERPRINTS)
            async for row in connection.cursor(ALL_PRODUCTS, prefetch=_LOAD_PRODUCTS):
                products[row["id"]] = encode(row)
                versions[row["bucket"]][row["id"]] = row["version"]
        self._products, self._versions, self._fingerprints = products, versions, fingerprints
        self._equal_at_s = began_s

    async def refresh(self, connection: Connection) -> int:
        """Take over what changed in the store; gives the number of products that did."""
        began_s = monotonic()
        versions: dict[int, dict[str, int]] = {}
        changed: list[str] = []
        products: dict[str, bytes] = {}
        async with _one_instant(connection):
            fingerprints = await connection.fetchval(FINGERPRINTS)
            versions = {i: {} for i in range(BUCKETS) if fingerprints[i] != self._fingerprints[i]}
            if versions:
                rows = connection.cursor(
                    VERSIONS_IN_BUCKETS, [*versions], prefetch=_REFRESH_VERSIONS
                )
                async for bucket, product_id, version in rows:
                    versions[bucket][product_id] = version
                    if self._versions[bucket].get(product_id) != version:
                        changed.append(product_id)
            for first in range(0, len(changed), _REFRESH_CHANGES):
                some = changed[first : first + _REFRESH_CHANGES]
                async for row in connection.cursor(SOME_PRODUCTS, some, prefetch=_REFRESH_PRODUCTS):
                    products[row["id"]] = encode(row)

        # From here on nothing can fail: the store's answer is complete.
        gone = 0
        for bucket, present in versions.items():
            for product_id in self._versions[bucket].keys() - present.keys():
                del self._products[product_id]
                gone += 1
            self._versions[bucket] = present
            await asyncio.sleep(0)
        for product_id in changed:
            self._products[product_id] = products.pop(product_id)
            if len(products) % _REFRESH_CHANGES == 0:
                await asyncio.sleep(0)
        self._fingerprints = fingerprints
        self._equal_at_s = began_s
        return len(changed) + gone

    async def take_over(
        self, connection: Connection, product_ids: Sequence[str]
    ) -> dict[str, Taken]:
        """Read some products again; never back to an older version. Gives what became of each."""
        read: dict[str, tuple[int, bytes]] = {}
        async with _one_instant(connection):
            rows = connection.cursor(SOME_PRODUCTS, product_ids, prefetch=_REFRESH_PRODUCTS)
            async for row in rows:
                read[row["id"]] = row["version"], encode(row)
            buckets = [bucket for (bucket,) in await connection.fetch(BUCKETS_OF, product_ids)]
            before = [
                self._versions[bucket].get(product_id)
                for product_id, bucket in zip(product_ids, buckets, strict=True)
            ]
            now = [read[each][0] if each in read else None for each in product_ids]
            steps = [step for (step,) in await connection.fetch(STEPS, product_ids, before, now)]

        # From here on nothing can fail.
        taken: dict[str, Taken] = {}
        for product_id, bucket, step, old, new in zip(
            product_ids, buckets, steps, before, now, strict=True
        ):
            if old is not None and new is not None and new <= old:
                taken[product_id] = Taken(old, old)
                continue
            taken[product_id] = Taken(old, new)
            self._fingerprints[bucket] ^= step
            if new is not None:
                self._versions[bucket][product_id], self._products[product_id] = read[product_id]
            elif old is not None:
                del self._versions[bucket][product_id], self._products[product_id]
        return taken


@asynccontextmanager
async def _one_instant(connection: Connection) -> AsyncIterator[None]:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        yield
