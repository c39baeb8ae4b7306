"""Handles what topics hold, each event once, many at a time.

    Kafka ──getmany──> one transaction: inbox, effects, outbox ──now and then──> offsets

A batch shares a transaction. Where it fails, its events are tried one by one, so that one that
cannot be handled stops no other: it goes to the dead letters, with the reason, and the rest go on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter as Counts
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry, Counter, Gauge

from shop_kit import crashing, outbox
from shop_kit.backoff import BROKER_LIMIT_S, delays_s
from shop_kit.ending import ended
from shop_kit.messages import Message, message_of
from shop_kit.store import Connection, Store, Unavailable

BATCH = 200
POLL_MS = 1_000
COMMIT_EVERY_MS = 250
"""A commit after each batch is work for the broker, and a log that it reads before a group goes on.
What is heard again for want of a commit, the inbox knows."""
MOST_BYTES = 256 * 1024
"""Of one event. A dead letter has no more either: with its reason it is to fit into a record."""
TRIES = 3
"""Of one event alone, before it is a dead letter."""
_ANSWER_TIMEOUT_S = 10.0
REASON = "dead-letter-reason"
REASON_CHARS = 1_000
SOURCE = "dead-letter-source"

T = TypeVar("T")


@dataclass(frozen=True)
class Received(Generic[T]):
    """One event, read."""

    value: T
    message: Message


Handle = Callable[[Connection, Sequence[Received[Any]]], Awaitable[Sequence[Sequence[Message]]]]
"""Carries out the effects of several events, and gives what each of them leads to, in their order.

Run in a transaction, for events that were not handled before; those of a key stand in their order.
"""


@dataclass(frozen=True)
class Route:
    decoder: msgspec.json.Decoder[Any]
    handle: Handle
    committed: Callable[[], None] = lambda: None
    """Told after each commit: there may be something to do."""


class ConsumerMetrics:
    """`kafka_consumer_lag`, `consumer_events_total{topic,outcome}`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.lag = Gauge(
            "kafka_consumer_lag", "Events not handled yet.", ["topic"], registry=registry
        )
        self.events = Counter(
            "consumer_events", "Events by what became of them.", ["topic", "outcome"],
            registry=registry,
        )  # fmt: skip


