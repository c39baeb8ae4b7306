"""The service as a process: it reads the catalogue from Postgres, and hears of its changes."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaProducer
from shop_kit.auth import Signer
from shop_kit.conforming import statuses
from shop_kit.testing import Kafka, Postgres, free_port, wait_for
from shop_kit.topics import ensure

pytestmark = pytest.mark.integration
SECRET = "a secret for the tests of the parser, long enough"
TOPIC = "product-changes"
GOODS = """
    INSERT INTO categories VALUES ('home', NULL, 'Home', ARRAY['Home']);
    INSERT INTO brands VALUES ('acme', 'Acme');
    INSERT INTO products (id, title, brand_id, category_id) VALUES
        ('mug', 'Acme Lark Mug', 'acme', 'home'), ('jug', 'Acme Lark Jug', 'acme', 'home');
    INSERT INTO variants (id, product_id, position, sku, options, currency, price_minor, available)
    VALUES ('mug-r', 'mug', 1, 'MUG-R', '[["Colour", "Red"]]', 'EUR', 900, 5),
        ('mug-b', 'mug', 2, 'MUG-B', '[["Colour", "Blue"]]', 'EUR', 900, 5),
        ('jug-1', 'jug', 1, 'JUG-1', '[]', 'EUR', 1900, 3);
"""
BAD = [
    ({}, "text"),
    ({"text": ""}, "text"),
    ({"text": "x" * 2001}, "text"),
    ({"text": 7}, "text"),
    ({"text": "a mug", "cart": [{"variant_id": "mug-r", "quantity": 1}]}, "cart[0].product_id"),
    (
        {"text": "a mug", "cart": [{"product_id": "m", "variant_id": "v", "quantity": 0}]},
        "cart[0].quantity",
    ),
    ({"text": "a mug", "orders": [{}]}, "orders[0].order_id"),
    ({"text": "a mug", "user": "bob"}, "user"),
]


class Service:
    def __init__(self, dsn: str, kafka: str, log: Path) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        env = {
            **os.environ,
            "INTENT_PARSER_DSN": dsn,
            "INTENT_PARSER_KAFKA": kafka,
            "INTENT_PARSER_HTTP_ADDR": self.url.removeprefix("http://"),
            "SHOP_JWT_SECRET": SECRET,
        }
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "intent_parser"], env=env, stdout=out, stderr=out
            )
        token = Signer(SECRET.encode()).token("anna", ["shop"], 600)
        self.client = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False
        )

    def ready(self) -> bool:
        assert self.process.poll() is None
        try:
            return self.client.get("/readyz").is_success
        except httpx.TransportError:
            return False

    def parsed(self, text: str, **more: Any) -> dict[str, Any]:
        answer = self.client.post("/parse-intent", json={"text": text, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def service(
    postgres: Postgres, kafka: Kafka, empty_catalogue: str, tmp_path_factory
) -> Iterator[Service]:
    asyncio.run(postgres.sql(empty_catalogue))
    asyncio.run(postgres.sql(GOODS))
    asyncio.run(ensure(kafka.bootstrap, {TOPIC: 6}))
    service = Service(
        postgres.dsn, kafka.bootstrap, tmp_path_factory.mktemp("parser") / "parser.log"
    )
    wait_for(service.ready, within_s=30)
    yield service
    service.client.close()
    service.process.terminate()
    assert service.process.wait(15) == 0


def _tell(kafka: Kafka, product_id: str) -> None:
    """What product-write's relay would publish."""

    async def publish() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
        await producer.start()
        try:
            change = {
                "product_id": product_id,
                "version": 2,
                "changed_at": datetime.now(UTC).isoformat(),
            }
            await producer.send_and_wait(TOPIC, json.dumps(change).encode(), product_id.encode())
        finally:
            await producer.stop()

    asyncio.run(publish())


def test_a_sentence_is_read(service: Service) -> None:
    found = service.parsed("two red Lark mugs please")
    assert found["type"] == "intent"
    [act] = found["acts"]
    assert (act["type"], act["item"]["quantity"]) == ("add", 2)
    assert act["item"]["variants"][0]["variant_id"] == "mug-r"
    assert service.parsed("a Lark mug")["type"] == "question"
    assert service.parsed("a trombone")["type"] == "refusal"


