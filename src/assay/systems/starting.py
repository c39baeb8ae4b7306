"""One instance of the plan, from its ports to its readiness."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assay.systems import disks
from assay.systems.child import Child, NotBegun, Program
from assay.systems.errors import StartFailed
from assay.systems.model import Settings
from assay.systems.plan import Instance
from assay.systems.ports import Ports, is_clash
from assay.systems.readiness import probe_of, until_ready
from assay.systems.system import Event, OnEvent
from assay.systems.template import fill


@dataclass(frozen=True)
class Surroundings:
    """What all instances of a system have in common."""

    run: str
    root: Path
    """The stack file's folder."""
    scratch: Path
    log_dir: Path
    ports: Ports
    cpus: frozenset[int] | None
    outside_cpus: frozenset[int] | None
    on_event: OnEvent
    on_birth: Callable[[Instance, Child], None]
    on_exit: Callable[[Instance, Child], None]
    on_disk: Callable[[Path], None]
    """Told of a folder before a file system is mounted there."""


@dataclass(frozen=True)
class Standing:
    """An instance that is ready."""

    instance: Instance
    own: Mapping[str, str]
    """Its ports and its folder, by their words in braces."""
    values: Mapping[str, str]
    """Everything that its texts may name."""
    child: Child
    ready_at_s: float
    """On the monotonic clock."""
    no_disk: str = ""
    """Why it has no file system of its own, where it was to have one."""


async def start(instance: Instance, seen: Mapping[str, str], around: Surroundings) -> Standing:
    """Start an instance and wait until it is ready. Raises StartFailed.

    `seen` are the ports and folders of the instances it needs: `{"postgres.port": "5432"}`. Where
    another program took its port first, it is tried once more with others.
    """
    began_s = time.monotonic()
    around.on_event(Event("starting", instance.process, instance.variant))
    try:
        standing = await _attempt(instance, seen, around)
    except StartFailed as failure:
        if not (instance.ports and is_clash(failure.tail)):
            raise
        detail = "its port was taken meanwhile; once more with another"
        waited_s = time.monotonic() - began_s
        around.on_event(Event("starting", instance.process, instance.variant, waited_s, detail))
        standing = await _attempt(instance, seen, around)
    took_s = standing.ready_at_s - began_s
    around.on_event(Event("ready", instance.process, instance.variant, took_s))
    return standing


async def _attempt(instance: Instance, seen: Mapping[str, str], around: Surroundings) -> Standing:
    settings = instance.settings
    ports = around.ports.free(len(instance.ports))
    own = {word: str(port) for word, port in zip(instance.ports, ports, strict=True)}
    scratch = around.scratch / instance.key
    no_disk = _fresh_folder(scratch, settings, around.on_disk)
    own["scratch"] = str(scratch)
    values = {"python": sys.executable, "root": str(around.root), **seen, **own}
    return replace(await _begun(instance, own, values, around), no_disk=no_disk)


async def again(standing: Standing, around: Surroundings) -> Standing:
    """Start what has ended once more: where it was, with what it left. Raises StartFailed."""
    began_s = time.monotonic()
    instance = standing.instance
    around.on_event(Event("starting", instance.process, instance.variant, 0.0, "again"))
    begun = await _begun(instance, standing.own, standing.values, around)
    standing = replace(begun, no_disk=standing.no_disk)
    took_s = standing.ready_at_s - began_s
    around.on_event(Event("ready", instance.process, instance.variant, took_s))
    return standing


async def back(standing: Standing, around: Surroundings) -> tuple[Standing, str]:
    """Wait until it is ready, or start it again where it has ended, and how it did then.

    Raises StartFailed.
    """
    try:
        await _until_ready(standing.instance, standing.child, standing.values)
    except StartFailed:
        if standing.child.status is None:
            raise
        return await again(standing, around), standing.child.status
    standing.child.asked_to_stop = False
    return standing, ""


def environment(standing: Standing) -> dict[str, str]:
    """That its process was given, beside assay's own."""
    return _environment(standing.instance.settings, standing.values)


def folder(standing: Standing, root: Path) -> Path:
    """In which its process was started."""
    return _folder(standing.instance.settings, standing.values, root)


def _environment(settings: Settings, values: Mapping[str, str]) -> dict[str, str]:
    return {name: fill(text, values) for name, text in settings.env.items()}


def _folder(settings: Settings, values: Mapping[str, str], root: Path) -> Path:
    return root / fill(settings.cwd or ".", values)


async def _begun(
    instance: Instance,
    own: Mapping[str, str],
    values: Mapping[str, str],
    around: Surroundings,
) -> Standing:
    settings = instance.settings
    log = around.log_dir / f"{instance.key}.log"
    program = Program(
        run=[fill(word, values) for word in settings.run or ()],
        env=_environment(settings, values),
        cwd=_folder(settings, values, around.root),
        log=log,
        memory_bytes=settings.limits.memory_bytes,
        files=settings.limits.files,
        user=settings.user,
        cpus=around.outside_cpus if instance.outside else around.cpus,
    )
    try:
        child = await Child.start(
            program,
            around.run,
            instance.key,
            lambda child: around.on_birth(instance, child),
            lambda child: around.on_exit(instance, child),
        )
    except NotBegun as error:
        reason = f"could not be started: {error}"
        raise StartFailed(instance.process, instance.variant, reason, (), log) from None
    try:
        await _until_ready(instance, child, values)
    except StartFailed:
        await child.stop(settings.stop_signal, settings.stop_within_s)
        raise
    return Standing(instance, own, values, child, time.monotonic())


async def _until_ready(instance: Instance, child: Child, values: Mapping[str, str]) -> None:
    """Race the probe against the end of the process and the deadline. Raises StartFailed."""
    settings = instance.settings
    within_s = settings.ready.within_s
    probe = probe_of(settings.ready, values, child.log, child.log_start)
    last_seen = ""

    def note(missing: str) -> None:
        nonlocal last_seen
        last_seen = f": {missing}"

    exited = asyncio.create_task(child.exited.wait())
    waiting: set[asyncio.Task[Any]] = {exited}
    if probe:
        waiting.add(asyncio.create_task(until_ready(probe, note)))
    try:
        if probe or instance.once:
            done, _ = await asyncio.wait(
                waiting, timeout=within_s, return_when=asyncio.FIRST_COMPLETED
            )
        else:
            done = waiting - {exited}
        status = child.status
        if instance.once:
            if status is None:
                raise _failed(instance, child, f"was not done within {within_s:g} s")
            if status != "exit status 0":
                raise _failed(instance, child, f"failed: {status}")
        elif status is not None:
            raise _failed(instance, child, f"ended before it was ready: {status}")
        elif probe and not done:
            raise _failed(instance, child, f"was not ready within {within_s:g} s{last_seen}")
        for task in done:
            task.result()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _failed(instance: Instance, child: Child, reason: str) -> StartFailed:
    return StartFailed(instance.process, instance.variant, reason, child.tail(), child.log)


def _fresh_folder(folder: Path, settings: Settings, on_disk: Callable[[Path], None]) -> str:
    """An empty folder, the user's own where the process runs as another.

    With a disk of its own where it is to have one; gives why it has none then.
    """
    user, no_disk = settings.user, ""
    disks.unmount(folder)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    if settings.disk_bytes is not None:
        on_disk(folder)
        try:
            disks.mount(folder, settings.disk_bytes)
        except disks.NotMounted as why:
            no_disk = str(why)
    if user is not None and os.geteuid() == 0:
        # An unknown user is told of when the process is started.
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        if user in known:
            os.chown(folder, known[user].pw_uid, known[user].pw_gid)
    return no_disk
