"""Executions under way: each has a task, and one owner at a time; what was left behind is taken up.

accept ──> a task ──> step, step, step … ──> ended
              │ lease renewed while it lives; killed, its lease ends, and another takes it up
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterable
from dataclasses import replace

import aiohttp
import msgspec
import structlog
from opentelemetry import context, propagate, trace
from prometheus_client import CollectorRegistry
from shop_intents import Happened, Step
from shop_kit.auth import Signer
from shop_kit.store import Store, Unavailable
from shop_kit.watching import Watchers
from shop_lookups import Lookup

from plan_executor import book
from plan_executor.book import Row, Superseded
from plan_executor.carrying import Carrying
from plan_executor.errors import StepFailed, Unable
from plan_executor.measures import ExecutionMetrics
from plan_executor.progress import Progress, current, ended, failed, skipped, told
from plan_executor.shop import Addresses, Shop
from plan_executor.under_way import UnderWay, now

LOOK_S = 1.0
"""Between two looks for what was left behind."""
PAUSE_S = 0.2
"""Before the store is tried again."""
MOST_TAKEN = 50
STEP_S = {"check_out": 30.0, "wait": 120.0, "verify": 20.0}
"""What a step may take; a checkout's end is waited for as long as its saga may take."""
OTHER_STEP_S = 15.0
UNDO_S = 150.0
"""What may pass until all is taken back."""


