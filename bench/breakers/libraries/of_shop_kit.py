"""Ours."""

from __future__ import annotations

from functools import wraps
from typing import Any

from prometheus_client import CollectorRegistry
from shop_kit.breaker import Breaker, BreakerMetrics, BreakerOpen, BreakerSettings

from bench.breakers.library import AsyncCall, Call, Guarded, Outcome, Transition, Wanted

WINDOW = 10
PROBE_TIMEOUT_S = 0.3
NEVER_SLOW_S = 60.0


class ShopKit(Guarded):
    package = "shop_kit"
    through = "`with permit()`"

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        self.probes = wanted.successes or 2
        self._registry = CollectorRegistry()
        settings = BreakerSettings(
            window_calls=WINDOW,
            minimum_calls=wanted.failures,
            failure_rate=wanted.failure_rate or 0.5,
            slow_call_s=wanted.slow_call_s or NEVER_SLOW_S,
            slow_call_rate=0.75,
            wait_open_s=wanted.wait_s,
            probes=self.probes,
            probe_timeout_s=PROBE_TIMEOUT_S,
            ignored=wanted.ignored,
        )
        self._breaker = Breaker("it", settings, BreakerMetrics(self._registry))

    def guard(self, function: Call) -> Call:
        @wraps(function)
        def guarded(*given: Any) -> Any:
            with self._breaker.permit():
                return function(*given)

        return guarded

    def guard_async(self, function: AsyncCall) -> AsyncCall:
        @wraps(function)
        async def guarded(*given: Any) -> Any:
            with self._breaker.permit():
                return await function(*given)

        return guarded

    def retry_after_s(self, error: Exception) -> float:
        assert isinstance(error, BreakerOpen)
        return error.retry_after_s

    def transitions(self) -> list[Transition]:
        """Counters know no order: as often as each was counted."""
        names: tuple[Transition, ...] = ("open", "half_open", "closed")
        return [to for to in names for _ in range(self._value("breaker_transitions_total", to=to))]

    def count(self, outcome: Outcome) -> int:
        return self._value("breaker_calls_total", outcome=outcome)

    def _value(self, metric: str, **labels: str) -> int:
        return int(self._registry.get_sample_value(metric, {"name": "it", **labels}) or 0)
