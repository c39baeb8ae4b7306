"""Who waits for something to change is woken; what another process changed is looked for again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

LOOK_S = 1.0
"""Without being woken."""


class Watchers:
    def __init__(self) -> None:
        self._watching: dict[str, set[asyncio.Event]] = {}

    def told(self, keys: Iterable[str]) -> None:
        """They have changed, and that is committed."""
        for key in keys:
            for event in self._watching.get(key, ()):
                event.set()

    @contextmanager
    def watching(self, key: str) -> Iterator[asyncio.Event]:
        """The event is set with each change; begin before the first look."""
        event = asyncio.Event()
        self._watching.setdefault(key, set()).add(event)
        try:
            yield event
        finally:
            left = self._watching[key]
            left.discard(event)
            if not left:
                del self._watching[key]


async def changed(event: asyncio.Event, within_s: float, look_s: float = LOOK_S) -> None:
    """Until it is set, or it is time to look again: `look_s` from now, or `within_s`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(min(look_s, max(0.0, within_s))):
            await event.wait()
    event.clear()
