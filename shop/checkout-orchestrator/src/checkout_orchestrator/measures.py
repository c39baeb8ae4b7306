"""What the service counts of its checkouts."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

from checkout_orchestrator.saga import STEPS, Change


class SagaMetrics:
    """`checkouts_ended_total`, `saga_changes_total`, `saga_silences_total`, by state and step."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._ended = Counter(
            "checkouts_ended", "Checkouts that are over.", ["state"], registry=registry
        )
        self._changes = Counter(
            "saga_changes", "Steps that were begun.", ["step", "state"], registry=registry
        )
        self._silences = Counter(
            "saga_silences", "Answers that did not come in time.", ["step"], registry=registry
        )

    def committed(self, change: Change) -> None:
        it = change.checkout
        if it.terminal:
            self._ended.labels(it.state).inc()
            return
        name = STEPS[it.step].name
        if it.silences:
            self._silences.labels(name).inc()
        else:
            self._changes.labels(name, it.state).inc()
