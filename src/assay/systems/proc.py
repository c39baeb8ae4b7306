"""The processes of this machine that belong to a run, and how they are ended.

A process carries its run and its instance in its environment, and hands both on to its children,
so that a grandchild that left its parent and its session is still found. Some servers write their
title over their environment; those are found through their parent or their session.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

RUN_MARK = "ASSAY_RUN"
INSTANCE_MARK = "ASSAY_INSTANCE"
KILL_LIMIT_S = 5.0

_PROC = Path("/proc")


@dataclass(frozen=True)
class Identity:
    """One process for good: a pid alone is used again some day."""

    pid: int
    start_ticks: int
    """When it started, in clock ticks since boot."""


@dataclass(frozen=True)
class Seen:
    """A live process, as `/proc` shows it."""

    identity: Identity
    parent: int
    session: int
    run: str | None
    instance: str | None

    @property
    def pid(self) -> int:
        return self.identity.pid


def identity_of(pid: int) -> Identity | None:
    """Of a live process; None where there is none, or only its zombie."""
    stat = _stat(pid)
    return stat and Identity(pid, stat.start_ticks)


def scan() -> list[Seen]:
    """Every live process that this user can see, zombies left out."""
    found: list[Seen] = []
    for name in os.listdir(_PROC):  # noqa: PTH208 - names only, and often
        if name.isdigit() and (stat := _stat(int(name))):
            identity = Identity(int(name), stat.start_ticks)
            found.append(Seen(identity, stat.parent, stat.session, *_marks(int(name))))
    return found


def families(seen: Iterable[Seen], belongs: Callable[[Seen], bool]) -> set[Identity]:
    """The processes that belong, and all their descendants."""
    children: dict[int, list[Seen]] = {}
    waiting: list[Seen] = []
    for process in seen:
        children.setdefault(process.parent, []).append(process)
        if belongs(process):
            waiting.append(process)
    family: set[Identity] = set()
    while waiting:
        process = waiting.pop()
        if process.identity not in family:
            family.add(process.identity)
            waiting += children.get(process.pid, ())
    return family


def send(processes: Iterable[Identity], number: signal.Signals) -> None:
    """Send a signal to those that still live."""
    for identity in processes:
        with suppress(OSError), _held(identity) as fd:
            signal.pidfd_send_signal(fd, number)


def kill(processes: Collection[Identity], limit_s: float = KILL_LIMIT_S) -> None:
    """SIGKILL, and wait until they have ended or `limit_s` has passed."""
    send(processes, signal.SIGKILL)
    wait_until_gone(processes, limit_s)


def is_stopped(identity: Identity) -> bool:
    """Whether a stop signal holds it; what has ended is held too."""
    stat = _stat(identity.pid)
    return stat is None or stat.start_ticks != identity.start_ticks or stat.state in "Tt"


def wait_until_gone(processes: Iterable[Identity], limit_s: float) -> bool:
    """Whether all of them have ended within `limit_s`; zombies have."""
    with ExitStack() as held:
        waiting = select.poll()
        left: set[int] = set()
        for identity in processes:
            with suppress(OSError):
                fd = held.enter_context(_held(identity))
                waiting.register(fd, select.POLLIN)
                left.add(fd)
        until_s = time.monotonic() + limit_s
        while left and (rest_s := until_s - time.monotonic()) > 0:
            for fd, _ in waiting.poll(rest_s * 1000):
                waiting.unregister(fd)
                left.discard(fd)
        return not left


def kill_families(belongs: Callable[[Seen], bool], also: Collection[Identity] = ()) -> int:
    """Kill all that belong, their descendants and `also`, until none is left; how many there were.

    A few rounds, because one may fork while the others are being killed.
    """
    killed: set[Identity] = set()
    own = _ancestors()
    for _ in range(10):
        seen = scan()
        family = {
            identity
            for identity in families(seen, lambda each: each.identity in also or belongs(each))
            if identity.pid not in own
        }
        if not family - killed:
            break
        kill(family)
        killed |= family
    return len(killed)


@contextmanager
def _held(identity: Identity) -> Generator[int]:
    """A descriptor that means this process for good. ProcessLookupError where it has ended."""
    fd = os.pidfd_open(identity.pid)
    try:
        if identity_of(identity.pid) != identity:
            raise ProcessLookupError
        yield fd
    finally:
        os.close(fd)


def boot_id() -> str:
    """Different after each start of the machine, when ticks and pids begin anew."""
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


def _ancestors() -> set[int]:
    """This process and those above it: whoever runs assay inside a run must not end itself."""
    pids: set[int] = set()
    pid = os.getpid()
    while pid > 0 and pid not in pids:
        pids.add(pid)
        stat = _stat(pid)
        pid = stat.parent if stat else 0
    return pids


class _Stat(NamedTuple):
    state: str
    parent: int
    session: int
    start_ticks: int


def _stat(pid: int) -> _Stat | None:
    """None where no process lives there."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except (OSError, UnicodeDecodeError):
        return None
    # The second field is the program's name in parentheses, which may hold anything.
    fields = text[text.rindex(")") + 2 :].split()
    if fields[0] in "ZX":
        return None
    return _Stat(fields[0], int(fields[1]), int(fields[3]), int(fields[19]))


def _marks(pid: int) -> tuple[str | None, str | None]:
    try:
        environment = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return None, None
    if RUN_MARK.encode() not in environment:
        return None, None
    marks = {RUN_MARK: "", INSTANCE_MARK: ""}
    for entry in environment.split(b"\0"):
        name, _, value = entry.decode(errors="replace").partition("=")
        if name in marks:
            marks[name] = value
    return marks[RUN_MARK] or None, marks[INSTANCE_MARK] or None
