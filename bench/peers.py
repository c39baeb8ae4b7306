"""Starts peers and servers on a core of their own, and counts the processor time they took."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

SERVER_CORE = 0
CLIENT_CORE = max(os.sched_getaffinity(0))

PACKAGES = {
    "wrk": "wrk",
    "h2load": "nghttp2-client",
    "nginx": "nginx-light",
    "redis-benchmark": "redis-tools",
    "haproxy": "haproxy",
}


def need(*programs: str) -> None:
    """Exit with the command that installs what is missing."""
    missing = [PACKAGES[name] for name in programs if not _installed(name)]
    if missing:
        sys.exit(f"this benchmark needs peers:  apt-get install {' '.join(missing)}")


def either(*programs: str) -> str:
    """The first of these that is installed; the last one where none is."""
    return next(filter(_installed, programs), programs[-1])


def _installed(program: str) -> bool:
    return shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin") is not None


@dataclass(frozen=True)
class Finished:
    """What a client printed, and what it cost."""

    output: str
    cpu_s: float


def run_client(command: Sequence[str]) -> Finished:
    """Run a load generator on the client's core. Raises CalledProcessError where it fails."""
    pinned = ["taskset", "-c", str(CLIENT_CORE), *command]
    with subprocess.Popen(pinned, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, pinned, output)
    return Finished(output, usage.ru_utime + usage.ru_stime)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def server(
    command: Sequence[str], port: int, *, quiet: bool = False, **environment: str
) -> Iterator[int]:
    """A server on its core, up while the block runs; yields its process id."""
    process = subprocess.Popen(
        ["taskset", "-c", str(SERVER_CORE), *command],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL if quiet else None,
    )
    try:
        _await_port(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def _await_port(port: int, process: subprocess.Popen[bytes], within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"{process.args} ended with {process.returncode} before it listened")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    sys.exit(f"{process.args} did not listen on {port} within {within_s:.0f} s")
