"""Outbox, relay and inbox: nothing lost, nothing done twice, order kept, whatever dies and when."""

from __future__ import annotations

import asyncio
import gc
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import ProducerClosed
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from shop_kit import outbox
from shop_kit.messages import Message, message_of
from shop_kit.relay import Relay, RelayMetrics, _dropped, rounds
from shop_kit.testing import Kafka, Postgres, wait_for
from shop_kit.topics import ensure

TABLES = """
    DROP TABLE IF EXISTS outbox, inbox, things, effects;
    CREATE TABLE things (key text PRIMARY KEY, version int NOT NULL);
    CREATE TABLE effects (n serial, key text NOT NULL, version int NOT NULL);
"""
KEYS = [f"key {number}" for number in range(12)]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("123")), max_size=30))
def test_rounds_keep_the_order_of_each_key(where) -> None:
    rows = [{"topic": topic, "key": key, "seq": seq} for seq, (topic, key) in enumerate(where)]
    found = list(rounds(rows))
    for some in found:
        assert len({(row["topic"], row["key"]) for row in some}) == len(some) > 0
    flat = [row for some in found for row in some]
    assert sorted(row["seq"] for row in flat) == list(range(len(rows)))
    for which in set(where):
        seqs = [row["seq"] for row in flat if (row["topic"], row["key"]) == which]
        assert seqs == sorted(seqs)


@pytest.fixture
async def tables(postgres: Postgres) -> None:
    await postgres.sql(TABLES, outbox.schema())
    await postgres.sql(*(f"INSERT INTO things VALUES ('{key}', 0)" for key in KEYS))


class World:
    """Writers that change things and tell of it, and a consumer that acts on what it is told."""

    def __init__(self, postgres: Postgres, kafka: Kafka, topic: str, seed: int) -> None:
        self.postgres, self.kafka, self.topic = postgres, kafka, topic
        self.committed: dict[str, int] = defaultdict(int)
        self._chance = random.Random(seed)

    async def write(self, changes: int) -> None:
        async with self.postgres.connection() as connection:
            for _ in range(changes):
                key = self._chance.choice(KEYS)
                transaction = connection.transaction()
                await transaction.start()
                version = await connection.fetchval(
                    "UPDATE things SET version = version + 1 WHERE key = $1 RETURNING version", key
                )
                await outbox.add(connection, Message(self.topic, key, str(version).encode()))
                # So that others, begun later, commit sooner.
                await asyncio.sleep(self._chance.choice([0, 0, 0.001, 0.01]))
                if self._chance.random() < 0.2:
                    await transaction.rollback()
                else:
                    await transaction.commit()
                    self.committed[key] = version

    async def consume_all(self, within_s: float = 60.0) -> None:
        """Until the effect of the last change of each key is there."""
        consumer = AIOKafkaConsumer(
            self.topic, bootstrap_servers=self.kafka.bootstrap, auto_offset_reset="earliest"
        )
        seen: dict[str, int] = {}
        async with asyncio.timeout(within_s), consumer, self.postgres.connection() as connection:
            while any(seen.get(key, 0) < last for key, last in self.committed.items()):
                record = await consumer.getone()
                message = message_of(record.topic, record.key, record.value, record.headers)
                async with connection.transaction():
                    if not await outbox.once(connection, "test", message.event_id):
                        continue
                    version = int(message.payload)
                    await connection.execute(
                        "INSERT INTO effects (key, version) VALUES ($1, $2)", message.key, version
                    )
                seen[message.key] = version

    async def check(self) -> None:
        """Each committed change had its effect once, in its order, and nothing else had any."""
        async with self.postgres.connection() as connection:
            rows = await connection.fetch("SELECT key, version FROM effects ORDER BY n")
        effects: dict[str, list[int]] = defaultdict(list)
        for key, version in rows:
            effects[key].append(version)
        assert effects == {key: [*range(1, last + 1)] for key, last in self.committed.items()}


