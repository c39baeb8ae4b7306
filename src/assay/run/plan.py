"""From a claims file to a plan: which variants are compared, how, and what is asked.

Pure: nothing is started and nothing is measured. What cannot be judged is refused here, with the
reason and with what would do.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assay.claims import (
    ALL_COUNTS,
    ClaimsDocument,
    ClaimsFile,
    Fault,
    Limit,
    Measure,
    Ratio,
    Row,
    Saturation,
    Single,
    Workload,
    Zero,
    feeds_of,
)
from assay.documents import DocumentError, Problem
from assay.verdicts import (
    FAULT_MEASURES,
    SUSTAINED_S,
    FaultQuestion,
    LimitQuestion,
    Quantity,
    Question,
    RateTooLow,
    RatioQuestion,
    ZeroQuestion,
    block_requirements,
    supported,
)

MOST_PAIRS = 60
"""Cap of the sign test's boundary; a claim that is not decided by then is UNDECIDED."""
LEAST_BLOCK_S = 3.0
THROUGHPUT_BLOCK_S = 8.0


@dataclass(frozen=True)
class Asked:
    """One row of the file: a claim to judge, or information to show."""

    name: str
    says: str
    formula: str
    sign: str
    """`>=` or `<=` as the user wrote it; empty for information."""
    required: float | None
    """Of the left-hand side as it is shown, in `unit`."""
    unit: str
    question: Question
    judged: bool
    pairs: int = 0
    """That information is measured for; 0 for a claim, which takes what it needs."""

    @property
    def during(self) -> str | None:
        """The fault that it is of."""
        match self.question:
            case ZeroQuestion(during=during) | FaultQuestion(during=during):
                return during
            case _:
                return None


@dataclass(frozen=True)
class Comparison:
    """Two variants (one, against limits) under one workload, and all that is asked of them."""

    name: str
    """`before~after.lookup`"""
    variants: tuple[str, ...]
    workload: str
    asked: tuple[Asked, ...]
    block_s: float
    pairs_per_epoch: int
    least_pairs: int
    """Measured even where every claim is decided sooner, for the information rows."""
    most_pairs: int
    error_limit: float
    uses: tuple[str, ...]
    """The services and provided files that it needs of the system."""
    saturation: Saturation | None = None
    """Between how many users each variant is saturated; None where that is not looked for."""
    audit: str | None = None
    """Run after each block."""
    measures_throughput: bool = False
    journey: bool = False
    """Users' visits, by a script; else requests, by the engine."""
    faults: tuple[str, ...] = ()
    """Each has a block of its own in a round; none: the load alone."""

    def blocks(self, faults: Collection[str]) -> tuple[tuple[str, str | None], ...]:
        """(variant, fault) of each block of a pair, in the order of the file.

        Of its faults, those of `faults`. One without a fault, the control, stands beside them where
        it is asked what they do.
        """
        if not self.faults:
            return tuple((variant, None) for variant in self.variants)
        watched = any(
            isinstance(asked.question, FaultQuestion) and asked.question.during in faults
            for asked in self.asked
        )
        control = (None,) if watched else ()
        wanted = (*control, *(fault for fault in self.faults if fault in faults))
        return tuple((variant, fault) for variant in self.variants for fault in wanted)

    def metrics(self, variant: str) -> tuple[str, ...]:
        """What this variant is asked of itself, beside what the engine measures."""
        asked = (q for each in self.asked for q in each.question.quantities)
        return tuple(sorted({q.measure for q in asked if q.is_metric and q.variant == variant}))


@dataclass(frozen=True)
class Plan:
    comparisons: tuple[Comparison, ...]
    """Those with claims first: information gets what is left of the budget."""
    order: tuple[str, ...]
    """Names of the rows in the order of the file."""
    seed: int
    alpha: float
    budget_s: float

    @property
    def variants(self) -> tuple[str, ...]:
        """Every variant that some comparison needs."""
        return tuple(dict.fromkeys(v for c in self.comparisons for v in c.variants))


