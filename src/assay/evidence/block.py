"""One block of load: everything that was counted while a variant was exercised for a few seconds.

A block is the atom of the evidence. The engine makes its numbers, the run adds what it saw of the
machine and of the processes, the store writes it down, and verdicts and reports read it back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from assay._engine import Histogram

Clock = Literal["latency", "service"]
"""`latency` counts from the intended start, `service` from the moment the request was sent."""

OK = "ok"
"""The outcome of a request that was answered, in time and as expected. All others are failures."""
LATE = "late"
"""Of a visit of a journey that ended as was wanted, after its bound: a failure to do it in time."""


@dataclass(frozen=True)
class Recorded:
    """The times of the requests of one block that share a name, an outcome and a clock (us)."""

    request: str
    """The request's name in the workload, e.g. `/api/products/{product}`."""
    outcome: str
    """`ok`, `timeout`, `connection`, `http_4xx`, `grpc_NOT_FOUND`, `wrong_answer`, …"""
    clock: Clock
    histogram: Histogram


@dataclass(frozen=True)
class Slice:
    """A short stretch of a block, for warm-up detection and for drawing a block over time."""

    at_s: float
    """Start of the slice, counted from the start of the block."""
    completed: int
    failed: int
    median_us: float
    p99_us: float


@dataclass(frozen=True)
class Hiccups:
    """Gaps over 1 ms that a timer thread pinned to one core saw while the block ran."""

    core: int
    count: int
    longest_us: int
    realtime: bool
    """True where the meter ran above every other thread, so that a gap is the machine's doing."""


@dataclass(frozen=True)
class Machine:
    """What the machine did during a block, apart from the work that was asked of it."""

    neighbour_cores: float
    """Processor time of processes that are neither the system's nor the engine's, in cores."""
    stolen_cores: float
    """Time that the hypervisor gave to others, in cores."""
    hiccups: tuple[Hiccups, ...] = ()


@dataclass(frozen=True)
class Count:
    """How often an audit found what must not be."""

    found: int
    of: int
    """How many things were looked at."""
    examples: tuple[str, ...] = ()
    """Ids, ten at most."""

    def since(self, before: Count | None) -> Count:
        """What is new, of all that were looked at."""
        if before is None:
            return self
        new = tuple(id for id in self.examples if id not in before.examples)
        # One that is there now and one that is gone are no less than one that is new.
        named = len(new) if before.found == len(before.examples) else 0
        return Count(max(named, self.found - before.found), self.of, new)


@dataclass(frozen=True)
class Injected:
    """A fault, as it was seen to be. Seconds from the beginning of the block."""

    fault: str
    kind: str
    """`kill`, `freeze`, `fill`, `run`, or the trouble of a link: `slow`, `blackhole`, …"""
    target: str
    """A process, a link (`client -> server`), or a command of a process (`cache.flush`)."""
    began_s: float
    healed_s: float
    """When all was ready again."""
    bit: str
    """What shows that it bit: `killed by SIGKILL`; empty where nothing does."""
    in_flight: int
    """Visits under way when it began."""
    undone_s: float = 0.0
    """When undoing it began; 0 in runs from before it was written down."""
    missed: str = ""
    """Why it did not bite, where that is known."""
    alarmed_s: float | None = None
    """When its alarm was first seen to be on, from just before it began; None: never, or it has
    none."""
    met: dict[str, Count] = field(default_factory=dict[str, Count])
    """Step of the work → those that were at it while it lasted, and how many of them an audit
    named."""


