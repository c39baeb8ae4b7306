"""A block of a journey: users in a process of their own, and what they did as the engine's figures.

A visit is what is counted: its time is from its beginning, for a user waits for the last visit to
end before the next begins (closed loop). The steps of visits are recorded beside them, by name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path
from statistics import median
from typing import Literal

from assay import _engine
from assay.hosting import process
from assay.hosting.orders import Visited, VisitOrder, Visits

SLICE_S = 0.5
OK = "ok"
LATE = "late"
DISPUTED = "disputed"
UNENDED = "unended"

Clock = Literal["latency", "service"]


@dataclass(frozen=True)
class Slice:
    """As the engine's."""

    at_s: float
    completed: int
    failed: int
    median_us: float
    p99_us: float


@dataclass(frozen=True)
class JourneyResult:
    """A block of visits; what the engine's results have, and the visits themselves."""

    started_unix_ns: int
    seconds: float
    visits: tuple[Visited, ...]
    """Those that ended in the block proper."""
    all_visits: tuple[Visited, ...]
    """Lead-in and drain too: their effects are in the stores."""
    steps: tuple[tuple[str, str, float], ...]
    """(name, outcome, seconds) of the steps that ended in the block proper."""
    name: str
    users: int
    done: frozenset[str]
    """Outcomes that are what was wanted."""
    bound_s: float
    unended: int
    engine_cpu: float
    first_errors: list[tuple[str, str]]
    disputed: frozenset[str] = frozenset()
    """Subjects that an audit does not find as they were told."""
    hiccups: tuple[_engine.Hiccups, ...] = ()
    lag: _engine.Histogram = field(default_factory=_engine.Histogram)
    """Of users there is no schedule to lag behind."""

    def outcome_of(self, visit: Visited) -> str:
        """`ok` for what was done, in time, and is not disputed."""
        if visit.outcome not in self.done:
            return visit.outcome
        if visit.subject in self.disputed:
            return DISPUTED
        return OK if visit.ended_s - visit.began_s <= self.bound_s else LATE

    def less(self, disputed: Collection[str]) -> JourneyResult:
        """The same where these subjects do not count."""
        return replace(self, disputed=frozenset(disputed))

    @property
    def scheduled(self) -> int:
        return len(self.visits) + self.unended

    sent = scheduled

    @property
    def completed(self) -> int:
        return len(self.visits)

    @property
    def recorded(self) -> list[tuple[str, str, Clock, _engine.Histogram]]:
        """Visits under the journey's name; steps under `METHOD path`."""
        times: dict[tuple[str, str], _engine.Histogram] = {}

        def record(name: str, outcome: str, seconds: float) -> None:
            times.setdefault((name, outcome), _engine.Histogram()).record(_us(seconds))

        for visit in self.visits:
            record(self.name, self.outcome_of(visit), visit.ended_s - visit.began_s)
        for name, outcome, seconds in self.steps:
            record(name, outcome, seconds)
        if self.unended:
            unended = times.setdefault((self.name, UNENDED), _engine.Histogram())
            unended.record(_us(60.0), self.unended)
        return [
            (name, outcome, clock, histogram)
            for (name, outcome), histogram in sorted(times.items())
            for clock in ("latency", "service")
        ]

    @property
    def slices(self) -> tuple[Slice, ...]:
        """At least two, of one length: half a second or a little less."""
        number = max(2, ceil(self.seconds / SLICE_S))
        length_s = self.seconds / number
        ended: list[list[Visited]] = [[] for _ in range(number)]
        for visit in self.visits:
            ended[min(number - 1, int(visit.ended_s / length_s))].append(visit)
        return tuple(self._slice(at * length_s, visits) for at, visits in enumerate(ended))

    def _slice(self, at_s: float, ended: Sequence[Visited]) -> Slice:
        well = sorted(v.ended_s - v.began_s for v in ended if self.outcome_of(v) == OK)
        return Slice(
            at_s,
            len(ended),
            len(ended) - len(well),
            _us(median(well)) if well else 0.0,
            _us(well[int(0.99 * len(well))]) if well else 0.0,
        )


async def run_journey(
    order: VisitOrder,
    done: Iterable[str],
    bound_s: float,
    log: Path,
    check: Callable[[], None] | None = None,
    begun: Callable[[int], None] | None = None,
) -> JourneyResult:
    """Run a block. `check` is called along the way and ends it by raising.

    `begun` is told when the block proper begins, in ns since 1970, once that is known.
    Raises ScriptError.
    """
    found = await process.visit(order, log, check, begun)
    return result_of(order, found, frozenset(done), bound_s)


def result_of(
    order: VisitOrder, found: Visits, done: frozenset[str], bound_s: float
) -> JourneyResult:
    """What the process answered, cut to the block proper."""
    inside = [v for v in found.visits if 0 <= v.ended_s < order.duration_s]
    steps = [
        (s.name, s.outcome, s.ended_s - s.began_s)
        for s in found.steps
        if 0 <= s.ended_s < order.duration_s
    ]
    return JourneyResult(
        started_unix_ns=found.started_unix_ns,
        seconds=order.duration_s,
        visits=tuple(inside),
        all_visits=tuple(found.visits),
        steps=tuple(steps),
        name=order.entry,
        users=order.users,
        done=done,
        bound_s=bound_s,
        unended=found.unended,
        engine_cpu=found.cpu,
        first_errors=[(outcome, words) for outcome, words in found.errors],
    )


def told(visits: Sequence[Visited]) -> list[tuple[str, str]]:
    """(subject, outcome) of those that have one, as an audit is told."""
    return [(v.subject, v.outcome) for v in visits if v.subject is not None]


def _us(seconds: float) -> int:
    return max(1, round(seconds * 1e6))
