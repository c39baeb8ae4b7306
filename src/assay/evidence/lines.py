"""A block as the files of a run folder hold it: one line, and rows of two tables. Pure.

The line has every plain field, and of each histogram its name and its count; the buckets and the
slices are rows of CSV files, where other tools can read them without knowing anything of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from assay._engine import Histogram
from assay.evidence.block import Block, Recorded, Slice
from assay.evidence.errors import EvidenceError
from assay.evidence.layout import LAG

Key = tuple[str, str, str]
"""(request, outcome, clock) of a histogram within its block."""
Counts = Mapping[Key, Sequence[tuple[int, int]]]

_LAG_KEY: Key = ("", "", LAG)
_IN_TABLES = ("lag", "recorded", "slices")
_PLAIN: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(hint)
    for name, hint in get_type_hints(Block).items()
    if name not in _IN_TABLES
}
_ADDED = (
    *("metrics", "whole", "users", "audits", "used", "cores", "capacities", "faults", "told"),
    *("backlogs", "idle_cores"),
)
"""Fields that older runs do not have."""
_STATED: TypeAdapter[list[dict[str, str | int]]] = TypeAdapter(list[dict[str, str | int]])


def block_line(block: Block) -> dict[str, Any]:
    """All of the block but buckets and slices, and how many of those the tables must hold."""
    line: dict[str, Any] = {}
    for name in _PLAIN:
        value = getattr(block, name)
        line[name] = _PLAIN[name].dump_python(value, mode="json")
    line["lag"] = {"count": block.lag.count}
    line["recorded"] = [
        {"request": r.request, "outcome": r.outcome, "clock": r.clock, "count": r.histogram.count}
        for r in block.recorded
    ]
    line["slices"] = len(block.slices)
    return line


def histogram_rows(block: Block) -> Iterable[tuple[str, str, str, str, int, int]]:
    """Rows of `HISTOGRAM_COLUMNS`: one for each bucket that is not empty."""
    for recorded in block.recorded:
        for upper_us, count in recorded.histogram.counts():
            yield block.id, recorded.request, recorded.outcome, recorded.clock, upper_us, count
    for upper_us, count in block.lag.counts():
        yield block.id, *_LAG_KEY, upper_us, count


def slice_rows(block: Block) -> Iterable[tuple[str, float, int, int, float, float]]:
    """Rows of `SLICE_COLUMNS`."""
    for s in block.slices:
        yield block.id, s.at_s, s.completed, s.failed, s.median_us, s.p99_us


def block_from(line: Mapping[str, Any], counts: Counts, slices: Sequence[Slice]) -> Block:
    """The block that `block_line` and the rows came from, bit for bit.

    Raises EvidenceError for a field that is missing or of another type, and where the tables do
    not hold what the line says they do.
    """
    plain = {
        name: _field(line, name, adapter)
        for name, adapter in _PLAIN.items()
        if name in line or name not in _ADDED
    }
    recorded: list[Recorded] = []
    for stated in _field(line, "recorded", _STATED):
        key = (str(stated.get("request")), str(stated.get("outcome")), str(stated.get("clock")))
        if key[2] not in ("latency", "service"):
            raise EvidenceError(f"field recorded: the clock is `{key[2]}`, not latency or service")
        histogram = _histogram(counts.get(key, ()), stated.get("count"), " ".join(key))
        recorded.append(Recorded(key[0], key[1], key[2], histogram))
    lag = _field(line, "lag", TypeAdapter(dict[str, int]))
    if line.get("slices") != len(slices):
        raise EvidenceError(
            f"slices.csv holds {len(slices)} rows of this block, "
            f"not {line.get('slices')}: the file was cut off or changed"
        )
    return Block(
        **plain,
        lag=_histogram(counts.get(_LAG_KEY, ()), lag.get("count"), LAG),
        recorded=tuple(recorded),
        slices=tuple(slices),
    )


def _field(line: Mapping[str, Any], name: str, adapter: TypeAdapter[Any]) -> Any:
    if name not in line:
        raise EvidenceError(f"field {name} is missing")
    try:
        return adapter.validate_python(line[name])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([name, *map(str, first["loc"])])
        raise EvidenceError(f"field {where} is {first['input']!r}: {first['msg']}") from error


def _histogram(rows: Sequence[tuple[int, int]], stated: object, what: str) -> Histogram:
    held = sum(count for _, count in rows)
    if held != stated:
        raise EvidenceError(
            f"histograms.csv holds {held} values of {what}, not {stated}: "
            "the file was cut off or changed"
        )
    return Histogram.from_counts(rows)