class Runner:
    def __init__(
        self,
        store: Store,
        lookup: Lookup,
        addresses: Addresses,
        signer: Signer,
        at_once: int,
        lease_s: float,
        watchers: Watchers,
        registry: CollectorRegistry,
    ) -> None:
        self._store = store
        self._lookup = lookup
        self._addresses = addresses
        self._signer = signer
        self._lease_s = lease_s
        self._watchers = watchers
        self._owner = uuid.uuid4().hex
        self._turn = asyncio.Semaphore(at_once)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        """By execution: none is carried out twice at once."""
        self._session: aiohttp.ClientSession | None = None
        self._metrics = ExecutionMetrics(registry, lambda: len(self._tasks))
        self._tracer = trace.get_tracer("plan-executor")
        self._log = structlog.get_logger()

    async def accept(self, row: Row) -> bool:
        """False where the user's key, or the plan, was used before. Raises Unavailable."""
        row = replace(row, owner=self._owner)
        async with self._store.transaction() as connection:
            added = await book.add(connection, row, self._lease_s)
        if added:
            self._begin(row)
        return added

    def _begin(self, row: Row) -> None:
        if row.execution_id in self._tasks or self._session is None:
            return  # without a session it is taken up when its lease has ended
        task = asyncio.create_task(self._whole(row, self._session))
        self._tasks[row.execution_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(row.execution_id))

    async def run(self) -> None:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            self._session = session
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._renew())
                    tasks.create_task(self._take_up())
            finally:
                self._session = None
                await self._leave()

    async def _take_up(self) -> None:
        while True:
            try:
                async with self._store.transaction() as connection:
                    left = await book.take(connection, self._owner, self._lease_s, MOST_TAKEN)
                for row in left:
                    self._log.info("taken up", execution_id=row.execution_id)
                    self._begin(row)
            except Unavailable as error:
                self._log.warning("nothing is taken up", reason=str(error))
            await asyncio.sleep(min(LOOK_S, self._lease_s))

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._lease_s / 3)
            await self._lease(self._tasks, self._lease_s)

    async def _leave(self) -> None:
        """What is under way goes on where it stands, as soon as there is somebody to do it."""
        tasks = dict(self._tasks)
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        await self._lease(tasks, 0.0)

    async def _lease(self, ids: Iterable[str], lease_s: float) -> None:
        ids = list(ids)
        if not ids:
            return
        try:
            async with self._store.transaction() as connection:
                await book.renew(connection, ids, self._owner, lease_s)
        except Unavailable as error:
            self._log.warning("leases are not renewed", reason=str(error))

    async def _whole(self, row: Row, session: aiohttp.ClientSession) -> None:
        token = context.attach(propagate.extract(json.loads(row.headers)))
        shop = Shop(session, self._addresses, self._signer, row.plan.user_id)
        kept = row.progress

        async def keep(progress: Progress) -> None:
            nonlocal kept
            await self._keep(row, kept, progress)
            kept = progress

        under_way = UnderWay(
            row.plan, row.progress, row.key, row.deadline_s, shop, self._lookup, keep
        )
        try:
            async with self._turn:
                with self._tracer.start_as_current_span("execute plan"):
                    await self._carried_out(Carrying(under_way))
        except Superseded:
            self._log.info("somebody else carries it out", execution_id=row.execution_id)
        except Exception:  # noqa: BLE001 (it is logged; it is taken up again when its lease ends)
            self._log.exception("an execution stopped", execution_id=row.execution_id)
        finally:
            context.detach(token)

    async def _carried_out(self, carrying: Carrying) -> None:
        it = carrying.under_way
        while it.progress.state == "running":
            step = current(it.plan, it.progress)
            if step is None:
                await it.write(ended(it.progress, "", now()))
            elif skipped(step, it.progress):
                await it.write(told(it.progress, step.id, "skipped", "", now()))
            else:
                await self._step(carrying, step)
        if it.progress.state == "undoing":
            with self._tracer.start_as_current_span("undo"):
                unsettled = await self._undone(carrying)
            await it.write(ended(it.progress, unsettled, now()))

    async def _step(self, carrying: Carrying, step: Step) -> None:
        it = carrying.under_way
        limit_s = STEP_S.get(step.kind, OTHER_STEP_S)
        try:
            with self._tracer.start_as_current_span(f"step {step.kind}") as span:
                span.set_attribute("plan.step", step.id)
                async with asyncio.timeout(limit_s):
                    if it.progress.reverting:
                        await carrying.revert()
                    await carrying.do(step)
        except StepFailed as error:
            found = error
        except TimeoutError:
            found = Unable(f"`{step.kind}` has taken longer than {limit_s:g} s")
        except Superseded:
            raise
        except Exception:  # noqa: BLE001 (it is logged, and the plan ends)
            self._log.exception("a step failed by our mistake", step=step.kind)
            found = Unable("a mistake of the shop's, which is in its log")
        else:
            return
        self._log.info("a step failed", step=step.kind, reason=str(found))
        await it.write(failed(it.plan, it.progress, step, found, now()))

    async def _undone(self, carrying: Carrying) -> str:
        """What could not be taken back, or is not known; empty where all was."""
        told = ""
        try:
            async with asyncio.timeout(UNDO_S):
                try:
                    await carrying.settle()
                except StepFailed as error:
                    told = f"a checkout's end is not known: {error}"
                if carrying.under_way.progress.reverting:
                    await carrying.revert()
        except StepFailed as error:
            told = "; ".join(filter(None, [told, f"the cart is not as it was: {error}"]))
        except TimeoutError:
            told = told or f"it could not be taken back within {UNDO_S:g} s"
        except Superseded:
            raise
        except Exception:  # noqa: BLE001 (as above)
            self._log.exception("the undoing failed by our mistake")
            told = "it could not be taken back, by a mistake of the shop's"
        return told

    async def _keep(self, row: Row, before: Progress, progress: Progress) -> None:
        """However long the store takes: what was done is not to be done again."""
        event = msgspec.json.encode(_event(before, progress))
        while True:
            try:
                async with self._store.transaction() as connection:
                    await book.keep(connection, row, progress, event, self._lease_s)
                break
            except Unavailable as error:
                self._log.warning("a change waits for the store", reason=str(error))
                await asyncio.sleep(PAUSE_S)
        self._metrics.committed(before, progress)
        self._watchers.told([row.execution_id])


class _Event(msgspec.Struct):
    """What is told of a change: steps that are not as they were, and how the whole stands."""

    state: str
    outcome: str | None
    says: str
    steps: list[Happened]


def _event(before: Progress, after: Progress) -> _Event:
    pairs = zip(before.steps, after.steps, strict=True)
    steps = [now for was, now in pairs if was != now]
    return _Event(after.state, after.outcome, after.says, steps)
