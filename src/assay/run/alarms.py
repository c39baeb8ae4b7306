"""Whether an alarm goes off while something is broken, and when."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

from assay.run.counters import Counters

LOOK_S = 0.2


@dataclass
class AlarmWatch:
    """An async context manager around a block with a fault: looks at its alarm all the while."""

    counters: Counters
    variant: str
    alarm: str | None
    """None: there is none to look at."""
    _task: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self._on_unix_ns: list[int] = []
        self._off_unix_ns: list[int] = []

    async def __aenter__(self) -> AlarmWatch:
        if self.alarm is not None:
            self._task = asyncio.create_task(self._look(self.alarm))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _look(self, alarm: str) -> None:
        while True:
            now_ns = time.time_ns()
            on = await self.counters.alarmed(self.variant, alarm)
            (self._on_unix_ns if on else self._off_unix_ns).append(now_ns)
            await asyncio.sleep(LOOK_S)

    def on_since(self, began_unix_ns: int) -> int | None:
        """When it was first seen to be on, in ns since 1970, from its last look before on."""
        before = max((at for at in self._off_unix_ns if at < began_unix_ns), default=0)
        return min((at for at in self._on_unix_ns if at > before), default=None)
