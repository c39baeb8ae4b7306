"""Users on a journey, each with a client of its own, in one event loop."""

from __future__ import annotations

import asyncio
import random
import resource
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

from assay.hosting.orders import Step, Visited, VisitOrder, Visits
from assay.scripts.client import Client
from assay.scripts.history import History
from assay.scripts.journey import Failed, Journey, Surroundings

MOST_ERRORS = 10


@dataclass
class Block:
    """A block under way."""

    order: VisitOrder
    kind: type[Journey]
    begins: Callable[[int], None]
    """Told when the block proper begins, in ns since 1970."""
    history: History
    visits: list[Visited] = field(default_factory=list[Visited])
    steps: list[Step] = field(default_factory=list[Step])
    errors: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    zero_s: float = 0.0
    """Start of the block proper, on the monotonic clock."""
    over: bool = False

    async def run(self) -> Visits:
        order = self.order
        around = Surroundings(order.addresses, order.provided, order.feeds, order.block)
        self.zero_s = time.monotonic() + order.lead_in_s
        started_unix_ns = time.time_ns() + round(order.lead_in_s * 1e9)
        self.begins(started_unix_ns)
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=order.drain_s + 60)
        timeout = aiohttp.ClientTimeout(total=order.timeout_s)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            users = [
                asyncio.create_task(self._user(number, around, session))
                for number in range(order.users)
            ]
            await asyncio.sleep(self.zero_s - time.monotonic())
            cpu_s = _cpu_s()
            await asyncio.sleep(self.zero_s + order.duration_s - time.monotonic())
            cpu = (_cpu_s() - cpu_s) / order.duration_s
            self.over = True
            _, late = await asyncio.wait(users, timeout=order.drain_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*users, return_exceptions=True)
        return Visits(started_unix_ns, self.visits, self.steps, cpu, len(late), self.errors)

    async def _user(
        self, number: int, around: Surroundings, session: aiohttp.ClientSession
    ) -> None:
        chance = random.Random(f"{self.order.seed} {number}")
        journey = self.kind(around, number, chance)
        client = Client(
            *(session, around.addresses, self.order.service, journey.headers()),
            *(self._stepped, self.history, number),
        )
        # Not all at once: a herd would stay one.
        await asyncio.sleep(chance.uniform(0, self.order.lead_in_s / 2))
        while not self.over:
            await self._visit(journey, client)
            think_s = chance.uniform(*journey.think_s)
            if think_s and not self.over:
                await asyncio.sleep(think_s)

    async def _visit(self, journey: Journey, client: Client) -> None:
        began_s = time.monotonic()
        subject = None
        try:
            visit = await journey.visit(client)
            outcome, subject = visit.outcome, visit.subject
        except Exception as error:  # noqa: BLE001 - a script may raise anything
            outcome = _outcome_of(error)
            if len(self.errors) < MOST_ERRORS:
                self.errors.append((outcome, f"{type(error).__name__}: {error}"))
            # A journey that fails at once must not spin.
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0.05)
        self.visits.append(
            Visited(subject, outcome, began_s - self.zero_s, time.monotonic() - self.zero_s)
        )

    def _stepped(self, name: str, outcome: str, began_s: float, ended_s: float) -> None:
        self.steps.append(Step(name, outcome, began_s - self.zero_s, ended_s - self.zero_s))


def _outcome_of(error: Exception) -> str:
    match error:
        case Failed():
            return str(error).split(" ", 1)[0] or "failed"
        case TimeoutError():
            return "timeout"
        case aiohttp.ClientError():
            return "connection"
        case _:
            return type(error).__name__


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
