"""A run folder read back: the evidence of a run, ended or cut off, as plain data."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from assay.evidence import layout
from assay.evidence.block import Block, Slice
from assay.evidence.errors import EvidenceError
from assay.evidence.lines import Key, block_from
from assay.evidence.record import RunRecord

Document = dict[str, Any]
T = TypeVar("T")
_RECORD = TypeAdapter(RunRecord)
_DOCUMENT: TypeAdapter[Document] = TypeAdapter(Document)
_DOCUMENTS: TypeAdapter[list[Document]] = TypeAdapter(list[Document])


@dataclass(frozen=True)
class Event:
    """Something that happened beside the blocks: a process started or died, a warm-up ended."""

    utc: str
    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])


_EVENT = TypeAdapter(Event)


@dataclass(frozen=True)
class Run:
    """All the evidence of one run."""

    record: RunRecord
    blocks: tuple[Block, ...]
    """In order of time."""
    events: tuple[Event, ...] = ()
    verdicts: tuple[Document, ...] = ()
    """As they were given when the run ended, plain; empty where it was cut off."""
    notes: tuple[str, ...] = ()
    """What a reader should know: the run was cut off, half a line was dropped."""

    @staticmethod
    def open(path: Path) -> Run:
        """Read the folder. Raises EvidenceError where it is no run folder, or a damaged one."""
        record = read_record(path)
        notes: list[str] = []
        if record.finished_utc is None:
            notes.append("The run was cut off: it has no end and no verdicts of its own.")
        blocks = _blocks(path, notes)
        events = [_valid(_EVENT, e, where) for where, e in _lines(path / layout.EVENTS, notes)]
        verdicts: list[Document] = []
        if (path / layout.VERDICTS).exists():
            verdicts = _valid(
                _DOCUMENTS, _json(path / layout.VERDICTS), str(path / layout.VERDICTS)
            )
        return Run(record, tuple(blocks), tuple(events), tuple(verdicts), tuple(notes))


def read_record(path: Path) -> RunRecord:
    """`run.json` of a run folder. Raises EvidenceError."""
    file = path / layout.RUN
    if not path.is_dir():
        what = "a file" if path.exists() else "not there"
        raise EvidenceError(f"{path} is {what}; a run folder such as {layout.EXAMPLE} would do")
    if not file.exists():
        raise EvidenceError(f"{path} is no run folder: it has no {layout.RUN}; {_instead(path)}")
    document = _valid(_DOCUMENT, _json(file), str(file))
    written = document.get("format")
    if written != layout.FORMAT:
        raise EvidenceError(
            f"{file}: field format is {written!r}, and this assay reads {layout.FORMAT}; "
            "the version of assay that made the run would do"
        )
    return _valid(_RECORD, document, str(file))


def _instead(path: Path) -> str:
    """The newest run below a folder that was given in its place."""
    runs = sorted(file.parent.name for file in path.glob(f"*/{layout.RUN}"))
    return f"{path / runs[-1]} would do" if runs else f"{layout.EXAMPLE} would be one"


def _blocks(path: Path, notes: list[str]) -> list[Block]:
    lines = list(_lines(path / layout.BLOCKS, notes))
    # Rows of a block that has no line belong to one that was cut off: they are passed over.
    ids = {str(line.get("id")) for _, line in lines}
    counts: defaultdict[str, defaultdict[Key, list[tuple[int, int]]]]
    counts = defaultdict(lambda: defaultdict(list))
    for block, request, outcome, clock, upper_us, count in _rows(
        path / layout.HISTOGRAMS, layout.HISTOGRAM_COLUMNS, ids, _bucket
    ):
        counts[block][request, outcome, clock].append((upper_us, count))
    slices: defaultdict[str, list[Slice]] = defaultdict(list)
    for block, found in _rows(path / layout.SLICES, layout.SLICE_COLUMNS, ids, _slice):
        slices[block].append(found)
    blocks: list[Block] = []
    for where, line in lines:
        id = str(line.get("id"))
        try:
            blocks.append(block_from(line, counts[id], slices[id]))
        except EvidenceError as error:
            raise EvidenceError(f"{where}: {error}") from error
    return blocks


def _bucket(row: Sequence[str]) -> tuple[str, str, str, str, int, int]:
    block, request, outcome, clock, upper_us, count = row
    return block, request, outcome, clock, int(upper_us), int(count)


def _slice(row: Sequence[str]) -> tuple[str, Slice]:
    block, at_s, completed, failed, median_us, p99_us = row
    found = Slice(float(at_s), int(completed), int(failed), float(median_us), float(p99_us))
    return block, found


def _rows(
    file: Path, columns: Sequence[str], ids: set[str], parse: Callable[[Sequence[str]], T]
) -> Iterator[T]:
    """Rows of the blocks in `ids`."""
    with _opened(file).open(encoding="utf-8", errors="replace", newline="") as text:
        reader = csv.reader(text)
        if (header := next(reader, None)) != list(columns):
            raise EvidenceError(f"{file}:1: the columns are {header}, not {list(columns)}")
        for row in reader:
            if row and row[0] in ids:
                try:
                    yield parse(row)
                except ValueError as error:
                    raise EvidenceError(
                        f"{file}:{reader.line_num}: {','.join(row)} is no row of "
                        f"{', '.join(columns)}: {error}"
                    ) from error


def _lines(file: Path, notes: list[str]) -> Iterator[tuple[str, Document]]:
    """(where, object) of each line; a last one that is only half there is dropped with a note."""
    *whole, last = _opened(file).read_text(encoding="utf-8", errors="replace").split("\n")
    for number, line in enumerate([*whole, last] if last else whole, 1):
        where = f"{file}:{number}"
        try:
            document = json.loads(line)
        except json.JSONDecodeError as error:
            if number > len(whole):
                notes.append(f"Half a line at the end of {file.name} was dropped.")
                return
            raise EvidenceError(f"{where}: this is no JSON: {error}") from error
        yield where, _valid(_DOCUMENT, document, where)


def _opened(file: Path) -> Path:
    if not file.is_file():
        raise EvidenceError(f"{file} is missing: the run folder is not whole")
    return file


def _json(file: Path) -> object:
    try:
        return json.loads(file.read_text(encoding="utf-8", errors="replace"))
    except json.JSONDecodeError as error:
        raise EvidenceError(f"{file}:{error.lineno}: this is no JSON: {error.msg}") from error


def _valid(adapter: TypeAdapter[T], document: object, where: str) -> T:
    try:
        return adapter.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"])) or "document"
        raise EvidenceError(
            f"{where}: field {name} is {first['input']!r}: {first['msg']}"
        ) from error
