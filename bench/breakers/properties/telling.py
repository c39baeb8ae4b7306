"""What listeners or metrics are told."""

from __future__ import annotations

from collections import Counter

from bench.breakers.subject import Make


def every_transition(make: Make) -> None:
    """every change of state is told, once"""
    it = make()
    it.half_opened()
    it.fail()
    it.wait()
    it.well(it.probes)
    told = Counter(it.guarded.transitions())
    assert told == {"open": 2, "half_open": 2, "closed": 1}, dict(told)


def failures_are_counted(make: Make) -> None:
    """failures are told"""
    it = make()
    it.fail(2)
    assert it.guarded.count("failure") == 2


def successes_are_counted(make: Make) -> None:
    """successes are told"""
    it = make()
    it.well(3)
    assert it.guarded.count("success") == 3


def time_outs_are_counted(make: Make) -> None:
    """time-outs are told apart from other failures"""
    it = make()
    it.fail(2, TimeoutError())
    it.fail()
    assert it.guarded.count("timeout") == 2


def rejections_are_counted(make: Make) -> None:
    """calls that were not made are told"""
    it = make()
    it.opened()
    assert it.rejects()
    assert it.guarded.count("rejected") == 2


ALL = (
    every_transition,
    failures_are_counted,
    successes_are_counted,
    time_outs_are_counted,
    rejections_are_counted,
)
