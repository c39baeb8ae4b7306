"""What becomes of changes and events when the store, the broker or the process itself goes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import jsonschema_rs
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord
from shop_kit.messages import message_of
from shop_kit.testing import free_port, wait_for
from shop_kit.topics import ensure

pytestmark = pytest.mark.integration

EVENT = Path(__file__).parents[2] / "contracts/events/product-changed.v1.json"
NOWHERE = "127.0.0.1:1"


def test_a_store_that_is_gone_is_told_and_found_again(launch, postgres) -> None:
    service = launch()
    assert service.change("mug", {"title": "Before"}).status_code == 200
    postgres.stop()
    try:
        answer = service.change("mug", {"title": "Meanwhile"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.headers["content-type"] == "application/problem+json"
        # One that starts now says so, and waits.
        other = launch(ready=False)
        wait_for(lambda: other.readiness().startswith("not ready: the store"))
    finally:
        postgres.start()
    other.wait_ready()
    wait_for(lambda: service.change("mug", {"title": "After"}).status_code == 200)
    assert other.change("mug", {"title": "Later"}).status_code == 200


def test_a_store_that_is_silent_is_told_in_time(launch, postgres) -> None:
    service = launch()
    assert service.change("mug", {"title": "Before"}).status_code == 200
    with postgres.frozen():
        answer = service.change("mug", {"title": "Meanwhile"})
        assert answer.status_code == 503
        assert answer.elapsed.total_seconds() < 5
    wait_for(lambda: service.change("mug", {"title": "After"}).status_code == 200)


def test_it_ends_with_0_when_told_to(launch) -> None:
    service = launch(PRODUCT_WRITE_KAFKA=NOWHERE)
    assert service.change("mug", {"title": "Last"}).status_code == 200
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


def test_what_is_under_way_is_answered_before_it_ends(launch, postgres, rows) -> None:
    service = launch()
    waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"

    async def held() -> httpx.Response:
        async with postgres.connection() as connection, connection.transaction():
            await connection.execute("SELECT FROM products WHERE id = 'mug' FOR UPDATE")
            answer = asyncio.create_task(asyncio.to_thread(service.change, "mug", {"title": "Now"}))
            while not await connection.fetch(waiting):
                pass
            service.process.terminate()
            while "stopping" not in service.log.read_text():
                assert service.process.poll() is None
        return await answer

    assert asyncio.run(held()).status_code == 200
    assert service.process.wait(15) == 0
    assert rows("SELECT title FROM products WHERE id = 'mug'")[0]["title"] == "Now"


WRONG_SETTINGS = [
    ({"PRODUCT_WRITE_DSN": "catalogue"}, "PRODUCT_WRITE_DSN=catalogue: not a Postgres URL"),
    ({"SHOP_JWT_SECRET": "short"}, "SHOP_JWT_SECRET: a secret of 5 bytes"),
    ({"PRODUCT_WRITE_POOL_MAX": "0"}, "PRODUCT_WRITE_POOL_MAX=0"),
]


@pytest.mark.parametrize(("wrong", "told"), WRONG_SETTINGS)
def test_a_wrong_setting_ends_it_with_2(launch, wrong: dict[str, str], told: str) -> None:
    service = launch(ready=False, **wrong)
    assert service.process.wait(20) == 2
    assert told in service.log.read_text()


def test_an_event_is_under_the_trace_of_its_request(launch, rows) -> None:
    # Nobody collects the spans; the context travels all the same.
    service = launch(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{free_port()}")
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    parent = f"00-{trace_id}-b7ad6b7169203331-01"
    assert service.change("jug", {"title": "Traced"}, traceparent=parent).status_code == 200
    [row] = rows("SELECT headers FROM outbox WHERE key = 'jug' ORDER BY seq DESC LIMIT 1")
    found = json.loads(row["headers"])["traceparent"]
    assert found.split("-")[1] == trace_id
    assert found != parent
    assert service.stop() == 0


def test_the_event_arrives_as_agreed(launch, kafka, rows) -> None:
    asyncio.run(ensure(kafka.bootstrap, {"product-changes": 3}))
    service = launch(PRODUCT_WRITE_KAFKA=kafka.bootstrap)
    told = service.change("tray", {"description": "For tea."}).json()
    message = asyncio.run(_last_of(kafka.bootstrap, "tray", told["version"]))
    payload = json.loads(message.payload)
    jsonschema_rs.validator_for(json.loads(EVENT.read_text())).validate(payload)
    assert payload == told | {"changed": ["text"]}
    wait_for(lambda: not rows("SELECT FROM outbox"))
    wait_for(lambda: service.metric("outbox_published_total") >= 1)


async def _last_of(bootstrap: str, key: str, version: int):
    """The event of this version, as soon as it is there."""
    consumer = AIOKafkaConsumer(
        "product-changes", bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    )
    async with asyncio.timeout(60), consumer:
        while True:
            record: ConsumerRecord = await consumer.getone()
            message = message_of(record.topic, record.key, record.value, record.headers)
            if message.key == key and json.loads(message.payload)["version"] == version:
                return message


def test_it_ends_with_0_though_the_broker_is_gone(launch, kafka, rows) -> None:
    asyncio.run(ensure(kafka.bootstrap, {"product-changes": 3}))
    service = launch(PRODUCT_WRITE_KAFKA=kafka.bootstrap)
    assert service.change("tray", {"title": "Told"}).status_code == 200
    wait_for(lambda: not rows("SELECT FROM outbox"))
    kafka.kill()
    assert service.change("tray", {"title": "Not told yet"}).status_code == 200
    assert service.stop() == 0
    assert len(rows("SELECT FROM outbox")) == 1
