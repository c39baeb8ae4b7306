"""What the service counts of the plans that it carries out."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge

from plan_executor.progress import Progress


class ExecutionMetrics:
    """`autonomous_transactions_total` by outcome; `plan_steps_total` by kind and state."""

    def __init__(self, registry: CollectorRegistry, under_way: Callable[[], float]) -> None:
        self._ended = Counter(
            "autonomous_transactions", "Plans that are over.", ["outcome"], registry=registry
        )
        self._steps = Counter(
            "plan_steps", "Changes of steps.", ["kind", "state"], registry=registry
        )
        gauge = Gauge("plans_under_way", "Plans that are being carried out.", registry=registry)
        gauge.set_function(under_way)

    def committed(self, before: Progress, after: Progress) -> None:
        for was, now in zip(before.steps, after.steps, strict=True):
            if was.state != now.state:
                self._steps.labels(now.kind, now.state).inc()
        if after.outcome is not None and before.outcome is None:
            self._ended.labels(after.outcome).inc()