def make_plan(claims: ClaimsDocument, only: Sequence[str], seed: int, budget_s: float) -> Plan:
    """What to measure for the rows of the file, or for those named in `only`.

    Raises DocumentError where a claim cannot be judged, and where `only` names no row.
    """
    rows = [row for row in claims.rows if not only or row.name in only]
    unknown = [name for name in only if name not in {row.name for row in claims.rows}]
    if unknown:
        known = ", ".join(row.name for row in claims.rows)
        path = str(claims.document.path)
        problems = [
            Problem(path, 0, 0, "--only", f"there is no claim `{name}`", f"the file has {known}")
            for name in unknown
        ]
        raise DocumentError(problems)
    problems: list[Problem] = []
    groups: _Groups = {}
    for row in rows:
        try:
            asked = _asked(row, claims.file)
            block_s = _block_s(row, asked, claims.file)
        except (_Refused, RateTooLow) as refused:
            problems.append(claims.document.problem(*row.place, message=str(refused)))
            continue
        question = asked.question
        faulty = row.during is not None
        key = frozenset(_variants(question)), _workload(question), row.pairs_per_epoch, faulty
        groups.setdefault(key, []).append((row, asked, block_s))
    if problems:
        raise DocumentError(problems)
    comparisons = [_comparison(claims, key, group) for key, group in _merged(groups).items()]
    comparisons.sort(key=lambda comparison: not any(a.judged for a in comparison.asked))
    return Plan(
        tuple(comparisons), tuple(row.name for row in rows), seed, claims.file.alpha, budget_s
    )


class _Refused(Exception):
    """A row that cannot be judged, and why."""


def _block_s(row: Row, asked: Asked, file: ClaimsFile) -> float:
    """Of the blocks that the row needs. Raises _Refused, RateTooLow."""
    question, workload = asked.question, file.workloads[_workload(asked.question)]
    if row.during is not None and isinstance(question, RatioQuestion | LimitQuestion):
        raise _Refused(
            "`during` a fault, it can be claimed that a count of an audit is zero, and what its"
            f" {', '.join(FAULT_MEASURES)} are"
        )
    if isinstance(question, FaultQuestion):
        return _watched_block_s(question, workload, file.faults[question.during])
    if row.judged and (reason := supported(question)):
        raise _Refused(reason)
    for quantity in question.quantities:
        audit = file.metrics[quantity.measure].audit if quantity.is_metric else None
        if audit is not None and audit != workload.audit:
            raise _Refused(
                f"the audit {audit} counts {quantity.measure}; the workload has `audit: {audit}`"
                " where that is to be measured"
            )
    throughput = any(q.is_throughput for q in question.quantities)
    if throughput and workload.saturation is None:
        raise _Refused(
            "a throughput is compared where both are saturated; say between how many users that is"
            " to be found: `users: { from: 16, to: 512 }`"
        )
    if throughput or isinstance(question, ZeroQuestion):
        return workload.block_s or THROUGHPUT_BLOCK_S
    shares = all(q.is_metric for q in question.quantities)
    if workload.rate is None and (row.judged or workload.journey is None) and not shares:
        raise _Refused("latency is judged at a rate; give the workload `rate`, not `users`")
    block_s = workload.block_s or LEAST_BLOCK_S
    # A figure that is only shown is taken from all blocks together.
    if isinstance(row.shape, Single) or workload.rate is None:
        return block_s
    return max(block_s, block_requirements(question, _rate_per_s(file, question)))


def _watched_block_s(question: FaultQuestion, workload: Workload, fault: Fault) -> float:
    """Of a block that is long enough to see whether the limit is kept. Raises _Refused."""
    if workload.journey is None:
        raise _Refused("what a fault does is told by users on a `journey`")
    block_s = workload.block_s or THROUGHPUT_BLOCK_S
    recovery = question.quantity.measure == "recovery_time"
    limit_s = question.limit if recovery and math.isfinite(question.limit) else 0.0
    least_s = fault.after_s + fault.for_s + limit_s + (SUSTAINED_S if recovery else 0.0)
    if block_s < least_s:
        raise _Refused(
            f"a block of {block_s:g} s ends before it could be seen; `block: {math.ceil(least_s)}s`"
            " of the workload would do"
        )
    return block_s


