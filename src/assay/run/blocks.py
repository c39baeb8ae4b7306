"""One block, from the engine's result to evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol

from assay import _engine
from assay.evidence import LATE, OK, Block, Count, Hiccups, Injected, Machine, Recorded, Slice
from assay.faults import Broken
from assay.load.journeys import JourneyResult


@dataclass(frozen=True)
class Place:
    """Where a block stands in its run."""

    number: int
    """Counted from 1 over the whole run."""
    comparison: str
    pair: int
    position: int
    epoch: int
    variant: str
    workload: str
    seed: int
    fault: str | None


class SliceLike(Protocol):
    """The engine's slices, and those of journeys."""

    @property
    def at_s(self) -> float: ...
    @property
    def completed(self) -> int: ...
    @property
    def failed(self) -> int: ...
    @property
    def median_us(self) -> float: ...
    @property
    def p99_us(self) -> float: ...


class LoadResult(Protocol):
    """What both the engine and a journey's process give of a block."""

    @property
    def started_unix_ns(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def scheduled(self) -> int: ...
    @property
    def sent(self) -> int: ...
    @property
    def completed(self) -> int: ...
    @property
    def engine_cpu(self) -> float: ...
    @property
    def lag(self) -> _engine.Histogram: ...
    @property
    def recorded(
        self,
    ) -> Iterable[tuple[str, str, Literal["latency", "service"], _engine.Histogram]]: ...
    @property
    def slices(self) -> Sequence[SliceLike]: ...
    @property
    def hiccups(self) -> Sequence[_engine.Hiccups]: ...
    @property
    def first_errors(self) -> Sequence[tuple[str, str]]: ...


@dataclass(frozen=True)
class Seen:
    """What was seen beside the load."""

    neighbour_cores: float = 0.0
    stolen_cores: float = 0.0
    restarted: tuple[str, ...] = ()
    metrics: Mapping[str, tuple[float, float]] = field(
        default_factory=dict[str, tuple[float, float]]
    )
    used: Mapping[str, float] = field(default_factory=dict[str, float])
    cores: int = 0
    idle_cores: float | None = None
    capacities: Mapping[str, tuple[float, float]] = field(
        default_factory=dict[str, tuple[float, float]]
    )
    audits: Mapping[str, dict[str, Count]] = field(default_factory=dict[str, dict[str, Count]])
    faults: tuple[Injected, ...] = ()
    told: int | None = None
    backlogs: Mapping[str, tuple[tuple[float, float], ...]] = field(
        default_factory=dict[str, tuple[tuple[float, float], ...]]
    )


def block_of(
    place: Place,
    result: LoadResult,
    seen: Seen,
    users: int | None = None,
    whole: str | None = None,
) -> Block:
    """What was measured, with its place in the run and what the machine did meanwhile."""
    started = datetime.fromtimestamp(result.started_unix_ns / 1e9, UTC)
    return Block(
        id=f"{place.number:04d}-{place.variant}-{place.workload}",
        comparison=place.comparison,
        pair=place.pair,
        position=place.position,
        epoch=place.epoch,
        variant=place.variant,
        workload=place.workload,
        seed=place.seed,
        started_utc=started.isoformat(timespec="milliseconds"),
        seconds=result.seconds,
        scheduled=result.scheduled,
        sent=result.sent,
        completed=result.completed,
        engine_cpu=result.engine_cpu,
        lag=result.lag,
        recorded=tuple(Recorded(*part) for part in result.recorded),
        slices=tuple(
            Slice(s.at_s, s.completed, s.failed, s.median_us, s.p99_us) for s in result.slices
        ),
        machine=Machine(
            neighbour_cores=seen.neighbour_cores,
            stolen_cores=seen.stolen_cores,
            hiccups=tuple(
                Hiccups(h.core, h.count, h.longest_us, h.realtime) for h in result.hiccups
            ),
        ),
        restarted=seen.restarted,
        metrics=dict(seen.metrics),
        whole=whole,
        users=users,
        audits=dict(seen.audits),
        used=dict(seen.used),
        cores=seen.cores,
        idle_cores=seen.idle_cores,
        capacities=dict(seen.capacities),
        faults=seen.faults,
        told=seen.told,
        backlogs=dict(seen.backlogs),
    )


def done_per_s(result: LoadResult, whole: str | None, error_limit: float) -> float:
    """What was done a second, as a block has it: of a journey, visits alone.

    Zero where more than `error_limit` of it failed, but for what was only late: that is not done.
    """
    done = ended = late = 0
    for request, outcome, clock, times in result.recorded:
        if clock == "latency" and whole in (None, request):
            ended += times.count
            done += times.count if outcome == OK else 0
            late += times.count if outcome == LATE else 0
    if not ended or ended - done - late > error_limit * ended:
        return 0.0
    return done / result.seconds


def injected(
    name: str,
    broken: Sequence[Broken],
    result: JourneyResult,
    met: Mapping[str, Count],
    alarmed: Callable[[int], int | None],
) -> Iterator[Injected]:
    """The fault on the clock of its block, and how many visits it met; `met` at which steps.

    Where it was several in a row, those who were at a step while any lasted are the first's.
    `alarmed` tells since when the alarm was on, of when a fault began; in ns since 1970, both.
    """

    def at_s(unix_ns: int) -> float:
        return (unix_ns - result.started_unix_ns) / 1e9

    for number, each in enumerate(broken):
        began_s = at_s(each.began_unix_ns)
        since_ns = alarmed(each.began_unix_ns)
        under_way = sum(v.began_s <= began_s < v.ended_s for v in result.all_visits)
        yield Injected(
            fault=name,
            kind=each.kind,
            target=each.target,
            began_s=round(began_s, 3),
            undone_s=round(at_s(each.undone_unix_ns), 3),
            healed_s=round(at_s(each.healed_unix_ns), 3),
            bit=each.bit,
            missed=each.missed,
            in_flight=under_way + result.unended,
            alarmed_s=None if since_ns is None else round(at_s(since_ns), 3),
            met={} if number else dict(met),
        )