@dataclass(frozen=True)
class Block:
    """One short stretch of load on one variant."""

    id: str
    """Unique in the run, and sorts in order of time: `0007-before-lookup`."""
    comparison: str
    pair: int
    """Counted from 1 within the comparison."""
    position: int
    """0 for the block of its pair that ran first, 1 for the other."""
    epoch: int
    """Which fresh start of the processes this block ran on, from 1 within the comparison."""
    variant: str
    workload: str
    seed: int
    """Of the request sequence; both blocks of a pair have the same."""
    started_utc: str
    seconds: float
    """Measured length of the block, without lead-in and drain."""
    scheduled: int
    """Requests that the schedule held (open loop), or that were begun (closed loop)."""
    sent: int
    completed: int
    """Answered, whatever the answer; `sent - completed` were still unanswered at the time-out."""
    engine_cpu: float
    """Share of a core that the busiest engine thread worked (idle polling does not count)."""
    lag: Histogram
    """Send lag in us: how late the engine itself was, on requests that nothing else held up."""
    recorded: tuple[Recorded, ...]
    slices: tuple[Slice, ...] = ()
    machine: Machine = field(default_factory=lambda: Machine(0.0, 0.0))
    restarted: tuple[str, ...] = ()
    """Processes under test that restarted unasked during the block."""
    metrics: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    """Name → by how much the two counters of the metric rose, part and whole, from just before the
    block to just after. A metric that could not be read is not there."""
    whole: str | None = None
    """The request whose times stand for all, where others are only steps of it: a journey's
    visits. None: all requests together."""
    users: int | None = None
    """Of a closed loop."""
    audits: dict[str, dict[str, Count]] = field(default_factory=dict[str, dict[str, Count]])
    """Audit → count → what it found after this block, over all since the stores were begun."""
    used: dict[str, float] = field(default_factory=dict[str, float])
    """Process of the variant → cores that it used while the block ran. Empty: not looked at."""
    cores: int = 0
    """That the system had; 0: not looked at."""
    idle_cores: float | None = None
    """Of these, what neither the system nor the kernel used; None: not looked at."""
    capacities: dict[str, tuple[float, float]] = field(
        default_factory=dict[str, tuple[float, float]]
    )
    """Capacity → how much of it was taken, on average, and how much there was."""
    faults: tuple[Injected, ...] = ()
    """Injected while it ran."""
    told: int | None = None
    """Visits that an audit was told of: those that got as far as to have a subject. None: all."""
    backlogs: dict[str, tuple[tuple[float, float], ...]] = field(
        default_factory=dict[str, tuple[tuple[float, float], ...]]
    )
    """Gauge → (seconds from the beginning of the block, what it was then), where it is to be back
    where it was before a fault."""

    def under(self, fault: str | None) -> bool:
        """Whether it is one of that fault; None: of none at all."""
        if fault is None:
            return not self.faults
        return any(each.fault == fault for each in self.faults)

    def histogram(self, clock: Clock = "latency", request: str | None = None) -> Histogram:
        """Times of the answered requests (outcome `ok`), merged over requests or of one of them."""
        merged = Histogram()
        for part in self.recorded:
            if part.clock == clock and part.outcome == OK and self._is_of(part, request):
                merged.merge(part.histogram)
        return merged

    def failures(self, request: str | None = None) -> dict[str, int]:
        """Count of each outcome that is not `ok`."""
        counts: dict[str, int] = {}
        for part in self.recorded:
            if part.clock == "latency" and part.outcome != OK and self._is_of(part, request):
                counts[part.outcome] = counts.get(part.outcome, 0) + part.histogram.count
        return counts

    def _is_of(self, part: Recorded, request: str | None) -> bool:
        wanted = self.whole if request is None else request
        return wanted in (None, part.request)

    def done_per_s(self, request: str | None = None) -> float:
        """Answered well, a second; of a journey, the visits that were done and are not disputed."""
        return self.histogram("latency", request).count / self.seconds if self.seconds else 0.0

    def requests(self, request: str | None = None) -> int:
        """How many requests ended, well or badly."""
        return self.histogram("latency", request).count + sum(self.failures(request).values())

    def error_rate(self, request: str | None = None, late: bool = True) -> float:
        """Share of the requests that failed, 0 … 1; 1 where nothing was answered at all.

        `late`: those that were only too late as well.
        """
        total, failures = self.requests(request), self.failures(request)
        failed = sum(failures.values()) - (0 if late else failures.get(LATE, 0))
        return failed / total if total else 1.0

    def quantile_us(self, q: float, request: str | None = None, clock: Clock = "latency") -> float:
        """The `q` quantile (0 < q < 1) in us over all requests; a failed one counts as infinite.

        A service that fails a request has not answered it quickly, so the failures stand at the
        slow end: where the quantile falls among them, it is infinity.
        """
        answered = self.histogram(clock, request)
        total = answered.count + sum(self.failures(request).values())
        rank = math.ceil(q * total)
        if total == 0 or rank > answered.count:
            return math.inf
        return float(answered.value_at_rank(max(rank, 1)))
