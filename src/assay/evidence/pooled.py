"""Several blocks taken together: what curves and tables show. Verdicts rest on single blocks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from assay._engine import Histogram
from assay.evidence.block import Block


@dataclass(frozen=True)
class Pooled:
    """The requests of several blocks taken together; failed ones count as infinitely slow."""

    answered: Histogram
    failed: int
    seconds: float

    @property
    def requests(self) -> int:
        return self.answered.count + self.failed

    @property
    def error_rate(self) -> float:
        return self.failed / self.requests if self.requests else 1.0

    @property
    def ok_per_s(self) -> float:
        return self.answered.count / self.seconds if self.seconds else 0.0

    def quantile_us(self, q: float) -> float:
        """In us; infinite where the quantile falls among failed requests, or there were none."""
        rank = max(1, math.ceil(q * self.requests))
        return math.inf if rank > self.answered.count else float(self.answered.value_at_rank(rank))


def pooled(blocks: Iterable[Block], request: str | None = None) -> Pooled:
    """The blocks' latencies from the intended start, of one endpoint or of all."""
    answered, failed, seconds = Histogram(), 0, 0.0
    for block in blocks:
        answered.merge(block.histogram("latency", request))
        failed += sum(block.failures(request).values())
        seconds += block.seconds
    return Pooled(answered, failed, seconds)
