"""A system whose processes assay starts on this machine, from a stack file."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import psutil

from assay.documents import Document
from assay.systems import disks, starting
from assay.systems.address import Address
from assay.systems.child import Child
from assay.systems.commands import Order, orders
from assay.systems.errors import (
    CommandFailed,
    ProcessDied,
    StartFailed,
    SystemDown,
    UndoFailed,
    UnknownName,
)
from assay.systems.links import Links, Trouble, Wire
from assay.systems.model import Stack
from assay.systems.plan import Instance, plan
from assay.systems.ports import Ports
from assay.systems.proc import Identity, families, scan
from assay.systems.register import Run, clean_leftovers
from assay.systems.starting import Standing, Surroundings
from assay.systems.system import Event, OnEvent, Usage
from assay.systems.template import fill


class LocalSystem:
    """Use it as an async context manager, in the main thread: the kernel kills the processes when
    the thread that started them ends.

    `variants` are the choices of each variant, {variant: {switch: option}}, checked with
    `variant_misfits`. Every instance has one log in `log_dir`, `lookup.before.log`. The processes
    run on `cpus` only, those outside the system on `outside_cpus`, where they are given.
    """

    starts = True

    def __init__(
        self,
        stack: Document[Stack],
        variants: Mapping[str, Mapping[str, str]],
        log_dir: Path,
        on_event: OnEvent = lambda _: None,
        cpus: Iterable[int] | None = None,
        outside_cpus: Iterable[int] | None = None,
    ) -> None:
        self._plan = plan(stack.value, variants)
        self._root = stack.path.resolve().parent
        self._log_dir = log_dir
        self._on_event = on_event
        self._cpus = None if cpus is None else frozenset(cpus)
        self._outside_cpus = None if outside_cpus is None else frozenset(outside_cpus)
        self._ports = Ports()
        self._links = Links()
        self._run: Run | None = None
        self._children: dict[str, Child] = {}
        self._standing: dict[str, Standing] = {}
        self._work: asyncio.Task[None] | None = None
        """The start or restart under way; `down` cancels it."""
        self._turn = asyncio.Lock()
        self._down = False

    async def up(self, variants: Sequence[str], uses: Sequence[str] | None = None) -> None:
        """See System. Processes that do not need each other start side by side."""
        wanted = self._plan.of(variants, uses)
        await self._working(lambda: self._start(wanted))

    async def restart(
        self,
        variants: Sequence[str],
        uses: Sequence[str] | None = None,
        links: Collection[Wire] = (),
    ) -> None:
        """See System. Jobs of a variant's own run again, shared ones do not."""
        wanted = self._plan.of(variants, uses)

        async def afresh() -> None:
            await self._stop(_unshared(wanted))
            self._links.wanted = frozenset(links)
            await self._start(wanted)

        await self._working(afresh)

    async def stop(self, variants: Sequence[str]) -> None:
        """See System."""
        own = _unshared(self._plan.of(variants))
        await self._working(lambda: self._stop(own))

    def address(self, variant: str, service: str) -> Address:
        """See System. Also raises AddressError where the stack file's text is none."""
        standing = self._stands(self._plan.serving(variant, service))
        return Address.parse(fill(standing.instance.settings.serves[service], standing.values))

    def addresses(self, variant: str) -> dict[str, Address]:
        """See System."""
        return {
            service: self.address(variant, service)
            for instance in self._plan.of([variant])
            if instance.key in self._standing
            for service in instance.settings.serves
        }

    def provided(self, variant: str, name: str) -> str:
        """See System."""
        standing = self._stands(self._plan.providing(variant, name))
        _, _, name = name.partition(".")
        return fill(standing.instance.settings.provides[name], standing.values)

    def provisions(self, variant: str) -> dict[str, str]:
        """See System."""
        return {
            f"{instance.process}.{name}": fill(text, standing.values)
            for instance in self._plan.of([variant])
            if (standing := self._standing.get(instance.key))
            for name, text in instance.settings.provides.items()
        }

    def check(self) -> None:
        """See System. Where several ended, the first is named."""
        ended = [
            (each.child.exited_at_s or time.monotonic(), key)
            for key, each in self._standing.items()
            if not (each.instance.once or each.child.asked_to_stop)
            and each.child.status is not None
        ]
        if ended:
            _, key = min(ended)
            standing = self._standing[key]
            instance, child = standing.instance, standing.child
            raise ProcessDied(
                *(instance.process, instance.variant, f"died: {child.status}"),
                *(child.tail(), child.log),
            )

    def pids(self, variant: str | None = None) -> set[int]:
        """See System."""
        return {identity.pid for _, family in self._families(variant) for identity in family}

    def usage(self, variant: str | None = None) -> list[Usage]:
        """See System."""
        return [_usage(instance, family) for instance, family in self._families(variant) if family]

    async def kill(self, variant: str, process: str) -> str:
        """See System."""
        return await self._own(variant, process).child.kill()

    async def revive(self, variant: str, process: str) -> None:
        """See System."""
        standing = self._own(variant, process)

        async def again() -> None:
            self._standing[standing.instance.key] = await starting.again(
                standing, self._surroundings()
            )
            self._note()

        await self._working(again)

    async def freeze(self, variant: str, process: str) -> str:
        """See System."""
        return await self._own(variant, process).child.freeze()

    def thaw(self, variant: str, process: str) -> None:
        """See System."""
        self._own(variant, process).child.thaw()

    def trouble(self, variant: str, client: str, server: str, trouble: Trouble) -> None:
        """See System."""
        try:
            self._links.trouble(self._own(variant, client).instance.key, server, trouble)
        except KeyError:
            raise UnknownName("link", f"{client} -> {server}", ()) from None

    def untrouble(self, variant: str, client: str, server: str) -> str:
        """See System."""
        return self._links.heal(self._own(variant, client).instance.key, server)

    async def do(self, variant: str, process: str, command: str) -> str:
        """See System."""
        run, undo = self._orders(variant, process, command)
        if undo is not None:
            self._run = self._entry().owing(undo)
        return await self._carried_out(run)

    async def undo(self, variant: str, process: str, command: str) -> None:
        """See System."""
        _, undo = self._orders(variant, process, command)
        if undo is not None:
            await self._paid(undo)

    async def fill(self, variant: str, process: str) -> str:
        """See System."""
        standing = self._own(variant, process)
        if standing.instance.settings.disk_bytes is None:
            raise CommandFailed(f"{standing.instance} has no `disk` of its own in the stack")
        if standing.no_disk:
            why = f"the file system of {standing.instance} could not be mounted"
            raise CommandFailed(f"{why}: {standing.no_disk}")
        standing.child.asked_to_stop = True  # it may well end of it
        return await asyncio.to_thread(disks.fill, Path(standing.own["scratch"]))

    async def relieve(self, variant: str, process: str) -> str:
        """See System."""
        standing = self._own(variant, process)
        disks.relieve(Path(standing.own["scratch"]))
        ended = ""

        async def back() -> None:
            nonlocal ended
            there, ended = await starting.back(standing, self._surroundings())
            self._standing[standing.instance.key] = there
            self._note()

        await self._working(back)
        return ended

    async def down(self) -> None:
        """See System. Final: a system that is down cannot be started again.

        Cancelled while it waits for processes to stop, it kills them at once.
        """
        self._down = True
        if self._work and self._work is not asyncio.current_task():
            self._work.cancel()
            await asyncio.wait([self._work])
        async with self._turn:
            try:
                await self._stop(self._plan.instances)
            finally:
                self._standing.clear()
                if self._run:
                    self._run.end()
                    self._run = None
                for child in self._children.values():
                    child.reap()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.down()

    async def _working(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do `work` in a task that `down` can cancel, one at a time."""
        async with self._turn:
            if self._down:
                raise SystemDown("the system is down")
            self._work = asyncio.create_task(work())
            try:
                await self._work
            except BaseExceptionGroup as group:
                raise _first(group) from None
            except asyncio.CancelledError:
                if self._down and not _cancelling():
                    raise SystemDown("the system was taken down while it was starting") from None
                raise
            finally:
                self._work = None

    async def _start(self, wanted: Sequence[Instance]) -> None:
        missing = [instance for instance in wanted if instance.key not in self._standing]
        around = self._surroundings()
        ready = {instance.key: asyncio.Event() for instance in missing}

        async def one(instance: Instance) -> None:
            for need in instance.needs:
                if need in ready:
                    await ready[need].wait()
            if instance.key in self._children:
                # Of an earlier start that failed beside it.
                await self._stop_one(instance, self._children[instance.key])
            seen = {
                f"{server.instance.process}.{word}": value
                for server in (self._standing[key] for key in instance.sees)
                for word, value in self._links.between(
                    instance.process, instance.key, server.instance.process, server.own
                ).items()
            }
            self._standing[instance.key] = await starting.start(instance, seen, around)
            self._note()
            ready[instance.key].set()

        async with asyncio.TaskGroup() as group:
            for instance in missing:
                group.create_task(one(instance))

    async def _stop(self, instances: Sequence[Instance]) -> None:
        """Stop those of them that were started, each after all that need it."""
        started = [instance for instance in instances if instance.key in self._children]
        stopped = {instance.key: asyncio.Event() for instance in started}

        async def one(instance: Instance) -> None:
            for other in started:
                if instance.key in other.needs:
                    await stopped[other.key].wait()
            await self._stop_one(instance, self._children[instance.key])
            self._links.close(instance.key)
            del self._children[instance.key]
            stopped[instance.key].set()

        for undo in reversed(self._run.owed if self._run else ()):
            if any(undo.instance == instance.key for instance in started):
                with suppress(UndoFailed):  # it is owed still, and told of at the end
                    await self._paid(undo)
        for instance in started:
            self._standing.pop(instance.key, None)
        async with asyncio.TaskGroup() as group:
            for instance in started:
                group.create_task(one(instance))

    async def _stop_one(self, instance: Instance, child: Child) -> None:
        settings = instance.settings
        began_s = time.monotonic()
        runs = child.status is None
        if runs:
            self._on_event(Event("stopping", instance.process, instance.variant))
        await child.stop(settings.stop_signal, settings.stop_within_s)
        if runs:
            took_s = time.monotonic() - began_s
            detail = child.status or "does not end, not even when killed"
            self._on_event(Event("stopped", instance.process, instance.variant, took_s, detail))

    def _orders(self, variant: str, process: str, name: str) -> tuple[Order, Order | None]:
        """Raises UnknownName, SystemDown."""
        found = {each.process: each for each in self._plan.of([variant])}
        if process not in found:
            raise UnknownName("process", process, found)
        standing = self._stands(found[process])
        settings = standing.instance.settings
        if name not in settings.commands:
            raise UnknownName(f"command of {process}", name, settings.commands)
        return orders(
            *(standing.instance.key, name, settings.commands[name]),
            *(starting.environment(standing), starting.folder(standing, self._root)),
            standing.values,
        )

    async def _carried_out(self, order: Order) -> str:
        return await order.carried_out(self._entry().run, self._log_dir.resolve(), self._cpus)

    async def _paid(self, undo: Order) -> None:
        """Raises UndoFailed."""
        try:
            await self._carried_out(undo)
        except CommandFailed as error:
            raise UndoFailed(f"not undone: {error}") from error
        self._run = self._entry().paid(undo)

    def _entry(self) -> Run:
        assert self._run is not None, "what stands was started in a run"
        return self._run

    def _surroundings(self) -> Surroundings:
        """The run begins with the first start: its folders, its entry in the register."""
        if self._run is None:
            clean_leftovers(self._on_event)
            self._run = Run.begin()
            self._log_dir.mkdir(parents=True, exist_ok=True)
        return Surroundings(
            run=self._run.run,
            root=self._root,
            scratch=self._run.scratch,
            log_dir=self._log_dir.resolve(),
            ports=self._ports,
            cpus=self._cpus,
            outside_cpus=self._outside_cpus,
            on_event=self._on_event,
            on_birth=self._on_birth,
            on_exit=self._on_exit,
            on_disk=self._on_disk,
        )

    def _on_disk(self, folder: Path) -> None:
        self._run = self._entry().mounting(folder)

    def _on_birth(self, instance: Instance, child: Child) -> None:
        self._children[instance.key] = child

    def _on_exit(self, instance: Instance, child: Child) -> None:
        standing = self._standing.get(instance.key)
        if standing and standing.child is child and not (instance.once or child.asked_to_stop):
            ran_s = child.exited_at_s - standing.ready_at_s
            detail = child.status or ""
            self._on_event(Event("died", instance.process, instance.variant, ran_s, detail))

    def _note(self) -> None:
        """Write down which processes there are, for whoever cleans up if assay is killed."""
        if self._run:
            seen = {identity for _, family in self._families(None) for identity in family}
            self._run = self._run.noting(sorted(seen, key=lambda each: each.pid))

    def _families(self, variant: str | None) -> list[tuple[Instance, set[Identity]]]:
        """Each instance that was started, with its live processes."""
        wanted = self._plan.instances if variant is None else self._plan.own(variant)
        seen = scan()
        return [
            (instance, child.remember(families(seen, child.belongs)))
            for instance in wanted
            if (child := self._children.get(instance.key))
        ]

    def _own(self, variant: str, process: str) -> Standing:
        """A process that the variant shares with nobody. Raises UnknownName, SystemDown."""
        own = {each.process: each for each in self._plan.own(variant)}
        if process not in own:
            raise UnknownName("process of its own", process, own)
        return self._stands(own[process])

    def _stands(self, instance: Instance) -> Standing:
        if instance.key not in self._standing:
            raise SystemDown(f"{instance} is not up")
        return self._standing[instance.key]


def _unshared(instances: Iterable[Instance]) -> list[Instance]:
    return [instance for instance in instances if instance.variant is not None]


def _usage(instance: Instance, family: Iterable[Identity]) -> Usage:
    cpu_s, rss_bytes = 0.0, 0
    for identity in family:
        with suppress(psutil.Error):
            process = psutil.Process(identity.pid)
            with process.oneshot():
                cpu_s += sum(process.cpu_times()[:4])
                rss_bytes += process.memory_info().rss
    return Usage(instance.process, instance.variant, cpu_s, rss_bytes, instance.outside)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What a user is told of several failures: the first process that did not start, if any."""
    first: BaseException = group.subgroup(StartFailed) or group
    while isinstance(first, BaseExceptionGroup):
        first = cast("BaseExceptionGroup[BaseException]", first).exceptions[0]
    return first


def _cancelling() -> bool:
    task = asyncio.current_task()
    return bool(task and task.cancelling())