_Key = tuple[frozenset[str], str, int, bool]
"""The variants compared, the workload, the pairs of an epoch, and whether it is broken."""
_Groups = dict[_Key, list[tuple[Row, Asked, float]]]


def _merged(groups: _Groups) -> _Groups:
    """What is asked of one variant is answered by the blocks of a pair that has it, if one has."""
    merged: _Groups = {key: list(rows) for key, rows in groups.items() if len(key[0]) > 1}
    for key, rows in groups.items():
        if len(key[0]) > 1:
            continue
        hosts = [
            pair for pair in merged if key[0] < pair[0] and key[1] == pair[1] and key[3] == pair[3]
        ]
        # Beside a claim, where there is one: information is measured when all of those are judged.
        hosts.sort(key=lambda pair: not any(row.judged for row, _, _ in merged[pair]))
        merged.setdefault(hosts[0] if hosts else key, []).extend(rows)
    return merged


def _comparison(
    claims: ClaimsDocument, key: _Key, group: Sequence[tuple[Row, Asked, float]]
) -> Comparison:
    _, _, pairs_per_epoch, _ = key
    quantities = [q for _, asked, _ in group for q in asked.question.quantities]
    variants = tuple(dict.fromkeys(v for _, asked, _ in group for v in _variants(asked.question)))
    workload = _workload(group[0][1].question)
    asked_of = claims.file.workloads[workload]
    judged = any(row.judged for row, _, _ in group)
    least = max(row.pairs for row, _, _ in group)
    named = {row.during for row, _, _ in group}
    faults = tuple(fault for fault in claims.file.faults if fault in named)
    return Comparison(
        name=f"{'~'.join(variants)}.{workload}{' during faults' if faults else ''}",
        variants=variants,
        workload=workload,
        asked=tuple(asked for _, asked, _ in group),
        block_s=max(block_s for _, _, block_s in group),
        pairs_per_epoch=pairs_per_epoch,
        least_pairs=least,
        most_pairs=MOST_PAIRS * pairs_per_epoch if judged else least,
        error_limit=asked_of.errors,
        uses=_uses(claims.file, workload, quantities),
        saturation=asked_of.saturation,
        audit=asked_of.audit,
        measures_throughput=any(q.is_throughput for q in quantities),
        journey=asked_of.journey is not None,
        faults=faults,
    )


def _uses(file: ClaimsFile, workload: str, quantities: Sequence[Quantity]) -> tuple[str, ...]:
    asked = file.workloads[workload]
    counted = (of for q in quantities if q.is_metric and (of := file.metrics[q.measure].of))
    drawn = (file.feeds[name].source for name in feeds_of(asked))
    return tuple(dict.fromkeys((asked.to, *counted, *filter(None, drawn))))


def _asked(row: Row, file: ClaimsFile) -> Asked:
    if isinstance(row.shape, Zero):
        question = _zero_question(row.shape, row.during, file)
        return Asked(
            row.name,
            row.says,
            row.formula,
            "==",
            0.0,
            "",
            question,
            row.judged,
            row.pairs,
        )
    question, unit, required, at_least = _question(row)
    if any(quantity.measure in FAULT_MEASURES for quantity in question.quantities):
        question, required = _fault_question(row, question, file)
    sign = "" if not row.judged else (">=" if at_least else "<=")
    return Asked(
        row.name, row.says, row.formula, sign, required, unit, question, row.judged, row.pairs
    )


