"""`assay up` and `assay down`: a process in the background that keeps a system up.

One keeper a stack file. It is an assay process like any other: when it is killed, its processes die
with it, and the next start removes what else it left.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assay.documents import DocumentError
from assay.systems.address import Address
from assay.systems.errors import KeeperError, StartFailed, SystemsError
from assay.systems.local import LocalSystem
from assay.systems.proc import Identity, identity_of, kill, wait_until_gone
from assay.systems.reading import read_stack
from assay.systems.register import clean_leftovers, state_folder, write_json
from assay.systems.system import Event, OnEvent

_STOP_LIMIT_S = 60.0


@dataclass(frozen=True)
class KeeperInfo:
    """A keeper that runs."""

    identity: Identity
    stack: Path
    log_dir: Path
    addresses: Mapping[str, Mapping[str, Address]]
    """By variant and service; empty while the system is starting."""


def start_keeper(
    stack: Path,
    variants: Mapping[str, Mapping[str, str]],
    log_dir: Path,
    on_event: OnEvent = lambda _: None,
    cpus: Iterable[int] | None = None,
) -> KeeperInfo:
    """Bring a system up and leave it running; returns when it is ready.

    `stack` and `variants` must have been checked. Raises KeeperError where the stack has a keeper
    already, StartFailed where a process did not become ready; then nothing is left running.
    """
    stack = stack.resolve()
    if keeper := keeper_of(stack):
        raise KeeperError(_is_up(stack, keeper.identity.pid))
    log_dir.mkdir(parents=True, exist_ok=True)
    reading, writing = os.pipe()
    order = {
        "stack": str(stack),
        "variants": {name: dict(chosen) for name, chosen in variants.items()},
        "log_dir": str(log_dir.resolve()),
        "cpus": None if cpus is None else sorted(cpus),
        "report": writing,
    }
    os.set_inheritable(writing, True)
    pid = _spawn(order, log_dir / "keeper.log")
    os.close(writing)
    try:
        with os.fdopen(reading, encoding="utf-8") as reports:
            is_up = any(_hear(json.loads(line), on_event) for line in reports)
        keeper = keeper_of(stack)
        if keeper is None or not is_up:
            raise KeeperError(
                f"the keeper ended before the system was up; see {log_dir}/keeper.log"
            )
    except BaseException:
        _end(pid)
        raise
    return keeper


def stop_keeper(stack: Path) -> None:
    """Take the system down; returns when its keeper has gone. KeeperError where none runs."""
    stack = stack.resolve()
    keeper = keeper_of(stack)
    if keeper is None:
        raise KeeperError(f"no system of {stack} is up")
    _end(keeper.identity.pid)
    _state(stack).unlink(missing_ok=True)
    clean_leftovers(lambda _: None)


def keeper_of(stack: Path) -> KeeperInfo | None:
    """The keeper of a stack file, if one runs."""
    try:
        content = json.loads(_state(stack.resolve()).read_text())
    except FileNotFoundError:
        return None
    identity = Identity(**content["identity"])
    if identity_of(identity.pid) != identity:
        return None
    return KeeperInfo(
        identity,
        Path(content["stack"]),
        Path(content["log_dir"]),
        {
            variant: {service: Address.parse(text) for service, text in services.items()}
            for variant, services in content["addresses"].items()
        },
    )


def _state(stack: Path) -> Path:
    folder = state_folder() / "keepers"
    folder.mkdir(exist_ok=True)
    return folder / f"{hashlib.sha256(bytes(stack)).hexdigest()[:16]}.json"


def _is_up(stack: Path, pid: int) -> str:
    return f"the system of {stack} is up already, kept by process {pid}; take it down first"


def _spawn(order: dict[str, Any], log: Path) -> int:
    """Start the keeper in a session of its own, so that a Ctrl-C here does not reach it."""
    argv = [sys.executable, "-m", __name__, json.dumps(order)]
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return os.posix_spawn(
        sys.executable,
        argv,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), append, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _hear(report: dict[str, Any], on_event: OnEvent) -> bool:
    """Whether the system is up. Raises what the keeper reports."""
    if "event" in report:
        on_event(Event(**report["event"]))
    elif "start_failed" in report:
        failed = report["start_failed"]
        tail, log = tuple(failed["tail"]), Path(failed["log"])
        raise StartFailed(failed["process"], failed["variant"], failed["reason"], tail, log)
    elif "failed" in report:
        raise KeeperError(report["failed"])
    return "up" in report


def _end(pid: int) -> None:
    """SIGTERM, and wait until it has gone; SIGKILL where it does not within a minute."""
    identity = identity_of(pid)
    if identity is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
            if not wait_until_gone([identity], _STOP_LIMIT_S):
                kill([identity])
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)


class _Report:
    """What the starter is told, a JSON document a line, until the system is up."""

    def __init__(self, fd: int) -> None:
        os.set_inheritable(fd, False)
        self._fd: int | None = fd

    def tell(self, what: dict[str, Any]) -> None:
        if self._fd is not None:
            os.write(self._fd, json.dumps(what).encode() + b"\n")

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def main(order: dict[str, Any]) -> None:
    """The keeper itself."""
    stack = Path(order["stack"])
    report = _Report(order["report"])
    with _state(stack).with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            keeper = keeper_of(stack)
            report.tell({"failed": _is_up(stack, keeper.identity.pid if keeper else 0)})
            return
        try:
            asyncio.run(_keep(order, report))
        except StartFailed as failed:
            told = {
                name: getattr(failed, name) for name in ("process", "variant", "reason", "tail")
            }
            report.tell({"start_failed": {**told, "log": str(failed.log)}})
        except (SystemsError, DocumentError, OSError) as error:
            report.tell({"failed": str(error)})
            raise
        finally:
            _state(stack).unlink(missing_ok=True)


async def _keep(order: dict[str, Any], report: _Report) -> None:
    stop = asyncio.Event()
    for wish in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wish, stop.set)

    def on_event(event: Event) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        print(stamp, event, file=sys.stderr, flush=True)
        report.tell({"event": asdict(event)})

    stack, log_dir = Path(order["stack"]), Path(order["log_dir"])
    variants: dict[str, dict[str, str]] = order["variants"]
    identity = identity_of(os.getpid())
    state = {**order, "identity": identity and asdict(identity), "addresses": {}}
    write_json(_state(stack), state)
    async with LocalSystem(read_stack(stack), variants, log_dir, on_event, order["cpus"]) as system:
        up = asyncio.create_task(system.up(list(variants)))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({up, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            up.cancel()
            await asyncio.wait({up})
            return
        up.result()
        addresses = {
            variant: {name: str(address) for name, address in system.addresses(variant).items()}
            for variant in variants
        }
        write_json(_state(stack), {**state, "addresses": addresses})
        report.tell({"up": True})
        report.close()
        await stopping


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
