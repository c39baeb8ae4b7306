"""The transactional outbox, and the inbox: events and effects share their transaction's fate."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from importlib import resources

import asyncpg

from shop_kit.messages import Message

SHARDS = 8
"""Each is published by one relay at a time; a key is always in the same."""


def schema() -> str:
    """The two tables, made where they are missing."""
    return resources.files("shop_kit").joinpath("outbox.sql").read_text("utf-8")


def shard_of(key: str) -> int:
    return zlib.crc32(key.encode()) % SHARDS


async def add(connection: asyncpg.Connection, message: Message) -> None:
    """Have the message published if, and only if, the transaction under way commits.

    Order per key is the order of commits as long as whoever adds has locked the row that the key
    stands for: then the next one gets its number, which is a higher one, only after this commit.
    """
    await add_all(connection, [message.traced()])


async def add_all(connection: asyncpg.Connection, messages: Sequence[Message]) -> None:
    """Several at once, as they are; the order among them is kept."""
    if not messages:
        return
    await connection.execute(
        "INSERT INTO outbox (event_id, shard, topic, key, payload, headers)"
        " SELECT event_id, shard, topic, key, payload, headers FROM unnest($1::text[],"
        " $2::smallint[], $3::text[], $4::text[], $5::bytea[], $6::jsonb[])"
        " WITH ORDINALITY AS new (event_id, shard, topic, key, payload, headers, place)"
        " ORDER BY place",
        [each.event_id for each in messages],
        [shard_of(each.key) for each in messages],
        [each.topic for each in messages],
        [each.key for each in messages],
        [each.payload for each in messages],
        [json.dumps(each.headers) for each in messages],
    )


async def fresh(
    connection: asyncpg.Connection, consumer: str, event_ids: Sequence[str]
) -> frozenset[str]:
    """Which of several events this consumer sees for the first time; as `once` does for one."""
    rows = await connection.fetch(
        "INSERT INTO inbox (consumer, event_id) SELECT $1, event_id"
        " FROM (SELECT DISTINCT unnest($2::text[]) AS event_id ORDER BY 1) heard"
        " ON CONFLICT DO NOTHING RETURNING event_id",
        *(consumer, list(event_ids)),
    )
    return frozenset(row["event_id"] for row in rows)


async def once(connection: asyncpg.Connection, consumer: str, event_id: str) -> bool:
    """Whether this consumer sees the event for the first time; in the transaction of its effects.

    Of two that handle it at once the later waits here, and learns that it is done, or that it was
    rolled back and is to be done now.
    """
    return event_id in await fresh(connection, consumer, [event_id])


async def prune(connection: asyncpg.Connection, older_than_s: float) -> int:
    """Forget events that cannot come again, older than a topic keeps them. Gives their number."""
    done = await connection.execute(
        "DELETE FROM inbox WHERE seen_at < clock_timestamp() - make_interval(secs => $1)",
        older_than_s,
    )
    return int(done.split()[-1])
