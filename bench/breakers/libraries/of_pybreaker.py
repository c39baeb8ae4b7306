"""pybreaker. Its `call_async` is for Tornado; a task can use its context manager."""

from __future__ import annotations

from collections import Counter
from functools import wraps
from typing import Any

import pybreaker

from bench.breakers.library import (
    AsyncCall,
    Call,
    Guarded,
    NotOffered,
    Outcome,
    Transition,
    Wanted,
    refuse,
)

STATES: dict[str, Transition] = {"open": "open", "half-open": "half_open", "closed": "closed"}


class Pybreaker(Guarded):
    package = "pybreaker"
    through = "the decorator, and `with calling()` in tasks"

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        refuse(failure_rate=wanted.failure_rate, slow_call_s=wanted.slow_call_s)
        self._heard = _Listener()
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=wanted.failures,
            reset_timeout=wanted.wait_s,
            success_threshold=wanted.successes or 1,
            exclude=wanted.ignored,
            listeners=[self._heard],
            throw_new_error_on_trip=False,
        )
        self.probes = wanted.successes or 1

    def guard(self, function: Call) -> Call:
        return self._breaker(function)

    def guard_async(self, function: AsyncCall) -> AsyncCall:
        @wraps(function)
        async def guarded(*given: Any) -> Any:
            with self._breaker.calling():
                return await function(*given)

        return guarded

    def transitions(self) -> list[Transition]:
        return self._heard.transitions

    def count(self, outcome: Outcome) -> int:
        if outcome == "rejected":
            raise NotOffered
        return self._heard.counts[outcome]


class _Listener(pybreaker.CircuitBreakerListener):
    def __init__(self) -> None:
        self.transitions: list[Transition] = []
        self.counts: Counter[Outcome] = Counter()

    def success(self, cb: pybreaker.CircuitBreaker) -> None:
        self.counts["success"] += 1

    def failure(self, cb: pybreaker.CircuitBreaker, exc: BaseException) -> None:
        self.counts["timeout" if isinstance(exc, TimeoutError) else "failure"] += 1

    def state_change(self, cb: pybreaker.CircuitBreaker, old_state: Any, new_state: Any) -> None:
        self.transitions.append(STATES[new_state.name])
