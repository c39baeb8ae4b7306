"""A circuit breaker: calls to what fails or dawdles are not made for a while, and then carefully.

    closed ──failure rate or slow-call rate too high──> open ──wait──> half-open
       ^                                                 ^                │ some probes
       └──────────────── all well ───────────────────────┼────────────────┤
                                                         └──── not well ──┘

    with breaker.permit():          # raises BreakerOpen, and never waits
        answer = await ask()        # or a blocking call: both worlds share one state

The outcome is that of the block: what it raises, and how long it took. A call that is cancelled
says nothing of the other side. One that times out counts as a failure, and is told apart in the
metrics: unlike a call that was not permitted it may have taken place. (Nygard: Release It!, 2007.
The terms are Resilience4j's.)
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge

Outcome = Literal["success", "failure", "timeout", "ignored", "cancelled"]


class State(IntEnum):
    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class BreakerOpen(Exception):
    """The call was not made."""

    def __init__(self, name: str, retry_after_s: float) -> None:
        super().__init__(f"{name} is not asked for another {retry_after_s:.1f} s")
        self.retry_after_s = retry_after_s
        """0 where it is half open and its probes are under way."""


@dataclass(frozen=True)
class BreakerSettings:
    window_calls: int = 50
    """The last so many are judged by."""
    minimum_calls: int = 20
    """Fewer say nothing."""
    failure_rate: float = 0.5
    """Opens at this share of failures, or more."""
    slow_call_s: float = 2.0
    slow_call_rate: float = 0.8
    """Opens at this share of calls that took `slow_call_s`, or more."""
    wait_open_s: float = 1.0
    probes: int = 5
    """While half open: so many at once, and so many to be judged by."""
    probe_timeout_s: float = 30.0
    """A probe that has not ended by then is a failure: half open is no place to stay."""
    ignored: tuple[type[BaseException], ...] = ()
    """Errors that say that the other side is well."""

    def __post_init__(self) -> None:
        if not 1 <= self.minimum_calls <= self.window_calls:
            raise ValueError("minimum_calls is from 1 to window_calls")
        if self.probes < 1:
            raise ValueError("there is at least 1 probe")
        for name in ("failure_rate", "slow_call_rate"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share above 0, up to 1")
        for name in ("slow_call_s", "wait_open_s", "probe_timeout_s"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is above 0")


@dataclass(frozen=True)
class _Result:
    failed: bool
    slow: bool


class _Core:
    """The states, without locks or clocks: each step is told the time."""

    def __init__(self, settings: BreakerSettings) -> None:
        self.settings = settings
        self.state = State.CLOSED
        self.generation = 0
        """Rises with each change of state: what was begun before it has no say any more."""
        self._window: deque[_Result] = deque(maxlen=settings.window_calls)
        self._until_s = 0.0
        self._probes: dict[int, float] = {}
        """Number → since when it is under way."""
        self._number = 0

    def admit(self, now_s: float) -> int | None:
        """The number of the call; None where it is not to be made."""
        if self.state is State.OPEN and now_s >= self._until_s:
            self._become(State.HALF_OPEN)
        if self.state is State.HALF_OPEN:
            self._expire(now_s)
        if self.state is State.OPEN:
            return None
        self._number += 1
        if self.state is State.HALF_OPEN:
            if len(self._probes) + len(self._window) >= self.settings.probes:
                return None
            self._probes[self._number] = now_s
        return self._number

    def retry_after_s(self, now_s: float) -> float:
        return max(0.0, self._until_s - now_s) if self.state is State.OPEN else 0.0

    def end(self, number: int, generation: int, result: _Result | None, now_s: float) -> None:
        """`result`: None for a call that says nothing."""
        if generation != self.generation:
            return
        probing = self._probes.pop(number, None) is not None
        if self.state is State.HALF_OPEN and not probing:
            return  # it was given up
        if result is None:
            return
        self._window.append(result)
        if self.state is State.HALF_OPEN:
            self._judge_probes(now_s)
        elif len(self._window) >= self.settings.minimum_calls and self._unwell():
            self._open(now_s)

    def _expire(self, now_s: float) -> None:
        for number, since_s in list(self._probes.items()):
            if now_s - since_s >= self.settings.probe_timeout_s:
                self.end(number, self.generation, _Result(failed=True, slow=True), now_s)
                if self.state is not State.HALF_OPEN:
                    return

    def _judge_probes(self, now_s: float) -> None:
        """As soon as the probes that are left cannot change it."""
        left = self.settings.probes - len(self._window)
        failed, slow = self._counts()
        most = self.settings.probes
        if (
            failed / most >= self.settings.failure_rate
            or slow / most >= self.settings.slow_call_rate
        ):
            self._open(now_s)
        elif left == 0:
            self._become(State.CLOSED)

    def _unwell(self) -> bool:
        failed, slow = self._counts()
        calls = len(self._window)
        return (
            failed / calls >= self.settings.failure_rate
            or slow / calls >= self.settings.slow_call_rate
        )

    def _counts(self) -> tuple[int, int]:
        return sum(each.failed for each in self._window), sum(each.slow for each in self._window)

    def _open(self, now_s: float) -> None:
        self._become(State.OPEN)
        self._until_s = now_s + self.settings.wait_open_s

    def _become(self, state: State) -> None:
        self.state = state
        self.generation += 1
        self._window.clear()
        self._probes.clear()


class BreakerMetrics:
    """`breaker_state`, `breaker_transitions_total{to}`, `breaker_calls_total{outcome}`, by name."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.state = Gauge(
            "breaker_state", "0 closed, 1 half open, 2 open.", ["name"], registry=registry
        )
        self.transitions = Counter(
            "breaker_transitions", "Changes of state.", ["name", "to"], registry=registry
        )
        self.calls = Counter(
            "breaker_calls", "Calls by what became of them.", ["name", "outcome"], registry=registry
        )