@asynccontextmanager
async def killed_now_and_then(world: World, chance: random.Random) -> AsyncIterator[None]:
    """Two relays as processes of their own, each killed at some moment, and started again."""
    command = [sys.executable, "-m", "shop_kit.relay", "--dsn", world.postgres.dsn]
    command += ["--bootstrap", world.kafka.bootstrap]

    async def one() -> None:
        while True:
            process = await asyncio.create_subprocess_exec(*command, stderr=subprocess.DEVNULL)
            try:
                await asyncio.sleep(chance.uniform(0.5, 2.0))
            finally:
                process.kill()
                await process.wait()

    relays = [asyncio.create_task(one()) for _ in range(2)]
    try:
        yield
    finally:
        for relay in relays:
            relay.cancel()
        await asyncio.gather(*relays, return_exceptions=True)


@pytest.mark.integration
async def test_relays_that_are_killed_lose_nothing(postgres, kafka, tables) -> None:
    await ensure(kafka.bootstrap, {"killed": 3})
    world = World(postgres, kafka, "killed", seed=1)
    async with killed_now_and_then(world, random.Random(1)):
        await asyncio.gather(*(world.write(150) for _ in range(4)))
        await world.consume_all()
    await world.check()


@pytest.mark.integration
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_relay_that_is_cancelled_anywhere_loses_nothing(
    postgres, kafka, tables, seed: int
) -> None:
    topic = f"cancelled-{seed}"
    await ensure(kafka.bootstrap, {topic: 2})
    world = World(postgres, kafka, topic, seed)
    chance = random.Random(seed)
    writing = asyncio.gather(*(world.write(60) for _ in range(3)))
    while not writing.done() or await postgres.value("SELECT count(*) FROM outbox"):
        relay = Relay(postgres.dsn, kafka.bootstrap, RelayMetrics(CollectorRegistry()))
        task = asyncio.create_task(relay.run())
        await asyncio.sleep(chance.uniform(0.0, 0.4))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    gc.collect()
    await writing
    await world.consume_all()
    await world.check()


@pytest.mark.integration
async def test_a_producer_whose_batch_fails_at_its_end_leaves_no_connection_open(kafka) -> None:
    await ensure(kafka.bootstrap, {"missed": 1})
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    await producer.start()
    await producer.send_and_wait("missed", b"one")
    kafka.freeze()
    unanswered = await producer.send("missed", b"two")
    await asyncio.to_thread(wait_for, lambda: producer._message_accumulator._pending_batches)
    ending = asyncio.create_task(_dropped(producer))
    await asyncio.wait((unanswered,))
    kafka.kill()
    await ending
    kafka.start()
    assert isinstance(unanswered.exception(), ProducerClosed)
    assert not any(each.connected() for each in producer.client._conns.values())


@pytest.mark.integration
async def test_a_relay_outlives_its_broker(postgres, kafka, tables) -> None:
    await ensure(kafka.bootstrap, {"outlived": 1})
    world = World(postgres, kafka, "outlived", seed=1)
    registry = CollectorRegistry()
    relay = asyncio.create_task(Relay(postgres.dsn, kafka.bootstrap, RelayMetrics(registry)).run())
    try:
        await world.write(20)
        kafka.kill()
        await world.write(20)
        kafka.start()
        await world.write(20)
        await world.consume_all()
    finally:
        relay.cancel()
        await asyncio.gather(relay, return_exceptions=True)
    await world.check()
    assert registry.get_sample_value("outbox_published_total") >= sum(world.committed.values())


@pytest.mark.integration
async def test_of_two_who_act_on_one_event_one_does(postgres: Postgres, tables) -> None:
    async with postgres.connection() as one, postgres.connection() as other:
        first = one.transaction()
        await first.start()
        assert await outbox.once(one, "mailer", "event 1")
        waiting = asyncio.create_task(_once(other, "event 1"))
        await first.commit()
        assert not await waiting

        first = one.transaction()
        await first.start()
        assert await outbox.once(one, "mailer", "event 2")
        waiting = asyncio.create_task(_once(other, "event 2"))
        await first.rollback()
        assert await waiting
        assert await outbox.once(one, "another", "event 2")
        assert await outbox.prune(one, older_than_s=3600) == 0
        assert await outbox.prune(one, older_than_s=0) == 3


async def _once(connection: asyncpg.Connection, event_id: str) -> bool:
    async with connection.transaction():
        return await outbox.once(connection, "mailer", event_id)
