"""A claims file, read and checked as a whole: every problem that can be seen is told at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assay.claims.algebra import question_of, shown_of
from assay.claims.checks import Misfit, misfits
from assay.claims.counts import zero_of
from assay.claims.formula import Comparison, FormulaError, parse_claim, parse_shown
from assay.claims.model import Claim, ClaimsFile, Information
from assay.claims.naming import unknown_names
from assay.claims.shapes import Limit, Shape, Single
from assay.documents import Document, DocumentError, Place, parse_document, read_document


@dataclass(frozen=True)
class Row:
    """One row of the file: a claim to judge, or information to show."""

    name: str
    says: str
    formula: str
    """As it was written, on one line."""
    judged: bool
    shape: Shape
    """A Ratio, a Limit or a Zero; of information, a Ratio that requires nothing or a Single."""
    tolerance: float
    pairs: int
    """Pairs to measure at least; 0 for a claim, which takes what it needs."""
    pairs_per_epoch: int
    place: Place
    """Of the formula in the file."""
    during: str | None = None
    """The fault that it is claimed of."""


@dataclass(frozen=True)
class ClaimsDocument:
    """A claims file without mistakes."""

    document: Document[ClaimsFile]
    rows: Sequence[Row]
    """Claims first, each kind in the order of the file."""

    @property
    def file(self) -> ClaimsFile:
        return self.document.value

    @property
    def folder(self) -> Path:
        """Where the paths in the file are looked for."""
        return self.document.path.parent

    @property
    def stack_path(self) -> Path | None:
        """Of the stack file, from where the claims file is; None where nothing is started."""
        system = self.file.system
        return self.folder / system if isinstance(system, str) else None


def read_claims(path: Path) -> ClaimsDocument:
    """Read a claims file. Raises DocumentError, with line and column of everything wrong in it."""
    document = read_document(path, ClaimsFile)
    return _checked(document, _absent(document))


def recall_claims(path: Path, text: str) -> ClaimsDocument:
    """The claims of a run that is over; the files that they named may be gone since.

    Raises DocumentError.
    """
    return _checked(parse_document(path, text, ClaimsFile), ())


def _checked(document: Document[ClaimsFile], also: Iterable[Misfit]) -> ClaimsDocument:
    found = [*misfits(document.value), *also]
    rows: list[Row] = []
    for place, source in _sources(document.value):
        wrong, row = _row(document.value, place, source)
        found += wrong
        if row is not None:
            rows.append(row)
    if found:
        problems = [
            document.problem(*each.place, message=each.message, hint=each.hint, offset=each.offset)
            for each in found
        ]
        raise DocumentError(sorted(problems, key=lambda told: (told.line, told.column)))
    return ClaimsDocument(document, tuple(rows))


def _sources(file: ClaimsFile) -> Iterator[tuple[Place, Claim | Information]]:
    yield from ((("claims", name, "prove"), claim) for name, claim in file.claims.items())
    yield from ((("information", name, "show"), row) for name, row in file.information.items())


def _row(
    file: ClaimsFile, place: Place, source: Claim | Information
) -> tuple[list[Misfit], Row | None]:
    """The row, or what is wrong with its formula."""
    judged = isinstance(source, Claim)
    text = source.formula
    try:
        tree = parse_claim(text) if judged else parse_shown(text)
        unknown = [
            Misfit(place, error.message, error.hint, error.at)
            for error in unknown_names(tree, file)
        ]
        if unknown:
            return unknown, None
        shape = zero_of(tree, file.audits) or (
            question_of(tree) if isinstance(tree, Comparison) else shown_of(tree)
        )
        shape = _unitless(shape, file)
    except FormulaError as error:
        return [Misfit(place, error.message, error.hint, error.at)], None
    row = Row(
        name=str(place[1]),
        says=" ".join(source.says.split()),
        formula=" ".join(text.split()),
        judged=judged,
        shape=shape,
        tolerance=source.tolerance if judged else 0.0,
        pairs=0 if judged else source.pairs,
        pairs_per_epoch=source.pairs_per_epoch,
        place=place,
        during=source.during,
    )
    return [], row


def _unitless(shape: Shape, file: ClaimsFile) -> Shape:
    """The same, but neither a gauge nor a counter is a share. Raises FormulaError where a gauge is
    claimed."""
    gauges = {name for name, metric in file.metrics.items() if metric.gauge is not None}
    counters = {name for name, metric in file.metrics.items() if metric.counter is not None}
    match shape:
        case Single(quantity) if quantity.measure in gauges | counters:
            return replace(shape, unit="")
        case Limit(quantity) if quantity.measure in counters:
            return replace(shape, unit="")
        case Limit(quantity) if quantity.measure in gauges:
            hint = "move the row to `information` with `show`"
            raise FormulaError(f"the gauge {quantity.measure} is shown, not claimed", hint)
        case _:
            return shape


def _absent(document: Document[ClaimsFile]) -> Iterator[Misfit]:
    """Files that the claims file names and that are not there."""
    file, folder = document.value, document.path.parent
    if isinstance(file.system, str) and not (folder / file.system).is_file():
        hint = "name a stack file, by its path from this file"
        yield Misfit(("system",), f"there is no file `{file.system}`", hint)
    for name, workload in file.workloads.items():
        for endpoint in workload.endpoints:
            proto = endpoint.request.proto
            if proto is not None and not (folder / proto).is_file():
                place = ("workloads", name, *endpoint.place, "proto")
                hint = "name a .proto file, by its path from this file"
                yield Misfit(place, f"there is no file `{proto}`", hint)
    for name, feed in file.feeds.items():
        source = feed.source or "http://"
        if source.startswith(("http://", "https://")) or (folder / source).is_file():
            continue
        place = ("feeds", name, "from")
        if "/" in source or file.addresses is not None:
            hint = "name a file by its path from this file, or an http(s) address"
            yield Misfit(place, f"there is no file `{source}`", hint)
        elif source.count(".") != 1 or not all(source.split(".")):
            hint = "write `process.name` for what a process provides, a path, or an http(s) address"
            yield Misfit(place, f"`{source}` is no source of values", hint)
