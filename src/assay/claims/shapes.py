"""What a formula comes to: the plain data that is handed on from the claims file."""

from __future__ import annotations

import re
from dataclasses import dataclass

ALL_COUNTS = "total"
"""Of an audit: the sum of its counts."""
FAULT_TIMES = ("detection_time", "recovery_time")
FAULT_MEASURES = (*FAULT_TIMES, "availability", "goodput_kept", "budget_spent")
"""Of a run of a fault, beside the same load without one."""
NAMED_MEASURES = ("mean", "max", "throughput", "goodput", "error_rate", *FAULT_MEASURES)
_QUANTILE = re.compile(r"p(\d{1,2}(\.\d+)?)")


@dataclass(frozen=True)
class Measure:
    """One figure of one variant under one workload: `before.lookup.p99`."""

    variant: str
    workload: str
    measure: str
    """`p50` … `p99.99`, one of `NAMED_MEASURES`, or a metric."""
    request: str | None = None
    """One endpoint of the workload; None for all."""

    def __str__(self) -> str:
        endpoint = f'["{self.request}"]' if self.request is not None else ""
        return f"{self.variant}.{self.workload}{endpoint}.{self.measure}"


@dataclass(frozen=True)
class Ratio:
    """Must `numerator / denominator` be at least (or at most) `required`?

    What was written shows as `offset + slope * ratio`: `1 - after/before >= 70%` has offset 1,
    slope -1 and a ratio of at most 0.3.
    """

    numerator: Measure
    denominator: Measure
    at_least: bool = True
    """Of the ratio, not of what is shown."""
    required: float | None = None
    """Of the ratio; None where it is shown and nothing is required."""
    offset: float = 0.0
    slope: float = 1.0
    unit: str = "x"
    """`x`, `%` or empty: how what is shown is written. Figures are shares: 70% is 0.7."""

    def shown(self, ratio: float) -> float:
        """The left-hand side as it was written, where the ratio is `ratio`."""
        return self.offset + self.slope * ratio


@dataclass(frozen=True)
class Limit:
    """Must one measure be at least (or at most) `limit`?"""

    quantity: Measure
    at_least: bool
    limit: float
    """Times in us, throughput a second, error rates as shares."""
    unit: str
    """`ms`, `s`, `/s`, `%` or empty: how it is shown."""


@dataclass(frozen=True)
class Single:
    """One measure, shown."""

    quantity: Measure
    unit: str
    """`ms`, `/s` or `%`: how it is shown. Figures are in us, a second, and shares."""


@dataclass(frozen=True)
class Zero:
    """A count of an audit must be zero: `after.orders.lost == 0`."""

    variant: str
    audit: str
    count: str
    """`total`: all counts of the audit together."""


Shape = Ratio | Limit | Single | Zero


def is_measure(name: str) -> bool:
    """Whether every workload has it: a quantile above p0, or one of the named ones."""
    match = _QUANTILE.fullmatch(name)
    return name in NAMED_MEASURES or (match is not None and float(match[1]) > 0)


def unit_of(measure: str) -> str:
    """How the measure is shown: `ms` for a latency, `s`, `/s` or `%`."""
    if measure in FAULT_TIMES:
        return "s"
    if measure in ("throughput", "goodput"):
        return "/s"
    is_share = measure == "error_rate" or measure in FAULT_MEASURES or not is_measure(measure)
    return "%" if is_share else "ms"
