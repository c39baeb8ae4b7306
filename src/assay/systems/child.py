"""One process that assay started: its birth, its log, its end."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from assay.systems.errors import TAIL_LINES
from assay.systems.proc import (
    INSTANCE_MARK,
    RUN_MARK,
    Identity,
    Seen,
    families,
    identity_of,
    is_stopped,
    kill,
    kill_families,
    scan,
    send,
)

_LAUNCHER = Path(__file__).with_name("launch.py")
_KILLED_WITHIN_S = 5.0
_STOPPED_WITHIN_S = 2.0
_TAIL_BYTES = 64 * 1024


@dataclass(frozen=True)
class Program:
    """What is run, with everything filled in."""

    run: Sequence[str]
    env: Mapping[str, str]
    """Added to assay's own environment."""
    cwd: Path
    log: Path
    memory_bytes: int | None = None
    files: int | None = None
    user: str | None = None
    cpus: frozenset[int] | None = None


class NotBegun(Exception):
    """The program could not be run at all; the message says why."""


@dataclass(eq=False)
class Child:
    """A process in a session of its own, killed by the kernel when the starting thread ends.

    `start` must be called in a thread that lives as long as the run: the main thread's event loop.
    """

    run: str
    instance: str
    log: Path
    log_start: int
    """Where its part of the log begins, bytes: a log holds all the starts of an instance."""
    popen: subprocess.Popen[bytes]
    identity: Identity
    on_exit: Callable[[Child], None]
    family: set[Identity] = field(default_factory=set["Identity"])
    """Descendants seen so far: some hide later, behind a title or in another session."""
    asked_to_stop: bool = False
    exited: asyncio.Event = field(default_factory=asyncio.Event)
    exited_at_s: float = 0.0
    """On the monotonic clock."""
    _pidfd: int | None = None

    @classmethod
    async def start(
        cls,
        program: Program,
        run: str,
        instance: str,
        on_birth: Callable[[Child], None],
        on_exit: Callable[[Child], None],
    ) -> Child:
        """Start the program and return when it has begun. Raises NotBegun.

        `on_birth` is told at once, so that whoever stops everything knows of it from its first
        moment; `on_exit` when the process has ended, for whatever reason.
        """
        marks = {RUN_MARK: run, INSTANCE_MARK: instance}
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as report:
            popen, log_start = _spawn(program, marks, writing)
            identity = identity_of(popen.pid) or Identity(popen.pid, 0)
            child = cls(run, instance, program.log, log_start, popen, identity, on_exit)
            child._watch()
            on_birth(child)
            await _readable(report.fileno())
            if why := report.read():
                raise NotBegun(why.decode(errors="replace"))
        return child

    @property
    def status(self) -> str | None:
        """How it ended, in words: `exit status 3`, `killed by SIGKILL`; None while it runs."""
        code = self.popen.poll()
        if code is None:
            return None
        return f"killed by {_signal_name(-code)}" if code < 0 else f"exit status {code}"

    def tail(self, lines: int = TAIL_LINES) -> tuple[str, ...]:
        """The last lines that this start of the process wrote to its log."""
        with self.log.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(self.log_start, end - _TAIL_BYTES))
            text = log.read().decode(errors="replace")
        return tuple(text.rstrip().splitlines()[-lines:])

    def belongs(self, process: Seen) -> bool:
        """Whether a process stems from this one."""
        return (
            process.identity == self.identity
            or process.identity in self.family
            or (process.run == self.run and process.instance == self.instance)
            # A session outlives its leader, whose number is not given out again as long as it does.
            or (
                process.session == self.identity.pid
                and identity_of(process.session) in (None, self.identity)
            )
        )

    def remember(self, family: set[Identity]) -> set[Identity]:
        """Keep its descendants in mind; gives `family` back."""
        self.family |= family - {self.identity}
        return family

    async def stop(self, stop_signal: str, within_s: float) -> None:
        """Ask it to stop, then kill what is left of it and of all that stems from it."""
        self.asked_to_stop = True
        self.remember(families(scan(), self.belongs))
        if self.status is None:
            self.popen.send_signal(signal.Signals[stop_signal])
            try:
                await asyncio.wait_for(self.exited.wait(), within_s)
            except TimeoutError:
                kill([self.identity])
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.exited.wait(), _KILLED_WITHIN_S)
        kill_families(self.belongs)

    async def kill(self) -> str:
        """Kill it and all that stems from it, on purpose; gives how it ended."""
        self.asked_to_stop = True
        self.remember(families(scan(), self.belongs))
        kill_families(self.belongs, [*self.family, self.identity])
        with suppress(TimeoutError):
            await asyncio.wait_for(self.exited.wait(), _KILLED_WITHIN_S)
        return self.status or ""

    async def freeze(self) -> str:
        """Stop it and all that stems from it; gives what it is seen to be, empty if it goes on."""
        family = self.remember(families(scan(), self.belongs))
        send(family, signal.SIGSTOP)
        until_s = time.monotonic() + _STOPPED_WITHIN_S
        while not all(is_stopped(identity) for identity in family):
            if time.monotonic() > until_s:
                return ""
            await asyncio.sleep(0.001)  # a thread in a system call stops when it comes back
        return "stopped by SIGSTOP" if self.status is None else ""

    def thaw(self) -> None:
        """Let it go on, and all that stems from it."""
        send(self.remember(families(scan(), self.belongs)), signal.SIGCONT)

    def reap(self) -> None:
        """Take note of its end now; for when the event loop will not do it any more."""
        if self._pidfd is not None and self.status is not None:
            asyncio.get_running_loop().remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = None
            self.exited_at_s = time.monotonic()
            self.exited.set()
            self.on_exit(self)

    def _watch(self) -> None:
        self._pidfd = os.pidfd_open(self.popen.pid)
        asyncio.get_running_loop().add_reader(self._pidfd, self._ended)

    def _ended(self) -> None:
        self.popen.wait()
        self.reap()


async def _readable(fd: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(fd, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(fd)


def _spawn(
    program: Program, marks: Mapping[str, str], report: int
) -> tuple[subprocess.Popen[bytes], int]:
    """The new process, and where its part of the log begins. Closes `report` on this side."""
    try:
        wanted = _wanted(program, report)
        with program.log.open("ab") as log:
            stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
            log.write(f"--- {stamp} assay starts {' '.join(program.run)}\n".encode())
            log.flush()
            log_start = log.tell()
            popen = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LAUNCHER), wanted],
                env={**os.environ, **program.env, **marks},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(report,),
            )
        return popen, log_start
    finally:
        os.close(report)


def _wanted(program: Program, report: int) -> str:
    """The launcher's orders. Raises NotBegun where the user cannot be had."""
    limits = {"RLIMIT_DATA": program.memory_bytes, "RLIMIT_NOFILE": program.files}
    return json.dumps(
        {
            "parent": os.getpid(),
            "report": report,
            "limits": [(name, value) for name, value in limits.items() if value is not None],
            "cpus": None if program.cpus is None else sorted(program.cpus),
            "user": _user(program.user),
            "cwd": str(program.cwd),
            "run": list(program.run),
        }
    )


def _user(name: str | None) -> dict[str, object] | None:
    if name is None:
        return None
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        raise NotBegun(f"there is no user `{name}` on this machine") from None
    if user.pw_uid == os.geteuid():
        return None
    if os.geteuid() != 0:
        raise NotBegun(f"only root can run it as the user `{name}`")
    return {
        "uid": user.pw_uid,
        "gid": user.pw_gid,
        "groups": os.getgrouplist(name, user.pw_gid),
    }


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
