"""Brings payments to their goals: takes up what is due, asks the provider, writes the answer down.

table ──take, on a lease──> a call each, many at once ──> one transaction for all that ended:
                                                          what was learnt, and the replies
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog
from opentelemetry import context, propagate, trace
from prometheus_client import CollectorRegistry, Counter, Gauge
from shop_kit import crashing, outbox
from shop_kit.backoff import delays_s
from shop_kit.breaker import BreakerOpen
from shop_kit.participant import reply_message
from shop_kit.store import Store, Unavailable
from shop_kit.watching import Watchers, changed
from shop_messages import CHECKOUT_REPLIES, PaymentCommand, Reply

from payment import book
from payment.book import Row
from payment.payments import Found, answer, learnt, next_call, reached, reply_due
from payment.provider import Provider, Unknown

POLL_S = 0.5
"""For what nobody told of: tries that are due, leases that have ended."""
ANSWER_S = 8.0
"""What a caller over HTTP waits at most."""
LONGEST_WAIT_S = 5.0
"""Between two tries."""


@dataclass(frozen=True)
class _Ended:
    checkout_id: str
    found: Found | None
    """None: no answer."""
    attempted: bool


class Worker:
    def __init__(
        self,
        store: Store,
        provider: Provider,
        calls: int,
        lease_s: float,
        publishes: bool,
        registry: CollectorRegistry,
    ) -> None:
        """`publishes`: replies go out through the outbox; else callers ask, and nobody would empty
        it."""
        self._store = store
        self._provider = provider
        self._calls = calls
        self._lease_s = lease_s
        self._publishes = publishes
        self._wake = asyncio.Event()
        self._under_way: set[str] = set()
        self._in_doubt: set[str] = set()
        """Whose last call had no answer: nobody knows what it did."""
        self._ended: asyncio.Queue[_Ended] = asyncio.Queue()
        self._watchers = Watchers()
        self._tracer = trace.get_tracer("payment")
        self._log = structlog.get_logger()
        most = Gauge("payment_calls_max", "Calls of the provider at most.", registry=registry)
        most.set(calls)
        under_way = Gauge(
            "payment_calls_under_way", "Calls of the provider under way.", registry=registry
        )
        under_way.set_function(lambda: len(self._under_way))
        self._made = Counter(
            "payment_calls", "Calls of the provider.", ["call", "outcome"], registry=registry
        )
        self._made_again = Counter(
            "payment_calls_again", "Of them, those after one without an answer.", registry=registry
        )
        in_doubt = Gauge("payments_in_doubt", "Their last call had no answer.", registry=registry)
        in_doubt.set_function(lambda: len(self._in_doubt))

    def committed(self) -> None:
        self._wake.set()

    async def reply(self, command: PaymentCommand) -> Reply:
        """Raises TimeoutError, Unavailable."""
        checkout_id = command.checkout_id
        async with asyncio.timeout(ANSWER_S):
            with self._watchers.watching(checkout_id) as event:
                while True:
                    async with self._store.transaction() as connection:
                        payment = await book.of(connection, checkout_id)
                    found = answer(type(command), payment) if payment else None
                    if found is not None:
                        return found
                    await changed(event, ANSWER_S)

    async def run(self) -> None:
        try:
            await self._run()
        finally:
            await self._provider.close()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write_down())
            waits = delays_s()
            recalled = False
            while True:
                try:
                    if not recalled:
                        await self._recall()
                        recalled = True
                    taken = await self._take()
                    waits = delays_s()
                except Unavailable as error:
                    self._log.warning("payments wait for the store", reason=str(error))
                    await asyncio.sleep(next(waits))
                    continue
                for row in taken:
                    tasks.create_task(self._work(row))
                if not taken:
                    self._wake.clear()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(POLL_S):
                            await self._wake.wait()

    async def _recall(self) -> None:
        """The doubts of the worker before, which may have been killed."""
        async with self._store.transaction() as connection:
            self._in_doubt |= await book.in_doubt(connection)

    async def _take(self) -> list[Row]:
        free = self._calls - len(self._under_way)
        if free <= 0:
            return []
        async with self._store.transaction() as connection:
            rows = await book.take(connection, free, self._lease_s)
        # One whose call is under way here is taken up again when that has ended.
        new = [row for row in rows if row.payment.checkout_id not in self._under_way]
        self._under_way |= {row.payment.checkout_id for row in new}
        return new

    async def _work(self, row: Row) -> None:
        payment = row.payment
        call = next_call(payment, lost=row.tries > 0)
        found, attempted, outcome = None, True, "answered"
        under = propagate.extract(json.loads(row.headers))
        token = context.attach(under)
        try:
            if call is not None:
                with self._tracer.start_as_current_span(
                    f"provider {call}", kind=trace.SpanKind.CLIENT
                ):
                    found = await self._provider.make(call, payment)
                    crashing.point("after-effect", [call])
        except BreakerOpen:
            attempted, outcome = False, "rejected"
        except Unknown as error:
            outcome = "unknown"
            self._log.info("the provider has not answered", call=call, reason=str(error))
        except Exception:  # noqa: BLE001 (it is logged; a payment that is our mistake stops no other)
            outcome = "failed"
            self._log.exception("a call failed", call=call, checkout_id=payment.checkout_id)
        finally:
            context.detach(token)
        self._made.labels(call or "none", outcome).inc()
        if row.tries:
            self._made_again.inc()
        self._ended.put_nowait(_Ended(payment.checkout_id, found, attempted))

    async def _write_down(self) -> None:
        """All that has ended meanwhile, in one transaction."""
        while True:
            ended = {}
            first = await self._ended.get()
            ended[first.checkout_id] = first
            while not self._ended.empty():
                each = self._ended.get_nowait()
                ended[each.checkout_id] = each
            for wait_s in delays_s():
                try:
                    await self._written(ended)
                    break
                except Unavailable as error:
                    self._log.warning("an answer waits for the store", reason=str(error))
                    await asyncio.sleep(wait_s)
            self._under_way -= ended.keys()
            self._wake.set()
            self._watchers.told(ended)

    async def _written(self, ended: dict[str, _Ended]) -> None:
        async with self._store.transaction() as connection:
            rows = await book.locked(connection, ended)
            after = [_after(rows[each.checkout_id], each) for each in ended.values()]
            await book.keep(connection, after)
            replies = []
            for row in after if self._publishes else ():
                reply = reply_due(row.payment)
                if reply is not None:
                    under = propagate.extract(json.loads(row.headers))
                    replies.append(reply_message(CHECKOUT_REPLIES, reply).traced(under))
            await outbox.add_all(connection, replies)
        for row in after:
            keep = self._in_doubt.add if row.tries else self._in_doubt.discard
            keep(row.payment.checkout_id)


def _after(row: Row, ended: _Ended) -> Row:
    wait_s = min(LONGEST_WAIT_S, 0.1 * 2 ** min(row.tries, 10))
    if not ended.attempted:
        return book.unattempted(row, max(wait_s, 0.5))
    if ended.found is None and not reached(row.payment):
        return replace(row, tries=row.tries + 1, wait_s=wait_s)
    payment = learnt(row.payment, ended.found) if ended.found else row.payment
    return replace(row, payment=payment, tries=0, wait_s=None if reached(payment) else 0.0)
