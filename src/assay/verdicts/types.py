"""What goes into a verdict and what comes out: plain data, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    PROVED = "PROVED"
    REFUTED = "REFUTED"
    UNDECIDED = "UNDECIDED"
    """The budget ended first."""
    INVALID = "INVALID"
    """The evidence cannot be used; the reason says why."""


FAULT_TIMES = ("detection_time", "recovery_time")
"""Of each run of a fault, in seconds."""
MOST_OF_A_FAULT = (*FAULT_TIMES, "budget_spent")
"""Claimed to be at most so much; the others, at least."""
FAULT_MEASURES = (*MOST_OF_A_FAULT, "availability", "goodput_kept")
_OTHERS = ("mean", "max", "error_rate", "throughput", "goodput", *FAULT_MEASURES)


@dataclass(frozen=True)
class Quantity:
    """A measure of one variant under one workload, e.g. `before.lookup.p99`."""

    variant: str
    workload: str
    measure: str
    """`p50` … `p99.99`, `mean`, `max`, `error_rate`, `throughput`, …, or a metric."""
    request: str | None = None
    """One endpoint of a mix; None for all."""

    def __str__(self) -> str:
        endpoint = f'["{self.request}"]' if self.request else ""
        return f"{self.variant}.{self.workload}{endpoint}.{self.measure}"

    @property
    def quantile(self) -> float | None:
        """0.99 for `p99`; None where the measure is not a quantile."""
        digits = self.measure.removeprefix("p")
        if digits == self.measure or not digits.replace(".", "", 1).isdigit():
            return None
        return float(digits) / 100

    @property
    def is_throughput(self) -> bool:
        """Whether it is what was done a second."""
        return self.measure in ("throughput", "goodput")

    @property
    def is_metric(self) -> bool:
        """Whether the service counts it itself: a share, under a name of the claims file."""
        return self.quantile is None and self.measure not in _OTHERS


@dataclass(frozen=True)
class RatioQuestion:
    """Is `numerator / denominator` at least (or at most) `required`?

    What the user wrote may be any formula that comes to this; the report shows their left-hand
    side, which is `offset + slope * ratio` (slope 1, offset 0 for a plain ratio).
    """

    numerator: Quantity
    denominator: Quantity
    at_least: bool
    """Of the ratio, not of what is shown: False means that the ratio must be at most `required`."""
    required: float
    tolerance: float = 0.0
    """PROVED tests `required` eased by this share, REFUTED tests `required` itself."""
    offset: float = 0.0
    slope: float = 1.0
    unit: str = "x"

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return self.numerator, self.denominator

    def shown(self, ratio: float) -> float:
        """The user's left-hand side where the ratio is `ratio`."""
        return self.offset + self.slope * ratio


@dataclass(frozen=True)
class LimitQuestion:
    """Is one quantity at most (or at least) a limit? `lookup.p99 <= 20ms`, `error_rate <= 1%`."""

    quantity: Quantity
    at_least: bool
    limit: float
    """Latencies in us; rates and shares as they are (1% is 0.01)."""
    unit: str = ""
    gauge: bool = False
    """Shown as a mean, of which no interval is known."""

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (self.quantity,)


@dataclass(frozen=True)
class ZeroQuestion:
    """Is a count of an audit zero? `after.orders.lost == 0`."""

    variant: str
    workload: str
    """Whose blocks are audited."""
    audit: str
    count: str | None
    """None: all counts of the audit together."""
    during: str | None = None
    """The fault that must have bitten."""
    in_flight: int = 0
    """Visits that must have been under way when it began."""

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """None: it is counted, not measured."""
        return ()

    def __str__(self) -> str:
        during = f" during {self.during}" if self.during else ""
        return f"{self.variant}.{self.audit}.{self.count or 'total'}{during}"


@dataclass(frozen=True)
class FaultQuestion:
    """Does each run of a fault keep within a limit? `recovery_time <= 10s`."""

    quantity: Quantity
    during: str
    at_least: bool
    limit: float
    """Seconds, a share, or what a metric is; infinite where it is only shown."""
    unit: str
    in_flight: int = 0
    """Visits that must be under way when the fault begins."""
    objective: float | None = None
    """Share of the visits that are to end well, of which a budget is what is left."""

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (self.quantity,)


Question = RatioQuestion | LimitQuestion | ZeroQuestion | FaultQuestion


@dataclass(frozen=True)
class Verdict:
    """The answer to one claim, with everything that the final table shows."""

    name: str
    says: str
    formula: str
    outcome: Outcome | None
    """None for information: a row that is measured and shown, and promises nothing."""
    estimate: float | None
    """The user's left-hand side, in its unit (latency limits in ms); None if nothing was seen."""
    interval: tuple[float, float] | None
    required: float | None
    required_sign: str
    """`>=` or `<=` as the user wrote it; empty for information."""
    unit: str
    """`x`, `ms`, `%` or empty: how estimate, interval and required are shown."""
    pairs: int
    """Pairs (or single blocks, for a limit) that the verdict rests on."""
    invalid_pairs: int
    starts: int
    """How many fresh starts of the processes it rests on; 0 where assay started nothing."""
    seconds: float
    reason: str
    """Why this outcome, in one sentence; empty where the figures say it all."""
    alpha: float
    """The two-sided error that the boundary spent (after Holm)."""
    mean: float | None = None
    pooled: float | None = None
    """The same left-hand side from the pooled histograms."""
    flags: tuple[str, ...] = ()
    """Sentences on what was seen beside the verdict: drift, a neighbour, two modes."""
    ratios: tuple[float, ...] = ()
    """The left-hand side pair by pair, in order."""
    history: tuple[tuple[float, float], ...] = ()
    """The interval after each pair, as it closed; infinities where it was still open."""
