"""When it opens, and what it does then."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Self
from unittest import mock

from bench.breakers.subject import Make, Subject

A_DAY_S = 86_400.0


def begins_closed(make: Make) -> None:
    """begins closed"""
    assert not make().rejects()


def opens_after_failures(make: Make) -> None:
    """opens after so many failures"""
    it = make()
    it.fail(it.failures)
    assert it.rejects()


def stays_closed_below(make: Make) -> None:
    """one failure fewer does not open it"""
    it = make()
    it.fail(it.failures - 1)
    assert not it.rejects()


async def opens_for_tasks(make: Make) -> None:
    """tasks' failures open it for tasks"""
    it = make()
    for _ in range(it.failures):
        await it.attempt_async(_broken)
    assert not (await it.attempt_async(_well)).made


def opens_at_the_rate(make: Make) -> None:
    """opens at a failure rate, calls that go well in between"""
    it = make(failure_rate=0.5)
    for _ in range(5):
        it.well()
        it.fail()
    assert it.rejects()


def needs_a_minimum(make: Make) -> None:
    """the rate says nothing below a minimum of calls"""
    it = make(failure_rate=0.5)
    it.fail(it.failures - 1)
    assert not it.rejects()


def stays_closed_below_the_rate(make: Make) -> None:
    """just below the rate it stays closed"""
    it = make(failure_rate=0.5)
    for _ in range(4):
        it.well(2)
        it.fail()
    assert not it.rejects()


def forgets(make: Make) -> None:
    """old outcomes leave the window"""
    it = make(failure_rate=0.5)
    it.well(2)
    it.fail()
    it.well(10)
    it.fail(4)
    assert not it.rejects(), "an old failure counts"
    it.well(10)
    it.fail(5)
    assert it.rejects(), "old successes count"


def slow_calls_count(make: Make) -> None:
    """slow calls open it"""
    it = make(slow_call_s=0.02)
    for _ in range(it.failures):
        it.attempt(partial(time.sleep, 0.025))
    assert it.rejects()


def fast_calls_do_not(make: Make) -> None:
    """calls just below the limit do not"""
    it = make(slow_call_s=0.1)
    for _ in range(2 * it.failures):
        it.attempt(partial(time.sleep, 0.01))
    assert not it.rejects()


def rejects_at_once(make: Make) -> None:
    """open, it rejects at once"""
    it = make()
    it.opened()
    began_s = time.monotonic()
    assert all(it.rejects() for _ in range(10))
    assert time.monotonic() - began_s < it.wait_s / 2


def says_until_when(make: Make) -> None:
    """a rejected call learns when to come again"""
    it = make(wait_s=5.0)
    it.opened()
    rejected = it.attempt()
    assert isinstance(rejected.error, Exception)
    told_s = it.guarded.retry_after_s(rejected.error)
    assert 4.0 <= told_s <= 6.0, f"in {told_s:g} s, for a wait of 5 s"


def waits(make: Make) -> None:
    """it waits before it probes, and then does"""
    it = make()
    it.opened()
    it.wait(0.6)
    assert it.rejects(), "too early"
    it.wait()
    assert not it.rejects(), "too late"


def wall_clock_forwards(make: Make) -> None:
    """the wall clock set forwards ends no wait"""
    it = make(wait_s=60.0)
    it.opened()
    with wall_clock_moved(it, A_DAY_S):
        assert it.rejects(), "a wait of a minute ended"


def wall_clock_backwards(make: Make) -> None:
    """the wall clock set backwards prolongs none"""
    it = make()
    it.opened()
    with wall_clock_moved(it, -A_DAY_S):
        it.wait()
        assert not it.rejects(), "the wait has not ended"


def breakers_do_not_meet(make: Make) -> None:
    """two breakers do not meet"""
    one, other = make(), make()
    one.opened()
    assert not other.rejects()


def nonsense_is_refused(make: Make) -> None:
    """settings that make no sense are refused"""
    for wrong in ({"failures": 0}, {"failures": -1}, {"wait_s": -1.0}):
        try:
            make(**wrong)
        except (ValueError, TypeError):
            continue
        raise AssertionError(f"{wrong} are taken")


ALL = (
    begins_closed,
    opens_after_failures,
    stays_closed_below,
    opens_for_tasks,
    opens_at_the_rate,
    needs_a_minimum,
    stays_closed_below_the_rate,
    forgets,
    slow_calls_count,
    fast_calls_do_not,
    rejects_at_once,
    says_until_when,
    waits,
    wall_clock_forwards,
    wall_clock_backwards,
    breakers_do_not_meet,
    nonsense_is_refused,
)


@contextmanager
def wall_clock_moved(subject: Subject, by_s: float) -> Iterator[None]:
    """As the library sees it: `time.time`, and the class `datetime` in its modules."""
    true_time = time.time

    def moved_time() -> float:
        return true_time() + by_s

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + timedelta(seconds=by_s)

        @classmethod
        def utcnow(cls) -> Self:
            # Of what aiobreaker asks for.
            return super().utcnow() + timedelta(seconds=by_s)

    package = subject.guarded.package
    modules = [each for name, each in sys.modules.items() if name.split(".")[0] == package]
    with mock.patch("time.time", moved_time):
        patches = [
            mock.patch.object(module, "datetime", Moved)
            for module in modules
            if getattr(module, "datetime", None) is datetime
        ]
        for each in patches:
            each.start()
        try:
            yield
        finally:
            for each in patches:
                each.stop()


async def _broken() -> None:
    raise OSError


async def _well() -> None:
    pass
