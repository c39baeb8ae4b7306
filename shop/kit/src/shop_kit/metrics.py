"""Request metrics that cost a request well under a microsecond.

A service on one event loop needs no locks: a request adds to plain integers, and the Prometheus
types are made from them when somebody asks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

# From what an answer from memory takes to the deadline of the store.
BUCKETS_S = (
    0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.1, 0.25, 0.5, 1.0, 2.5,
)  # fmt: skip


class _Tally:
    __slots__ = ("counts", "total_s")

    def __init__(self, buckets: int) -> None:
        self.counts = [0] * buckets
        self.total_s = 0.0


class RequestMetrics(Collector):
    """`<name>_requests_total{method,code}` and `<name>_request_seconds{method}`.

    The time is the handler's: from the decoded request to the answer handed to gRPC.
    """

    def __init__(self, name: str, buckets_s: Sequence[float] = BUCKETS_S) -> None:
        self._name = name
        self._bounds_s = tuple(buckets_s)
        self._tallies: dict[tuple[str, str], _Tally] = {}

    def observe(self, method: str, code: str, seconds: float) -> None:
        tally = self._tallies.get((method, code))
        if tally is None:
            tally = self._tallies[method, code] = _Tally(len(self._bounds_s) + 1)
        tally.counts[bisect_left(self._bounds_s, seconds)] += 1
        tally.total_s += seconds

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            f"{self._name}_requests", "Requests answered.", labels=("method", "code")
        )
        seconds = HistogramMetricFamily(
            f"{self._name}_request_seconds", "Time in the handler.", labels=("method",)
        )
        methods: dict[str, _Tally] = {}
        for (method, code), tally in self._tallies.items():
            requests.add_metric((method, code), sum(tally.counts))
            whole = methods.setdefault(method, _Tally(len(tally.counts)))
            whole.counts = [a + b for a, b in zip(whole.counts, tally.counts, strict=True)]
            whole.total_s += tally.total_s
        for method, tally in methods.items():
            seconds.add_metric((method,), self._cumulated(tally), tally.total_s)
        yield requests
        yield seconds

    def registered(self) -> CollectorRegistry:
        """A registry of these and of what the process uses."""
        registry = CollectorRegistry()
        registry.register(self)
        ProcessCollector(registry=registry)
        return registry

    def _cumulated(self, tally: _Tally) -> list[tuple[str, float]]:
        buckets: list[tuple[str, float]] = []
        so_far = 0
        names = [*map(str, self._bounds_s), "+Inf"]
        for name, count in zip(names, tally.counts, strict=True):
            so_far += count
            buckets.append((name, so_far))
        return buckets
