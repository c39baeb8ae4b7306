"""What is done to stores and topics on purpose: they are emptied, and say things again."""

from __future__ import annotations

import subprocess
import sys

import pytest
import valkey
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from shop_kit.testing import Kafka, Redis, free_port
from shop_kit.topics import ensure

pytestmark = pytest.mark.integration


def ran(*arguments: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def test_a_redis_is_emptied_of_all_databases(tmp_path) -> None:
    server = Redis(tmp_path / "data")
    server.start()
    flush = "shop_kit.flushing", "--port", str(server.port)
    try:
        assert ran(*flush) == (1, "there were no keys", "")
        for database in (0, 1):
            with valkey.Valkey(port=server.port, db=database) as client:
                client.mset({f"key {i}": "x" for i in range(600)})
        assert ran(*flush) == (0, "1,200 keys are gone", "")
        with valkey.Valkey(port=server.port, db=1) as client:
            assert client.dbsize() == 0
    finally:
        server.kill()
    code, said, why = ran(*flush)
    assert (code, said) == (2, "")
    assert why.startswith("flushing: ")


async def test_the_last_events_come_again_the_last_first(kafka: Kafka) -> None:
    await ensure(kafka.bootstrap, {"said": 2, "quiet": 1})
    replay = ("shop_kit.replaying", "--bootstrap", kafka.bootstrap, "--last", "3", "said", "quiet")
    assert ran(*replay) == (1, "there are no events", "")
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    await producer.start()
    for number in range(5):
        headers = [("event-id", b"e-%d" % number)]
        value = f"{number}".encode()
        await producer.send_and_wait("said", value, b"k", partition=1, headers=headers)
    await producer.stop()
    assert ran(*replay) == (0, "3 events came again, the last first", "")

    consumer = AIOKafkaConsumer(
        "said", bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        records = [await consumer.getone() for _ in range(8)]
    finally:
        await consumer.stop()
    assert [record.value for record in records] == [b"0", b"1", b"2", b"3", b"4", b"4", b"3", b"2"]
    assert {(record.partition, record.key) for record in records} == {(1, b"k")}
    assert records[-1].headers == (("event-id", b"e-2"),)


def test_a_broker_that_is_not_there_is_told() -> None:
    code, said, why = ran("shop_kit.replaying", "--bootstrap", f"127.0.0.1:{free_port()}", "said")
    assert (code, said) == (2, "")
    assert "replaying: " in why
