"""Events from Kafka: once each, in batches; what cannot be handled is put aside, and told of."""

from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client import CollectorRegistry
from shop_kit.consumer import (
    COMMIT_EVERY_MS,
    MOST_BYTES,
    REASON,
    SOURCE,
    TRIES,
    Consumer,
    ConsumerMetrics,
    Received,
    Route,
)
from shop_kit.messages import Message
from shop_kit.store import Connection, Store, Unavailable
from shop_kit.testing import Kafka, Postgres
from shop_kit.topics import ensure

pytestmark = pytest.mark.integration

TABLE = "CREATE TABLE IF NOT EXISTS effects (n serial, number int NOT NULL, at_once xid8 NOT NULL)"
EMPTY = "TRUNCATE effects, inbox, outbox"


class Added(msgspec.Struct, frozen=True):
    number: int


def event(number: int, event_id: str = "") -> Message:
    payload = msgspec.json.encode(Added(number))
    return Message("", "key", payload, event_id or uuid.uuid4().hex)


Offsets = Mapping[TopicPartition, int]
Before = Callable[[Sequence[int]], Awaitable[None]]


async def nothing(_: Sequence[int]) -> None:
    """Goes wrong."""


@dataclass
class World:
    """A consumer that writes numbers down, and what it came to."""

    postgres: Postgres
    kafka: Kafka
    store: Store
    topic: str
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    then: Before = nothing
    """After a batch was written down, before its transaction ends."""
    batches: list[list[int]] = field(default_factory=list)
    """As they were handled, rolled back or not."""
    commits: int = 0

    def __post_init__(self) -> None:
        self._metrics = ConsumerMetrics(self.registry)

    async def send(self, *messages: Message) -> list[int]:
        """Their offsets."""
        async with AIOKafkaProducer(bootstrap_servers=self.kafka.bootstrap) as producer:
            return [
                (
                    await producer.send_and_wait(
                        *(self.topic, each.payload, each.key.encode()),
                        headers=each.record_headers(),
                    )
                ).offset
                for each in messages
            ]

    @asynccontextmanager
    async def consuming(self) -> AsyncIterator[None]:
        route = Route(msgspec.json.Decoder(Added), self._handle, self._committed)
        consumer = Consumer(
            *(self.topic, self.store, self.kafka.bootstrap, {self.topic: route}, "dead"),
            self._metrics,
        )
        task = asyncio.create_task(consumer.run())
        try:
            yield
        finally:
            assert not task.done(), task.exception()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _handle(
        self, connection: Connection, received: Sequence[Received[Added]]
    ) -> Sequence[Sequence[Message]]:
        numbers = [each.value.number for each in received]
        self.batches.append(numbers)
        await connection.execute(
            "INSERT INTO effects (number, at_once) SELECT number, pg_current_xact_id()"
            " FROM unnest($1::int[]) WITH ORDINALITY AS new (number, place) ORDER BY place",
            numbers,
        )
        await self.then(numbers)
        return [[Message("led-to", each.message.key, each.message.payload)] for each in received]

    def _committed(self) -> None:
        self.commits += 1

    async def numbers(self) -> list[int]:
        return [row["number"] for row in await self.rows("SELECT number FROM effects ORDER BY n")]

    async def rows(self, query: str) -> list[asyncpg.Record]:
        async with self.postgres.connection() as connection:
            return await connection.fetch(query)

    async def offset(self) -> int | None:
        """Where the group begins again."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.kafka.bootstrap, group_id=self.topic, enable_auto_commit=False
        )
        async with consumer:
            return await consumer.committed(TopicPartition(self.topic, 0))

    def counted(self, outcome: str) -> float:
        labels = {"topic": self.topic, "outcome": outcome}
        return self.registry.get_sample_value("consumer_events_total", labels) or 0.0


@pytest.fixture
async def world(postgres: Postgres, kafka: Kafka) -> AsyncIterator[World]:
    """With a topic, a group and tables of its own."""
    topic = f"added-{uuid.uuid4().hex[:8]}"
    await ensure(kafka.bootstrap, {topic: 1})
    store = Store("test", postgres.dsn, 4)
    await store.open(TABLE)
    await postgres.sql(EMPTY)
    yield World(postgres, kafka, store, topic)
    await store.close()


async def until(condition: Callable[[], Awaitable[bool]], within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not await condition():
        assert time.monotonic() < deadline, "not so in time"
        await asyncio.sleep(0.05)


def reached(world: World, offset: int) -> Callable[[], Awaitable[bool]]:
    async def is_so() -> bool:
        return await world.offset() == offset

    return is_so


async def test_a_batch_shares_a_transaction(world: World) -> None:
    await world.send(*(event(number) for number in range(50)))
    async with world.consuming():
        await until(reached(world, 50))
    assert await world.numbers() == [*range(50)]
    [[transactions]] = await world.rows("SELECT count(DISTINCT at_once) FROM effects")
    assert transactions == len(world.batches) == world.commits < 50
    led_to = await world.rows("SELECT topic, key, payload FROM outbox ORDER BY seq")
    assert [msgspec.json.decode(row["payload"], type=Added).number for row in led_to] == [
        *range(50)
    ]
    assert {(row["topic"], row["key"]) for row in led_to} == {("led-to", "key")}
    assert world.counted("handled") == 50
    assert world.registry.get_sample_value("kafka_consumer_lag", {"topic": world.topic}) == 0


async def test_an_event_is_handled_once(world: World) -> None:
    """Twice in a batch, again later, and again by whoever comes next."""
    one, other = event(1), event(2)
    await world.send(one, other, one)
    async with world.consuming():
        await until(reached(world, 3))
        await world.send(one)
        await until(reached(world, 4))
    await world.send(other, event(3))
    async with world.consuming():
        await until(reached(world, 6))
    assert await world.numbers() == [1, 2, 3]
    assert (world.counted("handled"), world.counted("repeated")) == (3, 3)
    assert len(await world.rows("SELECT 1 FROM outbox")) == 3


async def test_what_cannot_be_handled_is_put_aside(world: World) -> None:
    """Unreadable, too large, or more than the handler can do: the others go on."""

    async def no_seven(numbers: Sequence[int]) -> None:
        if 7 in numbers:
            raise ValueError("seven \0 is too much")

    world.then = no_seven
    large = event(3).payload.ljust(MOST_BYTES + 1)
    bad = [
        event(7, "a"),
        Message("", "k\0", b"{", "b"),
        Message("", "key", large, "c"),
        Message("", "key", b'{"number": "one"}', "d"),
    ]
    await world.send(event(1), *bad, event(2))
    async with world.consuming():
        await until(reached(world, 6))
    assert await world.numbers() == [1, 2]
    assert [batch for batch in world.batches if batch == [7]] == [[7]] * TRIES
    letters = await world.rows(
        f"SELECT topic, key, payload, headers->>'{REASON}' AS reason,"
        f" headers->>'{SOURCE}' AS source FROM outbox WHERE topic = 'dead' ORDER BY source"
    )
    assert [row["source"] for row in letters] == [f"{world.topic}/0/{n}" for n in (1, 2, 3, 4)]
    assert [row["key"] for row in letters] == ["key", r"k\0", "key", "key"]
    assert [row["payload"] for row in letters] == [each.payload[:MOST_BYTES] for each in bad]
    told = [r"seven \x00 is too much", "truncated", f"{MOST_BYTES + 1} bytes", "Expected `int`"]
    for row, part in zip(letters, told, strict=True):
        assert part in row["reason"]
    assert (world.counted("handled"), world.counted("dead")) == (2, 4)


async def test_what_the_store_cannot_do_now_is_done_later(world: World) -> None:
    """Rolled back, come again, and no dead letter."""

    async def down(_: Sequence[int]) -> None:
        if len(world.batches) < 3:
            assert await world.offset() is None
            raise Unavailable("a moment, please")

    world.then = down
    await world.send(event(1), event(2))
    async with world.consuming():
        await until(reached(world, 2))
    assert world.batches == [[1, 2]] * 3
    assert await world.numbers() == [1, 2]
    assert world.commits == 1
    assert (world.counted("handled"), world.counted("dead")) == (2, 0)
    assert await world.rows("SELECT 1 FROM outbox WHERE topic = 'dead'") == []


async def test_offsets_follow_the_transaction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever dies between the two finds the events again, and has handled them."""
    seen: list[tuple[list[int], int]] = []
    commit = AIOKafkaConsumer.commit

    async def lost_once(consumer: AIOKafkaConsumer, offsets: Offsets) -> None:
        seen.append((await world.numbers(), world.commits))
        if len(seen) == 1:
            raise KafkaError("the broker is gone")
        await commit(consumer, offsets)

    monkeypatch.setattr(AIOKafkaConsumer, "commit", lost_once)
    await world.send(event(1), event(2))
    async with world.consuming():
        await until(reached(world, 2))
    assert seen == [([1, 2], 1), ([1, 2], 2)]
    assert world.batches == [[1, 2]]
    assert (world.counted("handled"), world.counted("repeated")) == (2, 2)


async def test_many_batches_share_a_commit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what was handled since the last is committed though nothing follows."""
    commit = AIOKafkaConsumer.commit
    committed: list[tuple[int, float]] = []

    async def noted(consumer: AIOKafkaConsumer, offsets: Offsets) -> None:
        committed.append((offsets[TopicPartition(world.topic, 0)], time.monotonic()))
        await commit(consumer, offsets)

    monkeypatch.setattr(AIOKafkaConsumer, "commit", noted)
    async with world.consuming():
        for number in range(40):
            await world.send(event(number))
        await until(reached(world, 40))
    assert await world.numbers() == [*range(40)]
    assert len(committed) < len(world.batches)
    apart_s = [later - sooner for (_, sooner), (_, later) in itertools.pairwise(committed)]
    assert min(apart_s) >= COMMIT_EVERY_MS / 1_000 * 0.99
    assert [offset for offset, _ in committed] == sorted({offset for offset, _ in committed})
