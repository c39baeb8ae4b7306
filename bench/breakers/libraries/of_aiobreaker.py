"""aiobreaker: a fork of pybreaker for asyncio."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import aiobreaker

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

STATES: dict[str, Transition] = {"OPEN": "open", "HALF_OPEN": "half_open", "CLOSED": "closed"}


class Aiobreaker(Guarded):
    package = "aiobreaker"
    through = "the decorator"

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        refuse(
            failure_rate=wanted.failure_rate,
            slow_call_s=wanted.slow_call_s,
            successes=wanted.successes,
        )
        self._heard = _Listener()
        self._breaker = aiobreaker.CircuitBreaker(
            fail_max=wanted.failures,
            timeout_duration=timedelta(seconds=wanted.wait_s),
            exclude=wanted.ignored,
            listeners=[self._heard],
        )

    def guard(self, function: Call) -> Call:
        return self._breaker(function)

    def guard_async(self, function: AsyncCall) -> AsyncCall:
        return self._breaker(function)

    def retry_after_s(self, error: Exception) -> float:
        assert isinstance(error, aiobreaker.CircuitBreakerError)
        return error.time_remaining.total_seconds()

    def transitions(self) -> list[Transition]:
        return self._heard.transitions

    def count(self, outcome: Outcome) -> int:
        if outcome == "rejected":
            raise NotOffered
        return self._heard.counts[outcome]


class _Listener(aiobreaker.CircuitBreakerListener):
    def __init__(self) -> None:
        self.transitions: list[Transition] = []
        self.counts: Counter[Outcome] = Counter()

    def success(self, breaker: aiobreaker.CircuitBreaker) -> None:
        self.counts["success"] += 1

    def failure(self, breaker: aiobreaker.CircuitBreaker, exception: Exception) -> None:
        self.counts["timeout" if isinstance(exception, TimeoutError) else "failure"] += 1

    def state_change(self, breaker: aiobreaker.CircuitBreaker, old: object, new: object) -> None:
        self.transitions.append(STATES[new.state.name])  # type: ignore[attr-defined]
