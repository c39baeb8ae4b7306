"""circuitbreaker: a decorator."""

from __future__ import annotations

import circuitbreaker

from bench.breakers.library import AsyncCall, Call, Guarded, Wanted, refuse


class Circuitbreaker(Guarded):
    package = "circuitbreaker"
    through = "the decorator"

    def __init__(self, wanted: Wanted) -> None:
        super().__init__(wanted)
        refuse(
            failure_rate=wanted.failure_rate,
            slow_call_s=wanted.slow_call_s,
            successes=wanted.successes,
        )

        def counts(kind: type[BaseException], _: BaseException) -> bool:
            return issubclass(kind, Exception) and not issubclass(kind, wanted.ignored)

        self._breaker = circuitbreaker.CircuitBreaker(
            failure_threshold=wanted.failures,
            recovery_timeout=wanted.wait_s,
            expected_exception=counts if wanted.ignored else Exception,
        )

    def guard(self, function: Call) -> Call:
        return self._breaker(function)

    def guard_async(self, function: AsyncCall) -> AsyncCall:
        return self._breaker(function)

    def retry_after_s(self, error: Exception) -> float:
        return self._breaker.open_remaining
