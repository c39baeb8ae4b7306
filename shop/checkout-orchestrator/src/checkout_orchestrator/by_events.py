"""The saga arm: commands through the outbox, replies from Kafka, silences from the table."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Sequence

import msgspec
import structlog
from opentelemetry import propagate
from prometheus_client import CollectorRegistry
from shop_kit import outbox
from shop_kit.backoff import delays_s
from shop_kit.consumer import Consumer, ConsumerMetrics, Received, Route
from shop_kit.messages import Message
from shop_kit.relay import Relay, RelayMetrics
from shop_kit.store import Connection, Store, Unavailable
from shop_kit.watching import Watchers
from shop_messages import CHECKOUT_REPLIES, DEAD_LETTERS, Reply

from checkout_orchestrator import book
from checkout_orchestrator.book import Asked
from checkout_orchestrator.measures import SagaMetrics
from checkout_orchestrator.saga import Change, heard, silent
from checkout_orchestrator.waking import keys_of

NAME = "checkout-orchestrator"
LOOK_S = 0.5
"""Between two looks for answers that did not come."""
MOST_SILENT = 200


class ByEvents:
    def __init__(
        self,
        store: Store,
        dsn: str,
        bootstrap: str,
        pace: float,
        watchers: Watchers,
        registry: CollectorRegistry,
    ) -> None:
        self._store = store
        self._pace = pace
        self._watchers = watchers
        self._metrics = SagaMetrics(registry)
        self._relay = Relay(dsn, bootstrap, RelayMetrics(registry))
        route = Route(msgspec.json.Decoder(Reply), self._heard, self._committed)
        self._consumer = Consumer(
            *(NAME, store, bootstrap, {CHECKOUT_REPLIES: route}, DEAD_LETTERS),
            ConsumerMetrics(registry),
        )
        self._uncommitted: list[Change] = []
        """Of the transaction that the consumer has under way."""
        self._log = structlog.get_logger()

    async def accept(self, change: Change, asked: Asked) -> bool:
        """False where the key was used before. Raises Unavailable."""
        message = _message(change)
        assert message is not None
        async with self._store.transaction() as connection:
            added = await book.add(connection, change, asked, change.answer_s * self._pace)
            if added:
                await outbox.add(connection, message)
        if added:
            self._metrics.committed(change)
        return added

    async def take_back(self, checkout_id: str) -> bool:
        """False where it is not confirmed. Raises Unavailable."""
        async with self._store.transaction() as connection:
            change = await book.taken_back(connection, checkout_id, self._pace)
            message = None if change is None else _message(change)
            if message is not None:
                await outbox.add(connection, message)
        if change is None:
            return False
        self._metrics.committed(change)
        self._watchers.told(keys_of([change]))
        return True

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._relay.run())
            tasks.create_task(self._consumer.run())
            tasks.create_task(self._notice_silence())

    async def _heard(
        self, connection: Connection, received: Sequence[Received[Reply]]
    ) -> Sequence[Sequence[Message]]:
        self._uncommitted = []
        known = await book.locked(connection, [each.value.checkout_id for each in received])
        checkouts = {checkout_id: checkout for checkout_id, (checkout, _) in known.items()}
        messages: list[list[Message]] = []
        changes: dict[str, Change] = {}
        for each in received:
            before = checkouts.get(each.value.checkout_id)
            change = heard(before, each.value) if before is not None else None
            messages.append([])
            if before is None or change is None:
                continue
            if before.checkout_id in changes:
                # One change of a checkout at a time is written down.
                await self._keep(connection, changes.values())
                changes = {}
            checkouts[before.checkout_id] = change.checkout
            changes[before.checkout_id] = change
            self._uncommitted.append(change)
            message = _message(change)
            if message is not None:
                messages[-1].append(message)
        await self._keep(connection, changes.values())
        return messages

    def _committed(self) -> None:
        for change in self._uncommitted:
            self._metrics.committed(change)
        self._watchers.told(keys_of(self._uncommitted))
        self._uncommitted = []

    async def _keep(self, connection: Connection, changes: Iterable[Change]) -> None:
        changes = list(changes)
        due_s = [
            None if change.command is None else change.answer_s * self._pace for change in changes
        ]
        await book.keep(connection, changes, due_s)

    async def _notice_silence(self) -> None:
        waits = delays_s()
        while True:
            try:
                asked_again = await self._ask_again()
                waits = delays_s()
            except Unavailable as error:
                self._log.warning("silences go unnoticed", reason=str(error))
                await asyncio.sleep(next(waits))
                continue
            if asked_again < MOST_SILENT:
                await asyncio.sleep(LOOK_S)

    async def _ask_again(self) -> int:
        async with self._store.transaction() as connection:
            found = await book.due(connection, MOST_SILENT)
            changes = [silent(checkout) for checkout, _ in found]
            await self._keep(connection, changes)
            messages = [
                message.traced(propagate.extract(json.loads(headers)))
                for change, (_, headers) in zip(changes, found, strict=True)
                if (message := _message(change)) is not None
            ]
            await outbox.add_all(connection, messages)
        for change in changes:
            self._metrics.committed(change)
        self._watchers.told(keys_of(changes))
        return len(changes)


def _message(change: Change) -> Message | None:
    if change.command is None:
        return None
    payload = msgspec.json.encode(change.command)
    return Message(change.topic, change.checkout.checkout_id, payload)
