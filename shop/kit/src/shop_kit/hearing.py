"""Hears over Kafka which products have changed.

Every process needs every change, so there is no consumer group: each reads all partitions, from
where they ended when it began. Where it stood it takes up again when the broker was away. Where it
can but begin at an end, it says so: only a comparison with the store tells what it has missed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client import Counter

from shop_kit.backoff import BROKER_LIMIT_S, delays_s
from shop_kit.changes import Change, change_of
from shop_kit.ending import ended

TOPIC = "product-changes"
MOST_CHANGES = 1_000
"""Read from the store in one go; as many wait at most before no more are fetched."""

_ANSWER_TIMEOUT_S = 5.0
_QUIET_S = 5.0
"""Without a record for so long, the broker is asked whether it is still there."""


class Hearing:
    """`run` listens for ever; what it hears is taken with `some`."""

    def __init__(self, bootstrap: str, unreadable: Counter) -> None:
        """`unreadable` counts records that are no change."""
        self._bootstrap = bootstrap
        self._unreadable = unreadable
        self._heard: asyncio.Queue[Change | None] = asyncio.Queue(MOST_CHANGES)
        self._positions: dict[TopicPartition, int] = {}
        self._begun = asyncio.Event()
        self._log = structlog.get_logger()

    async def begun(self) -> None:
        """Until it listens, or has nobody to listen to."""
        await self._begun.wait()

    def forget(self) -> None:
        """What has come: whoever reads the store from now on sees all of it."""
        while not self._heard.empty():
            self._heard.get_nowait()

    async def some(self, within_s: float) -> list[Change | None]:
        """What has come in time, with None where changes may have been missed."""
        some: list[Change | None] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                some.append(await self._heard.get())
        while some and len(some) < MOST_CHANGES and not self._heard.empty():
            some.append(self._heard.get_nowait())
        return some

    async def run(self) -> None:
        """Never ends; whatever breaks is begun anew, with a growing delay."""
        if not self._bootstrap:
            self._begun.set()
            await asyncio.Event().wait()
        # It says with every attempt what is said once below.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        lost = False
        waits = delays_s(limit_s=BROKER_LIMIT_S)
        while True:
            try:
                async with self._listening() as consumer:
                    self._log.info("hears of changes", again=lost)
                    lost, waits = False, delays_s(limit_s=BROKER_LIMIT_S)
                    self._begun.set()
                    await self._listen(consumer)
            except (KafkaError, OSError, TimeoutError) as error:
                if not lost:
                    self._log.warning("hears of no changes", reason=str(error) or repr(error))
                lost = True
                await asyncio.sleep(next(waits))

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[AIOKafkaConsumer]:
        """At the partitions' ends, or where it stood."""
        consumer = AIOKafkaConsumer(
            TOPIC,
            bootstrap_servers=self._bootstrap,
            enable_auto_commit=False,
            # Where it stood is no longer there.
            auto_offset_reset="latest",
            request_timeout_ms=int(_ANSWER_TIMEOUT_S * 1_000),
        )
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT_S):
                await consumer.start()
                partitions = set(consumer.assignment())
                # Subscribed, it would go to the end again whenever a broker, just back, does not
                # know of all partitions yet.
                consumer.unsubscribe()
                consumer.assign(partitions)
                ends = await consumer.end_offsets(partitions)
                missed = not ends.keys() <= self._positions.keys()
                for partition, end in ends.items():
                    consumer.seek(partition, self._positions.setdefault(partition, end))
            if missed:
                await self._heard.put(None)
            yield consumer
        finally:
            await ended(consumer)

    async def _listen(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            try:
                records = await consumer.getmany(
                    timeout_ms=int(_QUIET_S * 1_000), max_records=MOST_CHANGES
                )
            except KafkaError:
                # It came, and will not be read next time either: on from the end.
                self._unreadable.inc()
                self._positions.clear()
                raise
            if not records:
                # A lost broker is silent too: the consumer keeps its errors to itself.
                async with asyncio.timeout(_ANSWER_TIMEOUT_S):
                    await consumer.end_offsets(consumer.assignment())
            for partition, some in records.items():
                for record in some:
                    await self._take(record.value)
                    self._positions[partition] = record.offset + 1

    async def _take(self, value: bytes | None) -> None:
        try:
            change = change_of(value)
        except ValueError:
            self._unreadable.inc()
        else:
            await self._heard.put(change)
