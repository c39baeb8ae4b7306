"""What our relay carries: events a second out of a full outbox, and from commit to Kafka when calm.

Kafka stamps each record as it appends it to its log; the clock is that of the commit, to a
millisecond. Relay, Postgres and the broker share a core.
"""

from __future__ import annotations

import asyncio
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from shop_kit import outbox
from shop_kit.messages import Message, message_of

from bench import peers
from bench.stack import VARIANT, running

TOPIC, PARTITIONS = "bench-relay", 6
EVENTS = 20_000
KEYS = 5_000
PAYLOAD = b'{"type":"bench","filler":"' + b"x" * 200 + b'"}'
ROUNDS = 3
CALM_PER_S, CALM_S = 100, 10.0
LEAD_IN_S = 3.0
"""Not counted: the relay starts."""
READ_S = 30.0


def main() -> None:
    """Print the rate of each round, and p50 and p99 of the delay."""
    with running("bus.broker", "books.checkout", checkout="saga") as shop:
        dsn = shop.system.provided(VARIANT, "books.checkout")
        broker = shop.system.provided(VARIANT, "bus.broker")
        asyncio.run(_prepare(dsn, broker))
        print(f"\nour relay, one process: {EVENTS:,} events of {len(PAYLOAD)} bytes, {KEYS:,} keys")
        rates = [_drained_per_s(dsn, broker) for _ in range(ROUNDS)]
        shown = ", ".join(f"{rate:,.0f}" for rate in rates)
        print(f"  out of a full outbox: {statistics.median(rates):,.0f} events/s ({shown})")
        with _relaying(dsn, broker):
            delays_ms = asyncio.run(_calm(dsn, broker))
        p50, p99 = statistics.median(delays_ms), statistics.quantiles(delays_ms, n=100)[98]
        print(
            f"  at {CALM_PER_S} commits/s, from commit to Kafka: p50 {p50:.0f} ms, "
            f"p99 {p99:.0f} ms of {len(delays_ms):,}"
        )


def _drained_per_s(dsn: str, broker: str) -> float:
    """Between the first and the last record that Kafka appended of a batch that waited."""
    before = asyncio.run(_ends(broker))
    asyncio.run(_fill(dsn))
    with _relaying(dsn, broker):
        at_ms = sorted(asyncio.run(_appended_ms(broker, before, EVENTS)).values())
    return (EVENTS - 1) / ((at_ms[-1] - at_ms[0]) / 1e3)


async def _prepare(dsn: str, broker: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(outbox.schema())
    finally:
        await connection.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    try:
        settings = {"message.timestamp.type": "LogAppendTime"}
        await admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1, topic_configs=settings)])
    finally:
        await admin.close()


async def _fill(dsn: str) -> None:
    """In one transaction, so that all of them wait at once."""
    connection = await asyncpg.connect(dsn)
    try:
        messages = [Message(TOPIC, f"key-{number % KEYS}", PAYLOAD) for number in range(EVENTS)]
        await outbox.add_all(connection, messages)
    finally:
        await connection.close()


async def _calm(dsn: str, broker: str) -> list[float]:
    """Milliseconds of each event after the lead-in, of commits at even distances by one writer."""
    before = await _ends(broker)
    committed_ms: dict[str, float] = {}
    connection = await asyncpg.connect(dsn)
    try:
        began_s = time.monotonic()
        for number in range(int(CALM_PER_S * (LEAD_IN_S + CALM_S))):
            await asyncio.sleep(max(0.0, began_s + number / CALM_PER_S - time.monotonic()))
            message = Message(TOPIC, f"key-{number % KEYS}", PAYLOAD)
            async with connection.transaction():
                await outbox.add(connection, message)
            committed_ms[message.event_id] = time.time() * 1e3
    finally:
        await connection.close()
    at_ms = await _appended_ms(broker, before, len(committed_ms))
    delays_ms = [max(0.0, at_ms[event] - since_ms) for event, since_ms in committed_ms.items()]
    return delays_ms[int(CALM_PER_S * LEAD_IN_S) :]


async def _ends(broker: str) -> dict[TopicPartition, int]:
    async with AIOKafkaConsumer(bootstrap_servers=broker) as consumer:
        return await consumer.end_offsets(_partitions())


async def _appended_ms(
    broker: str, before: dict[TopicPartition, int], count: int
) -> dict[str, float]:
    """When each of so many events, by its id, was appended to the log; waits for all of them."""
    at_ms: dict[str, float] = {}
    consumer = AIOKafkaConsumer(bootstrap_servers=broker, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(_partitions())
        for partition, offset in before.items():
            consumer.seek(partition, offset)
        async with asyncio.timeout(READ_S):
            while len(at_ms) < count:
                batches = await consumer.getmany(timeout_ms=500, max_records=5_000)
                for record in (each for batch in batches.values() for each in batch):
                    found = message_of(record.topic, record.key, record.value, record.headers)
                    at_ms.setdefault(found.event_id, record.timestamp)
    finally:
        await consumer.stop()
    return at_ms


def _partitions() -> list[TopicPartition]:
    return [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]


@contextmanager
def _relaying(dsn: str, broker: str) -> Iterator[None]:
    command = [sys.executable, "-m", "shop_kit.relay", "--dsn", dsn, "--bootstrap", broker]
    process = subprocess.Popen(
        ["taskset", "-c", str(peers.SERVER_CORE), *command],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        process.wait(10)