class Breaker:
    """For one thing that is called, by whatever threads and tasks."""

    def __init__(
        self,
        name: str,
        settings: BreakerSettings,
        metrics: BreakerMetrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        """Held for a few instructions, and never during a call."""
        self._core = _Core(settings)
        self._metrics = metrics
        metrics.state.labels(name).set(State.CLOSED)

    @property
    def state(self) -> State:
        """As of the last call: an open breaker becomes half open when somebody asks."""
        return self._core.state

    @contextmanager
    def permit(self) -> Iterator[None]:
        """For the block of a call. Raises BreakerOpen, at once, where it is not to be made."""
        number, generation, began_s = self._admitted()
        outcome: Outcome = "success"
        try:
            yield
        except BaseException as error:
            outcome = self._outcome(error)
            raise
        finally:
            self._ended(number, generation, outcome, began_s)

    def _admitted(self) -> tuple[int, int, float]:
        with self._lock:
            now_s = self._clock()
            before = self._core.state
            number = self._core.admit(now_s)
            self._tell(before)
            generation, wait_s = self._core.generation, self._core.retry_after_s(now_s)
        if number is None:
            self._metrics.calls.labels(self.name, "rejected").inc()
            raise BreakerOpen(self.name, wait_s)
        return number, generation, now_s

    def _ended(self, number: int, generation: int, outcome: Outcome, began_s: float) -> None:
        with self._lock:
            now_s = self._clock()
            slow = now_s - began_s >= self._settings.slow_call_s
            result = None
            if outcome != "cancelled":
                result = _Result(outcome in ("failure", "timeout"), slow)
            before = self._core.state
            self._core.end(number, generation, result, now_s)
            self._tell(before)
        told = "slow" if slow and outcome in ("success", "ignored") else outcome
        self._metrics.calls.labels(self.name, told).inc()

    def _tell(self, before: State) -> None:
        after = self._core.state
        if after is not before:
            self._metrics.transitions.labels(self.name, after.name.lower()).inc()
            self._metrics.state.labels(self.name).set(after)

    def _outcome(self, error: BaseException) -> Outcome:
        if isinstance(error, asyncio.CancelledError | CancelledError | GeneratorExit):
            return "cancelled"
        if isinstance(error, self._settings.ignored):
            return "ignored"
        if isinstance(error, TimeoutError):
            return "timeout"
        # KeyboardInterrupt and SystemExit are ours, not the other side's.
        return "failure" if isinstance(error, Exception) else "cancelled"
