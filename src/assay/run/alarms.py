"""Whether an alarm goes off while something is broken, and when."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

from assay.run.counters import Counters

LOOK_S = 0.2


@dataclass
class AlarmWatch:
    """An async context manager around a block with a fault: looks at its alarm all the while."""

    counters: Counters
    variant: str
    alarm: str | None
    """None: there is none to look at."""
    _looks: list[tuple[int, bool]] = field(default_factory=list[tuple[int, bool]])
    """When, in ns since 1970, and whether it was on."""
    _task: asyncio.Task[None] | None = None

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
            self._looks.append((now_ns, await self.counters.alarmed(self.variant, alarm)))
            await asyncio.sleep(LOOK_S)

    def on_since(self, began_unix_ns: int) -> int | None:
        """When it was first seen to be on, in ns since 1970: after it began, or before where it was
        on already. None: never."""
        since = None
        for at, on in self._looks:
            if not on and at < began_unix_ns:
                since = None
            elif on and since is None:
                since = at
        return since
