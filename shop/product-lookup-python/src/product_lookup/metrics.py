"""What is known of the reads, read when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from shop_kit.changes import Change

from product_lookup.changes import Taken
from product_lookup.snapshot import Snapshot
from product_lookup.store import Connections

# From one hop over Kafka and one question to the store, to what only a comparison would have found.
_STALENESS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class ReadsMetrics(Collector):
    def __init__(self, connections: Connections, snapshot: Snapshot | None) -> None:
        self._connections = connections
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        pool = GaugeMetricFamily(
            "lookup_pool_connections", "Connections to the store.", labels=("state",)
        )
        pool.add_metric(("idle",), self._connections.idle)
        pool.add_metric(("used",), self._connections.used)
        yield pool
        if self._snapshot is not None:
            yield GaugeMetricFamily(
                "lookup_snapshot_products", "Products in memory.", len(self._snapshot)
            )
            yield GaugeMetricFamily(
                "lookup_snapshot_age_seconds",
                "Since the snapshot was last known to equal the store.",
                self._snapshot.age_s,
            )


class ChangesMetrics:
    """`lookup_changes_total` and `catalogue_staleness_seconds`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        changes = Counter(
            "lookup_changes", "Changes heard of.", labelnames=("outcome",), registry=registry
        )
        self.unreadable = changes.labels("unreadable")
        self._applied = changes.labels("applied")
        self._staleness_s = Histogram(
            "catalogue_staleness_seconds",
            "From a change to its being visible here.",
            buckets=_STALENESS_S,
            registry=registry,
        )

    def taken(self, change: Change, taken: Taken, now_s: float) -> None:
        """Applied unless the store is behind. Its age counts where it became visible only now: a
        change heard of twice, or seen already with the one before, has none."""
        if not taken.behind(change):
            self._applied.inc()
        if taken.shows(change):
            self._staleness_s.observe(max(0.0, now_s - change.changed_at_s))
