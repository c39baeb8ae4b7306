"""purgatory: one factory for tasks, one for blocking code, a state each."""

from __future__ import annotations

from typing import Any

import purgatory

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

STATES: dict[str, Transition] = {
    "opened": "open",
    "half-opened": "half_open",
    "closed": "closed",
}


class Purgatory(Guarded):
    package = "purgatory"
    through = "the decorators of its two factories"

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        refuse(
            failure_rate=wanted.failure_rate,
            slow_call_s=wanted.slow_call_s,
            successes=wanted.successes,
            shared=wanted.shared,
        )
        settings: dict[str, Any] = {
            "default_threshold": wanted.failures,
            "default_ttl": wanted.wait_s,
            "exclude": list(wanted.ignored),
        }
        self._transitions: list[Transition] = []
        self._failures = 0
        self._blocking = purgatory.SyncCircuitBreakerFactory(**settings)
        self._tasks = purgatory.AsyncCircuitBreakerFactory(**settings)
        for factory in (self._blocking, self._tasks):
            factory.add_listener(self._hear)

    def guard(self, function: Call) -> Call:
        return self._blocking("it")(function)

    def guard_async(self, function: AsyncCall) -> AsyncCall:
        return self._tasks("it")(function)

    def transitions(self) -> list[Transition]:
        return self._transitions

    def count(self, outcome: Outcome) -> int:
        """It tells of failures only, whatever they were."""
        if outcome != "failure":
            raise NotOffered
        return self._failures

    def _hear(self, name: str, what: str, event: Any) -> None:
        if what == "state_changed":
            self._transitions.append(STATES[event.state])
        self._failures += what == "failed"
