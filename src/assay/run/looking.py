"""Looks at something of a variant again and again while a block runs: an alarm, or backlogs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

ALARM_EVERY_S = 0.2
BACKLOG_EVERY_S = 0.5
"""As long as a slice of a block."""


@dataclass
class Looks(Generic[T]):
    """An async context manager around a block."""

    look: Callable[[], Awaitable[T]] | None
    """None: there is nothing to look at."""
    every_s: float
    seen: list[tuple[int, T]] = field(default_factory=list[tuple[int, T]])
    """When, in ns since 1970, and what."""
    _task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Looks[T]:
        if self.look is not None:
            self._task = asyncio.create_task(self._go_on(self.look))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _go_on(self, look: Callable[[], Awaitable[T]]) -> None:
        while True:
            now_ns = time.time_ns()
            self.seen.append((now_ns, await look()))
            await asyncio.sleep(self.every_s)


def on_since(looks: Sequence[tuple[int, bool]], began_unix_ns: int) -> int | None:
    """When an alarm was first seen to be on, in ns since 1970: after that, or before where it was
    on already. None: never."""
    since = None
    for at, on in looks:
        if not on and at < began_unix_ns:
            since = None
        elif on and since is None:
            since = at
    return since