def _zero_question(zero: Zero, during: str | None, file: ClaimsFile) -> ZeroQuestion:
    """Of two workloads that run the audit, a fault takes the one whose users are so many.

    Raises _Refused where no workload, or more than one, runs the audit.
    """
    audited = [name for name, each in file.workloads.items() if each.audit == zero.audit]
    if len(audited) > 1:
        steady = [name for name in audited if file.workloads[name].saturation is None]
        audited = steady if during is not None else [n for n in audited if n not in steady]
    if len(audited) != 1:
        runs = " and ".join(audited) if audited else "no workload"
        raise _Refused(f"{runs} has `audit: {zero.audit}`: one workload would be right")
    count = None if zero.count == ALL_COUNTS else zero.count
    in_flight = file.faults[during].in_flight if during is not None else 0
    return ZeroQuestion(zero.variant, audited[0], zero.audit, count, during, in_flight)


def _fault_question(
    row: Row, question: Question, file: ClaimsFile
) -> tuple[FaultQuestion, float | None]:
    """And what is required of it, as it is shown. Raises _Refused."""
    if not isinstance(question, LimitQuestion):
        raise _Refused("what a fault does is one figure a run of it; a ratio of them is not judged")
    quantity, measure = question.quantity, question.quantity.measure
    if row.during is None:
        raise _Refused(f"{measure} is of a fault: say which, with `during`")
    if file.faults[row.during].any_of is not None:
        raise _Refused(f"{measure} is of one fault; {row.during} is several in a row")
    if quantity.request is not None:
        raise _Refused(f"{measure} is of whole visits, not of one endpoint")
    in_seconds = measure == "recovery_time"
    if row.judged and question.at_least == in_seconds:
        right = "<=" if in_seconds else ">="
        raise _Refused(f"that promises nothing; `{right}` would, of {measure}")
    limit = question.limit / 1e6 if in_seconds else question.limit
    asked = FaultQuestion(
        *(quantity, row.during, not in_seconds, limit, question.unit),
        in_flight=file.faults[row.during].in_flight,
    )
    return asked, limit if row.judged else None


def _variants(question: Question) -> tuple[str, ...]:
    if isinstance(question, ZeroQuestion):
        return (question.variant,)
    return tuple(quantity.variant for quantity in question.quantities)


def _workload(question: Question) -> str:
    return (
        question.workload if isinstance(question, ZeroQuestion) else question.quantities[0].workload
    )


def _question(row: Row) -> tuple[Question, str, float | None, bool]:
    match row.shape:
        case Ratio() as ratio:
            question = RatioQuestion(
                _quantity(ratio.numerator),
                _quantity(ratio.denominator),
                ratio.at_least,
                1.0 if ratio.required is None else ratio.required,
                row.tolerance,
                ratio.offset,
                ratio.slope,
                ratio.unit,
            )
            shown = None if ratio.required is None else ratio.shown(ratio.required)
            return question, ratio.unit, shown, ratio.at_least == (ratio.slope > 0)
        case Limit() as limit:
            question = LimitQuestion(
                _quantity(limit.quantity), limit.at_least, limit.limit, limit.unit
            )
            return question, limit.unit, limit.limit, limit.at_least
        case Single() as single:
            # A metric without a unit is no share.
            quantity = _quantity(single.quantity)
            gauge = quantity.is_metric and not single.unit
            question = LimitQuestion(quantity, False, math.inf, single.unit, gauge)
            return question, single.unit, None, False
        case Zero():
            raise AssertionError("it has a question of its own")


def _quantity(measure: Measure) -> Quantity:
    return Quantity(measure.variant, measure.workload, measure.measure, measure.request)


def _rate_per_s(file: ClaimsFile, question: Question) -> float:
    """Of the requests that the question is about: the least of its endpoints' shares."""
    rates: list[float] = []
    for quantity in question.quantities:
        workload = file.workloads[quantity.workload]
        total = sum(endpoint.weight for endpoint in workload.endpoints)
        asked = [e for e in workload.endpoints if quantity.request in (None, e.name)]
        rates.append((workload.rate or 0.0) * sum(e.weight for e in asked) / total)
    return min(rates)