class Consumer:
    """Of the consumer group `name`. `run` ends only by being cancelled."""

    def __init__(
        self,
        name: str,
        store: Store,
        bootstrap: str,
        routes: Mapping[str, Route],
        dead_letters: str,
        metrics: ConsumerMetrics,
    ) -> None:
        self._name = name
        self._store = store
        self._bootstrap = bootstrap
        self._routes = routes
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._log = structlog.get_logger()
        self._tracer = trace.get_tracer("shop_kit.consumer")

    async def run(self) -> None:
        """Handle events for ever; whatever breaks is begun anew, with a growing delay."""
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        waits = delays_s(limit_s=BROKER_LIMIT_S)
        while True:
            try:
                async with self._listening() as consumer:
                    waits = delays_s(limit_s=BROKER_LIMIT_S)
                    await self._consume(consumer)
            except (KafkaError, OSError, Unavailable) as error:
                self._log.warning("the consumer begins anew", error=str(error) or repr(error))
                await asyncio.sleep(next(waits))

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            *self._routes,
            bootstrap_servers=self._bootstrap,
            group_id=self._name,
            # Killed and started again it is the same member, and waits for no session to end.
            group_instance_id=self._name,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT_S):
                await consumer.start()
            yield consumer
        finally:
            await ended(consumer)

    async def _consume(self, consumer: AIOKafkaConsumer) -> None:
        handled: dict[TopicPartition, int] = {}
        uncommitted: dict[TopicPartition, int] = {}
        commit_at_s = time.monotonic()
        while True:
            wait_ms = COMMIT_EVERY_MS if uncommitted else POLL_MS
            found = await consumer.getmany(timeout_ms=wait_ms, max_records=BATCH)
            records = [record for some in found.values() for record in some]
            if records:
                await self._handled(records)
            reached = {where: some[-1].offset + 1 for where, some in found.items() if some}
            uncommitted |= reached
            handled |= reached
            if uncommitted and time.monotonic() >= commit_at_s:
                await consumer.commit(uncommitted)
                uncommitted = {}
                commit_at_s = time.monotonic() + COMMIT_EVERY_MS / 1_000
            self._tell_lag(consumer, handled)

    def _tell_lag(self, consumer: AIOKafkaConsumer, handled: Mapping[TopicPartition, int]) -> None:
        lag = dict.fromkeys(self._routes, 0)
        for partition, offset in handled.items():
            lag[partition.topic] += max(0, (consumer.highwater(partition) or 0) - offset)
        for topic, events in lag.items():
            self._metrics.lag.labels(topic).set(events)

    async def _handled(self, records: Sequence[ConsumerRecord]) -> None:
        """All of them, in one transaction, or else one by one. Raises Unavailable."""
        try:
            await self._transaction(records)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 (which of them it was is found out one by one)
            if len(records) > 1:
                self._log.warning("a batch is handled one by one", reason=repr(error))
            for record in records:
                await self._alone(record)

    async def _alone(self, record: ConsumerRecord) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                await self._transaction([record])
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 (it is logged, and buried with its reason)
                if attempt == TRIES:
                    self._log.exception("an event cannot be handled", topic=record.topic)
                    async with self._store.transaction() as connection:
                        buried = await self._bury(connection, record, repr(error))
                    self._metrics.events.labels(record.topic, "dead").inc(buried)
            else:
                return

    async def _transaction(self, records: Sequence[ConsumerRecord]) -> None:
        became: Counts[tuple[str, str]] = Counts()
        async with self._store.transaction() as connection:
            received: dict[str, list[Received[Any]]] = {}
            for record in records:
                one = self._read(record)
                if isinstance(one, str):
                    became[record.topic, "dead"] += await self._bury(connection, record, one)
                else:
                    received.setdefault(record.topic, []).append(one)
            ids = [each.message.event_id for some in received.values() for each in some]
            fresh = set(await outbox.fresh(connection, self._name, ids))
            for topic, some in received.items():
                # An event that is twice in a batch is taken once.
                new = [each for each in some if _taken(fresh, each.message.event_id)]
                became[topic, "repeated"] += len(some) - len(new)
                became[topic, "handled"] += len(new)
                if new:
                    await self._routed(connection, topic, new)
            crashing.point("before-commit", _kinds(received))
        crashing.point("after-commit", _kinds(received))
        for labels, count in became.items():
            self._metrics.events.labels(*labels).inc(count)
        for topic in received:
            self._routes[topic].committed()

    async def _routed(
        self, connection: Connection, topic: str, received: Sequence[Received[Any]]
    ) -> None:
        spans = [self._span(topic, each) for each in received]
        try:
            led_to = await self._routes[topic].handle(connection, received)
            crashing.point("mid-handler", _kinds({topic: received}))
            messages = [
                message.traced(trace.set_span_in_context(span))
                for span, some in zip(spans, led_to, strict=True)
                for message in some
            ]
            await outbox.add_all(connection, messages)
        except BaseException as error:
            for span in spans:
                span.set_status(StatusCode.ERROR, repr(error))
            raise
        finally:
            for span in spans:
                span.end()

    def _span(self, topic: str, received: Received[Any]) -> trace.Span:
        kind = type(received.value).__name__
        return self._tracer.start_span(
            f"process {kind}",
            propagate.extract(received.message.headers),
            SpanKind.CONSUMER,
            {
                "messaging.system": "kafka",
                "messaging.operation.type": "process",
                "messaging.destination.name": topic,
                "messaging.consumer.group.name": self._name,
                "messaging.message.id": received.message.event_id,
                "messaging.kafka.message.key": received.message.key,
            },
        )

    def _read(self, record: ConsumerRecord) -> Received[Any] | str:
        """Or why it cannot be."""
        size = len(record.value or b"")
        if size > MOST_BYTES:
            return f"{size} bytes, of which only the first {MOST_BYTES} are kept: no more are read"
        try:
            message = message_of(record.topic, record.key, record.value, record.headers)
            return Received(self._routes[record.topic].decoder.decode(message.payload), message)
        except (ValueError, RecursionError, msgspec.MsgspecError) as error:
            return str(error)

    async def _bury(self, connection: Connection, record: ConsumerRecord, reason: str) -> bool:
        """Once: the dead letter's id is its place. False where it was done before."""
        place = f"{record.topic}/{record.partition}/{record.offset}"
        if not await outbox.once(connection, self._name, place):
            return False
        letter = Message(
            topic=self._dead_letters,
            key=_told((record.key or b"").decode(errors="backslashreplace")),
            payload=(record.value or b"")[:MOST_BYTES],
            event_id=f"dead:{self._name}:{place}",
            headers={REASON: _told(reason), SOURCE: place},
        )
        await outbox.add_all(connection, [letter])
        return True


def _told(text: str) -> str:
    """As a store takes it, whatever somebody has sent: cut, and without NUL."""
    return text[:REASON_CHARS].replace("\0", "\\0").encode(errors="backslashreplace").decode()


def _kinds(received: Mapping[str, Sequence[Received[Any]]]) -> Iterator[str]:
    return (type(each.value).__name__ for some in received.values() for each in some)


def _taken(fresh: set[str], event_id: str) -> bool:
    if event_id not in fresh:
        return False
    fresh.discard(event_id)
    return True
