"""What a snapshot hears of over Kafka. It compares itself with the store but once an hour here."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import grpc
import pytest
from aiokafka import AIOKafkaProducer
from shop_kit.testing import free_port, wait_for
from shop_kit.topics import ensure

pytestmark = [pytest.mark.integration, pytest.mark.long]

TOPIC = "product-changes"
NOT_FOUND = grpc.StatusCode.NOT_FOUND
BUCKETS_S = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, float("inf")}
APPLIED, UNREADABLE = {"outcome": "applied"}, {"outcome": "unreadable"}

SHELF = """
    INSERT INTO brands VALUES ('b', 'Heath');
    INSERT INTO categories VALUES ('c', NULL, 'Mugs', '{Mugs}');
    INSERT INTO products (id, title, brand_id, category_id, version)
    SELECT id, 'Mug', 'b', 'c', 1 FROM unnest('{mug,pot,cup}'::text[]) id;
    INSERT INTO variants VALUES ('mug-1', 'mug', 0, 'SKU-1', '[]', 'EUR', 1999, 5);
"""


def event(product_id: str, version: int, **more: object) -> bytes:
    changed_at = datetime.now(UTC).isoformat()
    fields = {"product_id": product_id, "version": version, "changed_at": changed_at}
    return json.dumps(fields | more).encode()


def buckets_s(lookup) -> set[float]:
    """The limits at which staleness is counted."""
    found = re.findall(
        r'catalogue_staleness_seconds_bucket\{le="([^"]+)"\}', lookup.http("/metrics")[1]
    )
    return {float(limit) for limit in found}


@pytest.fixture(scope="module")
def reads() -> str:
    return "snapshot"


@pytest.fixture
def change(postgres, empty_catalogue: str):
    """Commits statements; at first, what stands on the shelf."""

    def change(*statements: str) -> None:
        asyncio.run(postgres.sql(*statements))

    postgres.start()
    change(empty_catalogue, SHELF)
    return change


@pytest.fixture
def say(kafka):
    """Sends values in their order, each once the one before is acknowledged."""

    async def send(values: tuple[bytes | None, ...], compression: str | None) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, compression_type=compression)
        await producer.start()
        try:
            for value in values:
                await producer.send_and_wait(TOPIC, value, b"key")
        finally:
            await producer.stop()

    def say(*values: bytes | None, compression: str | None = None) -> None:
        asyncio.run(send(values, compression))

    kafka.start()
    asyncio.run(ensure(kafka.bootstrap, {TOPIC: 6}))
    return say


@pytest.fixture
def start(launch, kafka, change, say) -> Iterator[object]:
    """A lookup that hears, ready."""
    started = []

    def start(**env: str) -> object:
        hears = {"LOOKUP_REFRESH_S": "3600", "LOOKUP_KAFKA": kafka.bootstrap}
        started.append(launch(**(hears | env)))
        started[-1].wait_ready()
        return started[-1]

    yield start
    for lookup in started:
        assert lookup.stop() == 0


def rise(product_id: str, version: int) -> str:
    return f"UPDATE products SET version = {version} WHERE id = '{product_id}'"


def test_a_change_appears_when_it_is_heard_of(start, change, say) -> None:
    lookup = start()
    change("UPDATE variants SET price_minor = 1799", rise("mug", 2))
    assert lookup.get("mug").version == 1
    say(event("mug", 2, changed=["price"], since="the contract's next version"))
    wait_for(lambda: lookup.get("mug").version == 2)
    assert lookup.get("mug").variants[0].price.amount_minor == 1799
    wait_for(lambda: lookup.metric("lookup_changes_total", **APPLIED) == 1)
    wait_for(lambda: lookup.metric("catalogue_staleness_seconds_count") == 1)
    assert 0 < lookup.metric("catalogue_staleness_seconds_sum") < 10
    assert buckets_s(lookup) == BUCKETS_S


def test_new_and_deleted_products_are_heard_of(start, change, say) -> None:
    lookup = start()
    change(
        "INSERT INTO products (id, title, brand_id, category_id) VALUES ('jar', 'Jar', 'b', 'c')",
        "DELETE FROM products WHERE id = 'pot'",
    )
    say(event("jar", 1), event("pot", 2), event("never", 1))
    wait_for(lambda: lookup.metric("lookup_changes_total", **APPLIED) == 3)
    assert lookup.get("jar").title == "Jar"
    assert lookup.code("pot") is NOT_FOUND
    assert lookup.code("never") is NOT_FOUND
    assert lookup.metric("lookup_snapshot_products") == 3
    assert lookup.metric("catalogue_staleness_seconds_count") == 2


def test_versions_never_go_back(start, change, say) -> None:
    lookup = start()
    change(rise("mug", 5))
    say(event("mug", 5))
    wait_for(lambda: lookup.get("mug").version == 5)
    # Again, out of order, and one that the store knows nothing of.
    say(event("mug", 5), event("mug", 2), event("mug", 4), event("mug", 9), event("mug", 3))
    wait_for(lambda: lookup.metric("lookup_changes_total", **APPLIED) == 5)
    assert lookup.get("mug").version == 5
    # Who hears twice, or late, learns nothing of how old an answer was.
    assert lookup.metric("catalogue_staleness_seconds_count") == 1
    change(rise("mug", 9))
    say(event("mug", 9))
    wait_for(lambda: lookup.get("mug").version == 9)


def test_the_unreadable_is_counted_and_skipped(start, change, say) -> None:
    lookup = start()
    change(rise("mug", 2))
    unreadable = [
        None,
        b"",
        b"\xff\xfe",
        b"null",
        b'{"product_id": "mug"}',
        b"[" * 100_000,
        event("", 2),
        event("x" * 65, 2),
        event("a\0b", 2),
        event("\ud800", 2),
        event("mug", 0),
        event("mug", 2**63),
        event("mug", True),
        event("mug", 2, changed_at="yesterday"),
        event("mug", 2, changed_at="2026-01-01T00:00:00"),
    ]
    say(*unreadable, event("mug", 2))
    wait_for(lambda: lookup.get("mug").version == 2)
    assert lookup.metric("lookup_changes_total", **UNREADABLE) == len(unreadable)
    assert lookup.metric("lookup_changes_total", **APPLIED) == 1


def test_compressed_records_are_read(start, change, say) -> None:
    lookup = start()
    change(rise("mug", 2))
    say(event("mug", 2), compression="gzip")
    wait_for(lambda: lookup.get("mug").version == 2)


def test_what_was_said_before_it_began_is_not_heard(start, change, say) -> None:
    say(event("mug", 1), b"nonsense")
    lookup = start()
    change(rise("mug", 2))
    say(event("mug", 2))
    wait_for(lambda: lookup.get("mug").version == 2)
    assert lookup.metric("lookup_changes_total", **UNREADABLE) == 0
    assert lookup.metric("lookup_changes_total", **APPLIED) == 1


def test_a_broker_that_was_killed_is_heard_again(start, kafka, change, say) -> None:
    lookup = start()
    change(rise("pot", 2))
    say(event("pot", 2))
    wait_for(lambda: lookup.get("pot").version == 2)
    kafka.kill()
    wait_for(lambda: "hears of no changes" in lookup.log.read_text(), within_s=30)
    assert lookup.http("/readyz")[0] == 200
    assert lookup.get("mug").version == 1
    kafka.start()
    change(rise("mug", 2))
    # Once: it goes on where it stood, however late it is back.
    say(event("mug", 2))
    wait_for(lambda: lookup.get("mug").version == 2, within_s=30)
    assert lookup.log.read_text().count("hears of no changes") == 1


def test_without_a_broker_it_is_ready_and_finds_later_what_it_missed(
    start, kafka, change, say
) -> None:
    kafka.kill()
    lookup = start()
    assert lookup.get("mug").version == 1
    change(rise("mug", 2))
    kafka.start()
    # Nothing was said of it: beginning to hear, it compares.
    wait_for(lambda: lookup.get("mug").version == 2, within_s=30)
    change(rise("mug", 3))
    say(event("mug", 3))
    wait_for(lambda: lookup.get("mug").version == 3)
    assert lookup.log.read_text().count("hears of no changes") == 1


def test_with_nobody_to_hear_it_is_ready(start) -> None:
    lookup = start(LOOKUP_KAFKA=f"127.0.0.1:{free_port()}")
    assert lookup.get("mug").version == 1
    lookup = start(LOOKUP_KAFKA="")
    assert lookup.get("mug").version == 1
    assert lookup.has_metric("catalogue_staleness_seconds_count")


def test_a_change_waits_for_a_store_that_is_down(start, postgres, change, say) -> None:
    lookup = start()
    change(rise("mug", 2))
    postgres.stop()
    say(event("mug", 2))
    wait_for(lambda: "snapshot grows old" in lookup.log.read_text())
    assert lookup.get("mug").version == 1
    assert lookup.http("/readyz")[0] == 200
    postgres.start()
    wait_for(lambda: lookup.get("mug").version == 2)
    assert lookup.metric("lookup_changes_total", **APPLIED) == 1


def test_hearing_and_comparing_keep_it_equal_to_the_store(start, change, say) -> None:
    lookup = start(LOOKUP_REFRESH_S="0.1")
    seen = [1]

    def visible(version: int) -> bool:
        seen.append(lookup.get("mug").version)
        return seen[-1] == version

    for version in range(2, 30):
        change(rise("mug", version), rise("cup", version))
        if version % 3:
            say(event("mug", version), event("cup", version), event("mug", version - 1))
        wait_for(lambda version=version: visible(version))
    assert seen == sorted(seen)
    wait_for(lambda: lookup.get("cup").version == 29)
