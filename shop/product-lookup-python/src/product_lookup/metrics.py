"""What is known of the reads, read when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from product_lookup.snapshot import Snapshot
from product_lookup.store import Connections


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
