"""One block, from the engine's result to evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from assay import _engine
from assay.evidence import Block, Hiccups, Machine, Recorded, Slice


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


def block_of(
    place: Place,
    result: _engine.Result,
    neighbour_cores: float,
    stolen_cores: float,
    restarted: tuple[str, ...] = (),
    metrics: Mapping[str, tuple[float, float]] | None = None,
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
            neighbour_cores=neighbour_cores,
            stolen_cores=stolen_cores,
            hiccups=tuple(
                Hiccups(h.core, h.count, h.longest_us, h.realtime) for h in result.hiccups
            ),
        ),
        restarted=restarted,
        metrics=dict(metrics or {}),
    )
