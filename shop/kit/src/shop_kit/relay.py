"""Publishes what waits in the outbox: every event at least once, those of a key in their order.

    python -m shop_kit.relay --dsn DSN --bootstrap HOST:PORT

    outbox ──(batch by seq)──> rounds, a key once in each ──> Kafka, acknowledged ──> delete

A shard is read by whoever holds its advisory lock. All that is visible is read each time, and what
was acknowledged is deleted: a transaction that took its number early and committed late is found
like any other, which no `seq > last seen` could promise.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerClosed
from prometheus_client import CollectorRegistry, Counter, Gauge

from shop_kit import crashing, lifecycle, logging
from shop_kit.backoff import BROKER_LIMIT_S, delays_s
from shop_kit.ending import GOODBYE_S, ended
from shop_kit.messages import Message
from shop_kit.outbox import SHARDS

_LOCK_CLASS = 0x0B0C
"""First half of the advisory locks; the second is the shard."""
BATCH = 500
POLL_S = 0.05
LOCK_S = 1.0
"""Between two tries for shards that others hold."""


class RelayMetrics:
    """`outbox_published_total`, `outbox_backlog` and `outbox_oldest_seconds`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.published = Counter(
            "outbox_published", "Events that Kafka has acknowledged.", registry=registry
        )
        self.backlog = Gauge("outbox_backlog", "Events that wait.", registry=registry)
        self.oldest_s = Gauge(
            "outbox_oldest_seconds", "Age of the event that waits longest.", registry=registry
        )


class Relay:
    """One relay of a database; several share its shards. `run` ends only by being cancelled."""

    def __init__(self, dsn: str, bootstrap: str, metrics: RelayMetrics) -> None:
        self._dsn = dsn
        self._bootstrap = bootstrap
        self._metrics = metrics
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Publish for ever; whatever breaks is begun anew, with a growing delay."""
        waits = delays_s(limit_s=BROKER_LIMIT_S)
        while True:
            try:
                async with self._connected() as (connection, producer):
                    waits = delays_s(limit_s=BROKER_LIMIT_S)
                    await self._relay(connection, producer)
            except (OSError, KafkaError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                self._log.warning("the relay begins anew", error=str(error) or repr(error))
                await asyncio.sleep(next(waits))

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[asyncpg.Connection, AIOKafkaProducer]]:
        connection = await asyncpg.connect(self._dsn, command_timeout=10, timeout=5)
        # Made once nothing can end us before it is dropped again.
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, acks="all", enable_idempotence=True, linger_ms=2
        )
        starting = asyncio.ensure_future(producer.start())
        try:
            await asyncio.shield(starting)
            yield connection, producer
        finally:
            # Ends the session, and with it the locks; an orderly goodbye could hang.
            connection.terminate()
            # A client that is cancelled while it connects leaves that connection open.
            await asyncio.wait((starting,), timeout=GOODBYE_S)
            starting.cancel()
            await _dropped(producer)

    async def _relay(self, connection: asyncpg.Connection, producer: AIOKafkaProducer) -> None:
        held: set[int] = set()
        loop = asyncio.get_running_loop()
        next_lock_s = loop.time()
        while True:
            if len(held) < SHARDS and loop.time() >= next_lock_s:
                held |= await _locked(connection, set(range(SHARDS)) - held)
                next_lock_s = loop.time() + LOCK_S
            rows = await connection.fetch(_WAITING, list(held), BATCH)
            if not rows:
                self._metrics.backlog.set(0)
                self._metrics.oldest_s.set(0)
                await asyncio.sleep(POLL_S)
                continue
            self._metrics.backlog.set(rows[0]["backlog"])
            self._metrics.oldest_s.set(rows[0]["oldest_s"])
            crashing.point("before-publish", _kinds(rows))
            for some in rounds(rows):
                acknowledged = [
                    await producer.send(
                        *(message.topic, message.payload, message.key.encode()),
                        headers=message.record_headers(),
                    )
                    for message in map(_message, some)
                ]
                await asyncio.gather(*acknowledged)
            crashing.point("after-publish", _kinds(rows))
            await connection.execute(
                "DELETE FROM outbox WHERE seq = ANY ($1::bigint[])", [row["seq"] for row in rows]
            )
            self._metrics.published.inc(len(rows))


async def _dropped(producer: AIOKafkaProducer) -> None:
    """Stopped without sending what waits in it, which could take as long as its broker is gone.

    Whoever begins anew sends that again, and it must not be sent by two: order per key.
    """
    # The library's own end flushes first, and has no public way not to.
    producer._message_accumulator.fail_all(ProducerClosed())
    await ended(producer)


_WAITING = """
    SELECT seq, event_id, topic, key, payload, headers, count(*) OVER () AS backlog,
           extract(epoch FROM clock_timestamp() - min(created_at) OVER ())::float8 AS oldest_s
    FROM outbox WHERE shard = ANY ($1::smallint[]) ORDER BY seq LIMIT $2
"""


def rounds(rows: Sequence[asyncpg.Record]) -> Iterator[list[asyncpg.Record]]:
    """The rows in their order, each key at most once in a round.

    A round is begun when the one before was acknowledged. So the order within a key does not rest
    on how the producer retries: a failed event is never overtaken by the next of its key.
    """
    waiting = list(rows)
    while waiting:
        now: dict[tuple[str, str], asyncpg.Record] = {}
        later: list[asyncpg.Record] = []
        for row in waiting:
            where = row["topic"], row["key"]
            if where in now:
                later.append(row)
            else:
                now[where] = row
        yield list(now.values())
        waiting = later


async def _locked(connection: asyncpg.Connection, shards: set[int]) -> set[int]:
    """Those of the shards that nobody else holds, from now on ours until the session ends."""
    rows = await connection.fetch(
        "SELECT shard FROM unnest($2::int[]) shard WHERE pg_try_advisory_lock($1, shard)",
        *(_LOCK_CLASS, sorted(shards)),
    )
    return {row["shard"] for row in rows}


def _kinds(rows: Sequence[asyncpg.Record]) -> Iterator[str]:
    """`type` of what is JSON and has one."""
    for row in rows:
        with suppress(ValueError, AttributeError):
            yield json.loads(row["payload"]).get("type", "")


def _message(row: asyncpg.Record) -> Message:
    headers = json.loads(row["headers"])
    return Message(row["topic"], row["key"], row["payload"], row["event_id"], headers)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shop_kit.relay", description=__doc__)
    parser.add_argument("--dsn", required=True, help="of the database whose outbox it is")
    parser.add_argument("--bootstrap", required=True, help="a broker, such as 127.0.0.1:9092")
    given = parser.parse_args()
    logging.configure("relay", "info")
    relay = Relay(given.dsn, given.bootstrap, RelayMetrics(CollectorRegistry()))
    lifecycle.run(lambda stop: lifecycle.until(stop, relay.run()))


if __name__ == "__main__":
    main()
