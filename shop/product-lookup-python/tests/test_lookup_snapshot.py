"""The snapshot against a real store: refreshed, it is what a new load would give."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest
from product_lookup.reads import Unavailable
from product_lookup.snapshot import Snapshot
from product_lookup.store import Connections, StoreReads
from shop_kit.testing import Postgres

pytestmark = pytest.mark.integration

CATALOGUE = """
    INSERT INTO brands VALUES ('b', 'Heath');
    INSERT INTO categories VALUES ('c', NULL, 'Mugs', '{Home,Mugs}');
"""
INSERT = """
    INSERT INTO products (id, title, brand_id, category_id)
    SELECT 'p' || i, 'Mug ' || i, 'b', 'c' FROM unnest($1::int[]) i ON CONFLICT DO NOTHING
"""
VARIANTS = """
    INSERT INTO variants
    SELECT 'v' || i, 'p' || i, 0, 'S' || i, '[["Colour", "Red"]]', 'EUR', 1999, 5
    FROM unnest($1::int[]) i WHERE i % 3 > 0 ON CONFLICT DO NOTHING
"""
UPDATE = """
    UPDATE products SET title = title || '!', version = version + 1
    WHERE id = ANY (SELECT 'p' || i FROM unnest($1::int[]) i)
"""
DELETE_VARIANTS = """
    DELETE FROM variants WHERE product_id = ANY (SELECT 'p' || i FROM unnest($1::int[]) i)
"""
DELETE = "DELETE FROM products WHERE id = ANY (SELECT 'p' || i FROM unnest($1::int[]) i)"


@pytest.fixture
async def connections(postgres: Postgres, empty_catalogue: str) -> AsyncIterator[Connections]:
    await postgres.sql(empty_catalogue, CATALOGUE)
    connections = Connections(postgres.dsn, keep=0, at_most=2)
    await connections.open()
    yield connections
    await connections.close()


async def everything(snapshot: Snapshot) -> dict[str, bytes]:
    return dict(await snapshot.many([]))


async def test_refreshed_it_is_what_a_new_load_would_give(
    connections: Connections, postgres: Postgres
) -> None:
    rng = random.Random(20)
    snapshot, fresh = Snapshot(), Snapshot()
    ids = range(3_000)
    async with postgres.connection() as writer, connections.lease(60) as reader:
        await writer.execute(INSERT, rng.sample(ids, 1_500))
        await snapshot.load(reader)
        for size in (0, 1, 3, 40, 1_500):
            await writer.execute(INSERT, chosen := rng.sample(ids, size))
            await writer.execute(VARIANTS, chosen)
            await writer.execute(UPDATE, chosen + rng.sample(ids, size))
            await writer.execute(DELETE_VARIANTS, gone := rng.sample(ids, size))
            await writer.execute(DELETE, gone)
            changed = await snapshot.refresh(reader)
            await fresh.load(reader)
            assert await everything(snapshot) == await everything(fresh)
            assert (changed == 0) == (size == 0)
            assert await snapshot.refresh(reader) == 0


async def test_what_is_taken_over_the_next_comparison_does_not_find(
    connections: Connections, postgres: Postgres
) -> None:
    snapshot, fresh = Snapshot(), Snapshot()
    async with postgres.connection() as writer, connections.lease(60) as reader:
        await writer.execute(INSERT, list(range(30)))
        await snapshot.load(reader)
        await writer.execute(INSERT, [30, 31])
        await writer.execute(UPDATE, [1, 2])
        await writer.execute(DELETE, [3, 4])
        heard = ["p30", "p31", "p1", "p2", "p3", "p4", "p5", "never"]
        taken = await snapshot.take_over(reader, heard)
        await fresh.load(reader)
        assert await everything(snapshot) == await everything(fresh)
        assert snapshot._fingerprints == fresh._fingerprints
        assert await snapshot.refresh(reader) == 0
    versions = [(taken[each].before, taken[each].now) for each in heard]
    was_and_is = [(None, 1)] * 2 + [(1, 2)] * 2 + [(1, None)] * 2 + [(1, 1), (None, None)]
    assert versions == was_and_is


async def test_both_kinds_of_reads_give_the_same_bytes(
    connections: Connections, postgres: Postgres
) -> None:
    async with postgres.connection() as writer:
        await writer.execute(INSERT, list(range(30)))
        await writer.execute(VARIANTS, list(range(30)))
    snapshot, store = Snapshot(), StoreReads(connections)
    async with connections.lease(60) as reader:
        await snapshot.load(reader)
    held = await everything(snapshot)
    assert len(held) == 30
    assert await store.many([*held, "nope"]) == held
    for product_id, product in held.items():
        assert await store.one(product_id) == product
    assert await store.one("nope") is None


async def test_until_it_is_loaded_nothing_is_answered() -> None:
    with pytest.raises(Unavailable, match="not loaded"):
        await Snapshot().one("p1")


async def test_a_store_without_a_schema_is_not_open(postgres: Postgres) -> None:
    await postgres.sql("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    connections = Connections(postgres.dsn, keep=1, at_most=2)
    with pytest.raises(Unavailable, match="products"):
        await connections.open()
    assert (connections.idle, connections.used) == (0, 0)
