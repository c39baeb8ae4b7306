"""Threads and tasks at once."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from bench.breakers.subject import PATIENCE_S, Attempt, Make, within

THREADS = 20
TASKS = 100


def probes_among_threads(make: Make) -> None:
    """among threads so many probes and no more"""
    it = make()
    it.half_opened()
    held = [it.hold() for _ in range(THREADS)]
    assert held[0].under_way() or any(each.under_way(0) for each in held), "none was let through"
    # All that may begin have had the time for it.
    threading.Event().wait(0.1)
    through = sum(each.under_way(0) for each in held)
    assert through == it.probes, f"{through} of {THREADS} calls were let through"


async def probes_among_tasks(make: Make) -> None:
    """among tasks so many probes and no more"""
    it = make()
    for _ in range(it.failures):
        await it.attempt_async(_broken)
    it.wait()
    through = 0
    end = asyncio.Event()

    async def probe() -> None:
        nonlocal through
        through += 1
        await end.wait()

    tasks = [asyncio.create_task(it.attempt_async(probe)) for _ in range(TASKS)]
    await asyncio.sleep(0.05)
    end.set()
    await asyncio.gather(*tasks)
    assert through == it.probes, f"{through} of {TASKS} calls were let through"


def threads_side_by_side(make: Make) -> None:
    """threads are never serialised"""
    it = make()
    meeting = threading.Barrier(8)
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(it.attempt, lambda: meeting.wait(PATIENCE_S)) for _ in range(8)]
        attempts = [each.result() for each in calls]
    assert all(each == Attempt(made=True) for each in attempts), "they were one by one"


async def tasks_side_by_side(make: Make) -> None:
    """tasks are never serialised"""
    it = make()
    meeting = asyncio.Barrier(TASKS)
    async with asyncio.timeout(PATIENCE_S):
        calls = (it.attempt_async(meeting.wait) for _ in range(TASKS))
        attempts = await asyncio.gather(*calls)
    assert all(each == Attempt(made=True) for each in attempts)


async def one_state(make: Make) -> None:
    """threads and tasks share one state"""
    it = make(shared=True)
    for _ in range(it.failures):
        await it.attempt_async(_broken)
    assert it.rejects()


def late_failures_have_no_say(make: Make) -> None:
    """a failure begun before it opened does not end its probing"""
    it = make()
    old = it.hold()
    assert old.under_way()
    within(PATIENCE_S, it.half_opened)
    probes = [it.hold() for _ in range(it.probes)]
    assert all(each.under_way() for each in probes), "no probe was let through"
    old.end(OSError())
    for each in probes:
        each.end()
    it.fail(it.failures - 1)
    assert not it.rejects(), "its probes went well, and it is not closed"


def late_successes_have_no_say(make: Make) -> None:
    """a success begun before it opened does not close it"""
    it = make()
    old = it.hold()
    assert old.under_way()
    within(PATIENCE_S, it.opened)
    old.end()
    assert it.rejects(), "it closed"


ALL = (
    probes_among_threads,
    probes_among_tasks,
    threads_side_by_side,
    tasks_side_by_side,
    one_state,
    late_failures_have_no_say,
    late_successes_have_no_say,
)


async def _broken() -> None:
    raise OSError
