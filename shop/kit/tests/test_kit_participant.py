"""A service that takes part in a saga: the same over HTTP and Kafka, once, or not at all."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import asyncpg
import httpx
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from prometheus_client import CollectorRegistry
from shop_kit.auth import Signer
from shop_kit.consumer import REASON, Received
from shop_kit.messages import Message, message_of
from shop_kit.participant import (
    SCOPE,
    Impossible,
    Later,
    Participant,
    ParticipantSettings,
    serve,
)
from shop_kit.settings import HostPort
from shop_kit.store import Connection, Store, Unavailable
from shop_kit.testing import Kafka, Postgres, free_port
from shop_kit.topics import ensure

pytestmark = pytest.mark.integration

SIGNER = Signer(b"a secret of the tests, 32 bytes or more")
TABLE = "CREATE TABLE IF NOT EXISTS cups (checkout_id text PRIMARY KEY, size_ml int NOT NULL)"


class Pour(msgspec.Struct, frozen=True, tag_field="type", tag="Pour"):
    checkout_id: str
    size_ml: int


class Poured(msgspec.Struct, frozen=True, tag_field="type", tag="Poured"):
    checkout_id: str
    size_ml: int


async def pour(
    connection: Connection, received: Sequence[Received[Pour]]
) -> Sequence[Poured | None]:
    """What a cup holds is what it was filled with first. One of 13 ml is answered later."""
    answers: list[Poured | None] = []
    for each in received:
        command = each.value
        size_ml = await connection.fetchval(
            "INSERT INTO cups VALUES ($1, $2) ON CONFLICT (checkout_id)"
            " DO UPDATE SET size_ml = cups.size_ml RETURNING size_ml",
            *(command.checkout_id, command.size_ml),
        )
        if command.size_ml == 0:
            raise Impossible("an empty cup cannot be poured")
        if command.size_ml < 0:
            raise Unavailable("no water")
        done = Poured(command.checkout_id, size_ml)
        answers.append(None if size_ml == 13 else done)
    return answers


class Slowly:
    """Answers what was put off; never, where `answer` is not set."""

    def __init__(self) -> None:
        self.answer: Poured | None = None
        self.commits = 0

    def committed(self) -> None:
        self.commits += 1

    async def reply(self, command: Pour) -> Poured:
        if self.answer is None:
            raise TimeoutError
        return self.answer

    async def run(self) -> None:
        await asyncio.Event().wait()


def participant(name: str = "kettle", slowly: Slowly | None = None) -> Participant:
    later: Callable[[object, Store, CollectorRegistry], Later] | None = None
    if slowly is not None:
        later = lambda *_: slowly  # noqa: E731
    return Participant(
        name=name,
        schema=TABLE,
        commands=f"{name}-commands",
        replies=f"{name}-replies",
        dead_letters=f"{name}-dead",
        decoder=msgspec.json.Decoder(Pour),
        answers=Poured,
        carry_out=pour,
        later=later,
    )


@asynccontextmanager
async def serving(it: Participant, dsn: str, kafka: str = "") -> AsyncIterator[httpx.AsyncClient]:
    """Until the block ends; whoever asks may."""
    address = HostPort("127.0.0.1", free_port())
    config = ParticipantSettings(dsn=dsn, http_addr=address, kafka=kafka)
    stop = asyncio.Event()
    task = asyncio.create_task(serve(it, config, SIGNER, stop))
    headers = {"Authorization": f"Bearer {SIGNER.token('test', [SCOPE], ttl_s=60)}"}
    client = httpx.AsyncClient(base_url=f"http://{address}", headers=headers, trust_env=False)
    async with client:
        await ready(client)
        try:
            yield client
        finally:
            stop.set()
            async with asyncio.timeout(10):
                await task


async def ready(client: httpx.AsyncClient) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            if (await client.get("/readyz")).is_success:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.fixture
async def empty(postgres: Postgres) -> Postgres:
    await postgres.sql("DROP TABLE IF EXISTS cups, inbox, outbox")
    return postgres


async def cups(postgres: Postgres) -> dict[str, int]:
    async with postgres.connection() as connection:
        rows: list[asyncpg.Record] = await connection.fetch("SELECT * FROM cups")
    return {row["checkout_id"]: row["size_ml"] for row in rows}


async def test_a_command_is_answered_as_it_was(empty: Postgres) -> None:
    async with serving(participant(), empty.dsn) as client:
        for size_ml in (200, 200, 300):
            command = {"type": "Pour", "checkout_id": "k-1", "size_ml": size_ml}
            answer = await client.post("/commands", json=command)
            assert answer.status_code == 200
            assert answer.json() == {"type": "Poured", "checkout_id": "k-1", "size_ml": 200}
        document = (await client.get("/openapi.json")).json()
    assert await cups(empty) == {"k-1": 200}
    assert document["info"]["title"] == "kettle"
    assert {"Pour", "Poured", "Problem"} <= document["components"]["schemas"].keys()


# What is wrong, the command, the status, the fields that are told.
REFUSED = [
    ("impossible", {"type": "Pour", "checkout_id": "k-2", "size_ml": 0}, 409, []),
    ("unavailable", {"type": "Pour", "checkout_id": "k-2", "size_ml": -1}, 503, []),
    ("unknown", {"type": "Spill"}, 400, ["type"]),
    ("half", {"type": "Pour", "checkout_id": "k-2"}, 400, ["size_ml"]),
]


@pytest.mark.parametrize(
    ("command", "status", "fields"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
async def test_what_is_not_carried_out_leaves_nothing(
    empty: Postgres, command: dict[str, object], status: int, fields: list[str]
) -> None:
    async with serving(participant(), empty.dsn) as client:
        answer = await client.post("/commands", json=command)
    assert answer.status_code == status, answer.text
    assert [error["field"] for error in answer.json().get("errors", [])] == fields
    assert answer.headers.get("retry-after") == ("1" if status == 503 else None)
    assert await cups(empty) == {}


async def test_who_may_not_command_does_not(empty: Postgres) -> None:
    command = {"type": "Pour", "checkout_id": "k-1", "size_ml": 200}
    shopper = f"Bearer {SIGNER.token('ann', ['shop'], ttl_s=60)}"
    async with serving(participant(), empty.dsn) as client:
        for authorization, status in (("", 401), (shopper, 403)):
            headers = {"Authorization": authorization}
            answer = await client.post("/commands", json=command, headers=headers)
            assert answer.status_code == status
    assert await cups(empty) == {}


async def test_what_comes_later_is_waited_for(empty: Postgres) -> None:
    slowly = Slowly()
    command = {"type": "Pour", "checkout_id": "k-13", "size_ml": 13}
    async with serving(participant(slowly=slowly), empty.dsn) as client:
        unknown = await client.post("/commands", json=command)
        assert (unknown.status_code, unknown.headers["retry-after"]) == (503, "1")
        slowly.answer = Poured("k-13", 13)
        assert (await client.post("/commands", json=command)).json()["size_ml"] == 13
    assert slowly.commits == 2
    assert await cups(empty) == {"k-13": 13}


async def test_without_a_store_it_says_so_and_waits(empty: Postgres) -> None:
    empty.stop()
    address = HostPort("127.0.0.1", free_port())
    config = ParticipantSettings(dsn=empty.dsn, http_addr=address)
    stop = asyncio.Event()
    task = asyncio.create_task(serve(participant(), config, SIGNER, stop))
    headers = {"Authorization": f"Bearer {SIGNER.token('test', [SCOPE], ttl_s=60)}"}
    client = httpx.AsyncClient(base_url=f"http://{address}", headers=headers, trust_env=False)
    command = {"type": "Pour", "checkout_id": "k-1", "size_ml": 200}
    try:
        async with client:
            await asyncio.sleep(0.3)
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.post("/commands", json=command)).status_code == 503
            await asyncio.to_thread(empty.start)
            await ready(client)
            assert (await client.post("/commands", json=command)).status_code == 200
    finally:
        empty.start()
        stop.set()
        await task


async def test_commands_of_a_topic_are_replied_to_once(empty: Postgres, kafka: Kafka) -> None:
    """One that cannot be carried out is a dead letter; one that is put off, nobody's yet."""
    it = participant(f"kettle-{uuid.uuid4().hex[:8]}", Slowly())
    await ensure(kafka.bootstrap, dict.fromkeys((it.commands, it.replies, it.dead_letters), 1))
    sent = [("1", 200), ("2", 0), ("1", 200), ("3", 13), ("4", 250)]
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for event_id, size_ml in sent:
            command = Pour(f"k-{event_id}", size_ml)
            payload, key = msgspec.json.encode(command), command.checkout_id
            headers = Message(it.commands, key, payload, event_id).record_headers()
            await producer.send_and_wait(it.commands, payload, key.encode(), headers=headers)
        async with serving(it, empty.dsn, kafka.bootstrap) as client:
            found = await records(kafka, it.replies, 2)
            [letter] = await records(kafka, it.dead_letters, 1)
            # Over HTTP the same has been done already.
            command = {"type": "Pour", "checkout_id": "k-1", "size_ml": 200}
            again = await client.post("/commands", json=command)
            assert again.json() == {"type": "Poured", "checkout_id": "k-1", "size_ml": 200}
    replies = [(each.key, msgspec.json.decode(each.payload, type=Poured)) for each in found]
    assert replies == [("k-1", Poured("k-1", 200)), ("k-4", Poured("k-4", 250))]
    assert "an empty cup" in letter.headers[REASON]
    assert letter.key == "k-2"
    assert await cups(empty) == {"k-1": 200, "k-3": 13, "k-4": 250}


async def records(kafka: Kafka, topic: str, count: int) -> list[Message]:
    """The first of a topic, and what else comes within a moment."""
    found: list[Message] = []
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest"
    )
    async with consumer, asyncio.timeout(20):
        while True:
            some = await consumer.getmany(timeout_ms=300)
            new = [record for records in some.values() for record in records]
            found += [message_of(topic, each.key, each.value, each.headers) for each in new]
            if not new and len(found) >= count:
                return found