def test_only_users_are_answered(service: Service) -> None:
    body = {"text": "a mug"}
    assert httpx.post(f"{service.url}/parse-intent", json=body).status_code == 401
    token = Signer(SECRET.encode()).token("anna", ["other"], 600)
    bearer = {"Authorization": f"Bearer {token}"}
    assert httpx.post(f"{service.url}/parse-intent", json=body, headers=bearer).status_code == 403


@pytest.mark.parametrize(("body", "field"), BAD, ids=[field for _, field in BAD])
def test_a_bad_request_names_its_field(service: Service, body: object, field: str) -> None:
    answer = service.client.post("/parse-intent", json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_prices_and_stock_are_heard_of(service: Service, postgres: Postgres, kafka: Kafka) -> None:
    asyncio.run(postgres.sql("UPDATE variants SET available = 0 WHERE id = 'jug-1'"))
    _tell(kafka, "jug")
    wait_for(lambda: service.parsed("the Lark jug")["type"] == "refusal")
    asyncio.run(postgres.sql("UPDATE variants SET available = 9 WHERE id = 'jug-1'"))
    _tell(kafka, "jug")
    wait_for(lambda: service.parsed("the Lark jug")["type"] == "intent")


def test_new_products_and_texts_are_heard_of(
    service: Service, postgres: Postgres, kafka: Kafka
) -> None:
    assert service.parsed("the Lark teapot")["type"] == "refusal"
    new = """
        INSERT INTO products (id, title, brand_id, category_id)
        VALUES ('pot', 'Acme Lark Teapot', 'acme', 'home');
        INSERT INTO variants (id, product_id, position, sku, currency, price_minor, available)
        VALUES ('pot-1', 'pot', 1, 'POT-1', 'EUR', 2900, 4);
    """
    asyncio.run(postgres.sql(new))
    _tell(kafka, "pot")
    wait_for(lambda: service.parsed("the Lark teapot")["type"] == "intent")
    asyncio.run(postgres.sql("UPDATE products SET title = 'Acme Lark Kettle' WHERE id = 'pot'"))
    _tell(kafka, "pot")
    wait_for(lambda: service.parsed("the Lark kettle")["type"] == "intent")


def test_it_tells_of_itself(service: Service) -> None:
    document = service.client.get("/openapi.json").json()
    assert "/parse-intent" in document["paths"]
    page = service.client.get("/metrics").text
    assert "lexicon_variants" in page
    assert 'intents_parsed_total{type="intent"}' in page


def test_a_large_catalogue_may_take_its_time(
    service: Service, postgres: Postgres, kafka: Kafka, tmp_path: Path
) -> None:
    """What reads all of it may wait longer than what answers a request."""

    async def locked_for(seconds: float) -> None:
        connection = await asyncpg.connect(postgres.dsn)
        async with connection.transaction():
            await connection.execute("LOCK TABLE variants IN ACCESS EXCLUSIVE MODE")
            begun.set()
            await asyncio.sleep(seconds)
        await connection.close()

    begun = threading.Event()
    with ThreadPoolExecutor() as pool:
        locking = pool.submit(asyncio.run, locked_for(6))
        assert begun.wait(10)
        log = tmp_path / "slow.log"
        slow = Service(postgres.dsn, kafka.bootstrap, log)
        locking.result()
    wait_for(slow.ready, within_s=30)
    slow.client.close()
    slow.process.terminate()
    assert slow.process.wait(15) == 0
    assert "does not answer in time" not in log.read_text()


def test_a_store_that_goes_leaves_it_answering(service: Service, postgres: Postgres) -> None:
    with postgres.frozen():
        began_s = time.monotonic()
        assert service.parsed("two red Lark mugs")["type"] == "intent"
        assert time.monotonic() - began_s < 1


def test_no_request_within_the_schema_or_beside_it_is_our_mistake(service: Service) -> None:
    token = Signer(SECRET.encode()).token("anna", ["shop"], 600)
    found = statuses(service.url, "/parse-intent", "POST", token)
    assert {200, 400} <= found
    assert found <= {200, 400, 401, 405, 413, 415}
