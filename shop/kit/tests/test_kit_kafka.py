"""A Kafka of one's own, and its topics."""

from __future__ import annotations

import subprocess
import sys

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata
from shop_kit import kafka as kafka_module
from shop_kit.kafka import Node
from shop_kit.testing import Kafka, wait_for
from shop_kit.topics import TopicsError, ensure

MIB = 1 << 20


@pytest.mark.parametrize(
    ("said", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime', 17),
        ('java version "1.8.0_392"', 1),
        ("command not found", None),
    ],
)
def test_versions_are_read(said: str, major: int | None) -> None:
    assert kafka_module.major_version(said) == major


def test_nodes_with_the_same_voters_are_one_cluster() -> None:
    three = "1@a:1,2@b:1,3@c:1"
    assert kafka_module.cluster_id(three) == kafka_module.cluster_id(three)
    assert kafka_module.cluster_id(three) != kafka_module.cluster_id("1@a:1")
    assert len(kafka_module.cluster_id(three)) == 22


def test_no_cluster_is_named_like_an_option() -> None:
    names = [kafka_module.cluster_id(f"1@127.0.0.1:{port}") for port in range(9000, 10_000)]
    assert not [name for name in names if name.startswith("-")]


def test_what_is_acknowledged_by_three_is_on_two(tmp_path) -> None:
    def properties(number: int, voters: str, brokers: int) -> str:
        return kafka_module.properties(Node(tmp_path, number, 9092, 9093, voters, brokers))

    alone = properties(1, "1@127.0.0.1:9093", 1)
    assert "default.replication.factor=1\n" in alone
    assert "min.insync.replicas=1\n" in alone
    assert "process.roles=broker,controller\n" in alone
    of_three = properties(2, "1@a:1,2@b:1,3@c:1", 3)
    assert "node.id=2\n" in of_three
    assert "process.roles=broker,controller\n" in of_three
    broker_alone = properties(2, "1@a:1", 3)
    assert "process.roles=broker\n" in broker_alone
    assert "listeners=PLAINTEXT://127.0.0.1:9092\n" in broker_alone
    for each in (of_three, broker_alone):
        assert "default.replication.factor=3\n" in each
        assert "min.insync.replicas=2\n" in each


@pytest.mark.parametrize(
    ("module", "arguments", "said"),
    [
        ("kafka", ["--port", "0"], "write a number from 1 to 65535"),
        ("kafka", ["--port", "1", "--voters", "me"], "write such as 1@127.0.0.1:9093"),
        ("kafka", ["--port", "1", "--heap", "much"], "write such as 512m"),
        ("topics", ["--bootstrap", "127.0.0.1:1", "orders"], "write such as orders=6"),
        ("topics", ["--bootstrap", "127.0.0.1:1", "orders=6"], "topics: 127.0.0.1:1"),
    ],
)
def test_wrong_arguments_are_explained(tmp_path, module: str, arguments, said: str) -> None:
    own = ["--data", str(tmp_path), "--controller-port", "2"] if module == "kafka" else []
    command = [sys.executable, "-m", f"shop_kit.{module}", *own, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 2
    assert said in ran.stderr


@pytest.mark.integration
async def test_topics_are_made_once_and_have_their_partitions(kafka: Kafka) -> None:
    await ensure(kafka.bootstrap, {"orders": 6, "changes": 1})
    await ensure(kafka.bootstrap, {"orders": 6})
    with pytest.raises(TopicsError, match="orders has 6 partitions, not 3"):
        await ensure(kafka.bootstrap, {"orders": 3})


@pytest.mark.integration
async def test_what_was_acknowledged_outlives_a_crash(kafka: Kafka) -> None:
    await ensure(kafka.bootstrap, {"kept": 1})
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all") as producer:
        for number in range(100):
            await producer.send_and_wait("kept", str(number).encode())
    kafka.kill()
    kafka.start()
    consumer = AIOKafkaConsumer(
        "kept", bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest"
    )
    async with consumer:
        found = [(await consumer.getone()).value for _ in range(100)]
    assert found == [str(number).encode() for number in range(100)]


@pytest.mark.integration
async def test_the_log_of_offsets_stays_short(kafka: Kafka) -> None:
    """A broker that was killed reads it all before a group goes on."""
    await ensure(kafka.bootstrap, {"committed": 16})
    places = [TopicPartition("committed", number) for number in range(16)]
    long = OffsetAndMetadata(1, "m" * 4_000)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap, group_id="often", enable_auto_commit=False
    )
    async with consumer:
        consumer.assign(places)
        for _ in range(100):
            await consumer.commit(dict.fromkeys(places, long))
    assert kafka.log_bytes("__consumer_offsets-*") > 4 * MIB
    # The cleaner looks every 15 s, and not at the segment that is being written.
    wait_for(lambda: kafka.log_bytes("__consumer_offsets-*") < 2 * MIB, within_s=60)
