"""What is heard of changes: the page ends at once, and no change is let go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer
from shop_kit.testing import Kafka, Postgres, Redis, wait_for
from shop_kit.topics import ensure

pytestmark = pytest.mark.integration

TOPIC = "product-changes"
NONSENSE = (
    *(None, b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}"),
    b'{"product_id": "p-1", "version": "x", "changed_at": "2026-01-01T00:00:00Z"}',
    b'{"product_id": "p-1", "version": 2, "changed_at": null}',
)


@pytest.fixture(scope="module")
def hearing(launch, kafka: Kafka):
    """A product-read that hears of changes."""
    asyncio.run(ensure(kafka.bootstrap, {TOPIC: 6}))
    return launch(PRODUCT_READ_KAFKA=kafka.bootstrap)


@pytest.fixture
async def tell(kafka: Kafka) -> AsyncIterator[AIOKafkaProducer]:
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all") as producer:
        yield producer


async def _change(postgres: Postgres, tell: AIOKafkaProducer, product_id: str, title: str) -> None:
    """As product-write does it: in the store first, then told of."""
    async with postgres.connection() as connection:
        version = await connection.fetchval(
            "UPDATE products SET title = $2, version = version + 1 WHERE id = $1 RETURNING version",
            *(product_id, title),
        )
    change = {
        "product_id": product_id,
        "version": version,
        "changed_at": datetime.now(UTC).isoformat(),
        "changed": ["text"],
    }
    await tell.send_and_wait(TOPIC, json.dumps(change).encode(), product_id.encode())


def _title(service, product_id: str) -> str:
    return service.get(f"/api/products/{product_id}").json()["title"]


async def test_a_cached_page_ends_with_its_product(hearing, tell, ids, postgres) -> None:
    assert _title(hearing, ids[20]) == _title(hearing, ids[20])
    await _change(postgres, tell, ids[20], "Another title")
    wait_for(lambda: _title(hearing, ids[20]) == "Another title")
    assert hearing.metric("catalogue_staleness_seconds_count") >= 1


async def test_an_id_that_was_unknown_is_known_once_it_is_there(hearing, tell, postgres) -> None:
    assert hearing.get("/api/products/p-new").status_code == 404
    await postgres.sql(
        "INSERT INTO products (id, title, brand_id, category_id)"
        " SELECT 'p-new', 'New', brand_id, category_id FROM products LIMIT 1"
    )
    await _change(postgres, tell, "p-new", "Newer")
    wait_for(lambda: hearing.get("/api/products/p-new").status_code == 200)


async def test_what_cannot_be_read_holds_nobody_up(hearing, tell, ids, postgres) -> None:
    _title(hearing, ids[21])
    before = hearing.metric("changes_unreadable_total")
    for nonsense in NONSENSE:
        await tell.send_and_wait(TOPIC, nonsense, ids[21].encode())
    await _change(postgres, tell, ids[21], "After the nonsense")
    wait_for(lambda: _title(hearing, ids[21]) == "After the nonsense")
    assert hearing.metric("changes_unreadable_total") - before == len(NONSENSE)


async def test_a_change_that_comes_while_redis_is_away_is_not_let_go(
    hearing, tell, ids, postgres, redis: Redis
) -> None:
    """Another process would find the old page in Redis for an hour: it must be ended there."""
    _title(hearing, ids[22])
    heard = hearing.metric("catalogue_staleness_seconds_count")
    with redis.frozen():
        wait_for(lambda: hearing.get(_page(ids[23])) and hearing.breaker("redis") == "open")
        await _change(postgres, tell, ids[22], "While Redis was away")
        wait_for(lambda: _title(hearing, ids[22]) == "While Redis was away")
        assert hearing.metric("catalogue_staleness_seconds_count") == heard
    wait_for(lambda: hearing.metric("catalogue_staleness_seconds_count") == heard + 1)
    wait_for(lambda: "hit" in hearing.get(_page(ids[22])).headers["cache-status"])
    assert _title(hearing, ids[22]) == "While Redis was away"


def _page(product_id: str) -> str:
    return f"/api/products/{product_id}"


async def test_a_broker_that_goes_and_comes_back(hearing, tell, ids, postgres, kafka) -> None:
    _title(hearing, ids[25])
    kafka.kill()
    assert _title(hearing, ids[25])
    kafka.start()
    await _change(postgres, tell, ids[25], "After the broker came back")
    wait_for(lambda: _title(hearing, ids[25]) == "After the broker came back", within_s=60)
