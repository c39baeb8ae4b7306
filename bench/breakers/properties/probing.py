"""Half open."""

from __future__ import annotations

import time
from functools import partial

from bench.breakers.subject import Make, cancelled, within


def probes_close_it(make: Make) -> None:
    """probes that go well close it"""
    it = make()
    it.half_opened()
    it.well(it.probes)
    it.fail(it.failures - 1)
    assert not it.rejects(), "it is not closed"


def closed_it_is_as_new(make: Make) -> None:
    """closed again, it opens as it did at first"""
    it = make()
    it.half_opened()
    it.well(it.probes)
    it.fail(it.failures)
    assert it.rejects()


def a_failed_probe_opens_it(make: Make) -> None:
    """a probe that fails opens it for another whole wait"""
    it = make()
    it.half_opened()
    it.fail()
    assert it.rejects(), "it is open no more"
    it.wait(0.6)
    assert it.rejects(), "the wait is shorter"
    it.wait()
    it.well(it.probes)
    assert not it.rejects()


def several_probes_judge(make: Make) -> None:
    """how many probes are to go well can be set"""
    it = make(successes=3)
    it.half_opened()
    it.well(2)
    assert "closed" not in it.guarded.transitions(), "two closed it"
    it.well()
    assert "closed" in it.guarded.transitions(), "three did not close it"


def slow_probes_open_it(make: Make) -> None:
    """slow probes open it"""
    it = make(slow_call_s=0.02)
    it.half_opened()
    for _ in range(it.probes):
        it.attempt(partial(time.sleep, 0.025))
    assert it.rejects()


async def a_cancelled_probe_decides_nothing(make: Make) -> None:
    """a cancelled probe neither closes nor opens it"""
    it = make()
    for _ in range(it.failures):
        await it.attempt_async(_broken)
    it.wait()
    await cancelled(it)
    for _ in range(it.probes - 1):
        assert (await it.attempt_async(_well)).made, "it is open"
    await it.attempt_async(_broken)
    assert not (await it.attempt_async(_well)).made, "it is closed"


async def a_cancelled_probe_makes_room(make: Make) -> None:
    """a cancelled probe gives its place back"""
    it = make()
    for _ in range(it.failures):
        await it.attempt_async(_broken)
    it.wait()
    for _ in range(3 * it.probes):
        await cancelled(it)
    for _ in range(it.probes):
        assert (await it.attempt_async(_well)).made, "it is full"


def a_hanging_probe_is_given_up(make: Make) -> None:
    """a probe that never ends does not jam it"""
    it = make()
    it.half_opened()
    for _ in range(it.probes):
        it.hold().under_way()
    time.sleep(0.35)

    def comes_through() -> None:
        it.rejects()  # whoever comes first may find out
        it.wait()
        assert not it.rejects(), "it is jammed"

    within(1.0, comes_through)


ALL = (
    probes_close_it,
    closed_it_is_as_new,
    a_failed_probe_opens_it,
    several_probes_judge,
    slow_probes_open_it,
    a_cancelled_probe_decides_nothing,
    a_cancelled_probe_makes_room,
    a_hanging_probe_is_given_up,
)


async def _broken() -> None:
    raise OSError


async def _well() -> None:
    pass
