"""From the first signal to the exit code."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine

import uvloop


def run(service: Callable[[asyncio.Event], Coroutine[None, None, None]]) -> None:
    """Run `service` on uvloop; SIGTERM or SIGINT sets its event, upon which it returns."""
    uvloop.run(_with_signals(service))


async def _with_signals(service: Callable[[asyncio.Event], Coroutine[None, None, None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await service(stop)


async def until(stop: asyncio.Event, background: Coroutine[None, None, None]) -> None:
    """Run `background` until `stop` is set. Should it end by itself, so does this, as it did."""
    task = asyncio.create_task(background)
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    finally:
        for each in (task, stopped):
            each.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)
