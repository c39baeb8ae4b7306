"""What the tests of all services need: a Postgres of their own, ports, waiting for what is due."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import asyncpg
import psutil


def wait_for(condition: Callable[[], object], within_s: float = 20.0) -> None:
    """Until the condition holds. AssertionError where it does not in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not so within {within_s:g} s: {condition}"
        time.sleep(0.02)


_LOWEST_PORT = 15_000
_PORTS = 4_000
"""Of each worker; below those that the kernel gives to whoever connects somewhere."""
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw3").removeprefix("gw")) % 4
_next_port = itertools.count(os.getpid() * 97)
"""Another run of the tests beside this one begins elsewhere."""


def free_port() -> int:
    """A port that nobody else is given: not here, not by another worker, not by the kernel."""
    while True:
        port = _LOWEST_PORT + _worker * _PORTS + next(_next_port) % _PORTS
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Postgres:
    """Started and stopped as the stack does it; its data outlives a stop."""

    def __init__(self, data: Path, *databases: str) -> None:
        self.port = free_port()
        self.dsn = self.dsn_of("catalogue")
        self._data = data
        self._databases = ("catalogue", *databases)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._process is not None:
            return
        command = [sys.executable, "-m", "shop_kit.postgres"]
        arguments = ["--data", str(self._data), "--port", str(self.port)]
        arguments += [f"--database={name}" for name in self._databases]
        with self._data.with_suffix(".log").open("ab") as log:
            process = subprocess.Popen([*command, *arguments], stdout=log, stderr=log)
        wait_for(lambda: process.poll() is not None or self._admits(process.pid), within_s=60)
        assert process.poll() is None, self._data.with_suffix(".log").read_text()
        self._process = process

    def dsn_of(self, database: str) -> str:
        return f"postgresql://shop@127.0.0.1:{self.port}/{database}"

    def _admits(self, pid: int) -> bool:
        """Its port is open before it lets anybody in: ask the lock file, as pg_ctl does."""
        try:
            lock = (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return lock[:1] == [str(pid)] and [line.strip() for line in lock[7:8]] == ["ready"]

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        self._process.wait(30)
        self._process = None
        wait_for(lambda: not listens(self.port))

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It accepts connections (the kernel does) and never says a word."""
        assert self._process is not None
        tree = [psutil.Process(self._process.pid)]
        tree += tree[0].children(recursive=True)
        for process in tree:
            process.suspend()
        try:
            yield
        finally:
            for process in tree:
                process.resume()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.dsn)
        try:
            yield connection
        finally:
            await connection.close()

    async def sql(self, *statements: str) -> None:
        async with self.connection() as connection:
            for statement in statements:
                await connection.execute(statement)

    async def value(self, query: str) -> object:
        async with self.connection() as connection:
            return await connection.fetchval(query)


class Redis:
    """Started and stopped as the stack does it; what it held is gone with it."""

    def __init__(self, data: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._data = data
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, memory: str = "64mb") -> None:
        if self._process is not None:
            return
        command = [sys.executable, "-m", "shop_kit.redis", "--memory", memory]
        arguments = ["--data", str(self._data), "--port", str(self.port)]
        with self._data.with_suffix(".log").open("ab") as log:
            process = subprocess.Popen([*command, *arguments], stdout=log, stderr=log)
        wait_for(lambda: process.poll() is not None or listens(self.port))
        assert process.poll() is None, self._data.with_suffix(".log").read_text()
        self._process = process

    def kill(self) -> None:
        """As a crash does it."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait(10)
        self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It accepts connections (the kernel does) and never says a word."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


class Kafka:
    """One broker, started and stopped as the stack does it; its data outlives a stop."""

    def __init__(self, data: Path) -> None:
        self.port, self._controller_port = free_port(), free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self._data = data
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._process is not None:
            return
        command = [sys.executable, "-m", "shop_kit.kafka", "--data", str(self._data)]
        ports = ["--port", str(self.port), "--controller-port", str(self._controller_port)]
        with self._data.with_suffix(".log").open("ab") as log:
            process = subprocess.Popen([*command, *ports], stdout=log, stderr=log)
        wait_for(lambda: process.poll() is not None or listens(self.port), within_s=60)
        assert process.poll() is None, self._data.with_suffix(".log").read_text()
        self._process = process

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait(30)
        self._process = None

    def log_bytes(self, partitions: str) -> int:
        """On the disk, of all the partitions that are named so."""
        size = 0
        for log in self._data.glob(f"log/{partitions}/*.log"):
            # The broker removes what it has compacted.
            with suppress(FileNotFoundError):
                size += log.stat().st_size
        return size

    def freeze(self) -> None:
        """It stands still and answers nothing, until it is killed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """As a crash does it."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait(10)
        self._process = None
