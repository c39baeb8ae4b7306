"""A breaker under check: calls that end as the check says, one by one, in threads or in tasks."""

from __future__ import annotations

import asyncio
import threading
import time
from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from bench.breakers.library import Guarded, Wanted

PATIENCE_S = 1.0
"""What takes longer among threads will never come."""


@dataclass(frozen=True)
class Attempt:
    made: bool
    """Whether the call was let through."""
    error: BaseException | None = None
    """What its caller saw."""


class Subject:
    """Close it: what still hangs in it is let go."""

    def __init__(self, library: type[Guarded], **settings: Any) -> None:
        self.guarded = library(Wanted(**settings))
        self.failures, self.wait_s = self.guarded.wanted.failures, self.guarded.wanted.wait_s
        self.probes = self.guarded.probes
        self._call = self.guarded.guard(_run)
        self._call_async = self.guarded.guard_async(_run_async)
        self._held: list[Held] = []

    def close(self) -> None:
        for held in self._held:
            held.let_go()

    def attempt(self, work: Callable[[], object] = lambda: None) -> Attempt:
        """A call that does the work."""
        made = threading.Event()
        try:
            self._call(made.set, work)
        except (Exception, CancelledError, SystemExit, GeneratorExit) as error:  # noqa: BLE001
            return Attempt(made.is_set(), error)
        return Attempt(made.is_set())

    async def attempt_async(self, work: Callable[[], Awaitable[object]]) -> Attempt:
        """The same as a task's. Where the task is cancelled, it is."""
        made = threading.Event()
        try:
            await self._call_async(made.set, work)
        except Exception as error:  # noqa: BLE001
            return Attempt(made.is_set(), error)
        return Attempt(made.is_set())

    def well(self, times: int = 1) -> None:
        for _ in range(times):
            self.attempt()

    def fail(self, times: int = 1, error: BaseException | None = None) -> None:
        for _ in range(times):
            self.attempt(partial(_raise, error or OSError("of the check")))

    def rejects(self) -> bool:
        return not self.attempt().made

    def opened(self) -> None:
        self.fail(self.failures)
        assert self.rejects(), f"{self.failures} failures did not open it"

    def half_opened(self) -> None:
        self.opened()
        self.wait()

    def wait(self, share: float = 1.0) -> None:
        """Sleep for this share of the wait of an open breaker, and a little longer."""
        time.sleep(self.wait_s * share + 0.02 * (share >= 1))

    def hold(self) -> Held:
        """A call in a thread of its own, that is under way until it is told how to end."""
        held = Held(self)
        self._held.append(held)
        return held


class Held:
    def __init__(self, subject: Subject) -> None:
        self._begun, self._end = threading.Event(), threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=subject.attempt, args=(self._hang,), daemon=True)
        self._thread.start()

    def under_way(self, within_s: float = PATIENCE_S) -> bool:
        """Whether it was let through."""
        return self._begun.wait(within_s)

    def end(self, error: BaseException | None = None) -> None:
        self._error = error
        self.let_go()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), "a call that was to end did not"

    def let_go(self) -> None:
        self._end.set()

    def _hang(self) -> None:
        self._begun.set()
        self._end.wait(60)
        if self._error:
            raise self._error


class Make(Protocol):
    """A fresh subject with these settings of `Wanted`."""

    def __call__(self, **settings: Any) -> Subject: ...


class Workshop:
    """Makes subjects of one library, and closes them when it is closed."""

    def __init__(self, library: type[Guarded]) -> None:
        self._library = library
        self._until_end = ExitStack()

    def __enter__(self) -> Make:
        return self._make

    def __exit__(self, *_: object) -> None:
        self._until_end.close()

    def _make(self, **settings: Any) -> Subject:
        subject = Subject(self._library, **settings)
        self._until_end.callback(subject.close)
        return subject


def within(seconds: float, function: Callable[[], object]) -> None:
    """The function's errors; AssertionError where it has not returned by then."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            function()
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), f"it hung for {seconds:g} s"
    if errors:
        raise errors[0]


async def cancelled(subject: Subject) -> None:
    """A task's call, begun and then cancelled."""
    begun = asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(subject.attempt_async(hang))
    await asyncio.wait([asyncio.create_task(begun.wait()), task], return_when="FIRST_COMPLETED")
    assert begun.is_set(), "a call was not let through"
    task.cancel()
    with suppress(CancelledError):
        await task


def _run(made: Callable[[], None], work: Callable[[], object]) -> object:
    made()
    return work()


async def _run_async(made: Callable[[], None], work: Callable[[], Awaitable[object]]) -> object:
    made()
    return await work()


def _raise(error: BaseException) -> None:
    raise error
