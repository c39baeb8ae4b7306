"""From a claims file to a plan: which variants are compared, how, and what is asked.

Pure: nothing is started and nothing is measured. What cannot be judged is refused here, with the
reason and with what would do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assay.claims import (
    ClaimsDocument,
    ClaimsFile,
    Limit,
    Measure,
    Ratio,
    Row,
    Single,
    feeds_of,
)
from assay.documents import DocumentError, Problem
from assay.verdicts import (
    LimitQuestion,
    Quantity,
    Question,
    RateTooLow,
    RatioQuestion,
    block_requirements,
    supported,
)

MOST_PAIRS = 60
"""Cap of the sign test's boundary; a claim that is not decided by then is UNDECIDED."""
LEAST_BLOCK_S = 3.0


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

    def metrics(self, variant: str) -> tuple[str, ...]:
        """What this variant is asked of itself, beside what the engine measures."""
        asked = (q for each in self.asked for q in _quantities(each.question))
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
        asked = _asked(row)
        workload = claims.file.workloads[_quantities(asked.question)[0].workload]
        reason = supported(asked.question) if row.judged else None
        block_s = workload.block_s or LEAST_BLOCK_S
        if reason is None and workload.rate is None:
            reason = "latency is judged at a rate; give the workload `rate`, not `users`"
        # A figure that is only shown is taken from all blocks together.
        if reason is None and not isinstance(row.shape, Single):
            try:
                needed_s = block_requirements(asked.question, _rate_per_s(claims, asked.question))
                block_s = max(block_s, needed_s)
            except RateTooLow as error:
                reason = str(error)
        if reason is not None:
            problems.append(claims.document.problem(*row.place, message=reason))
            continue
        variants = frozenset(q.variant for q in _quantities(asked.question))
        key = variants, _quantities(asked.question)[0].workload, row.pairs_per_epoch
        groups.setdefault(key, []).append((row, asked, block_s))
    if problems:
        raise DocumentError(problems)
    comparisons = [_comparison(claims, key[2], group) for key, group in _merged(groups).items()]
    comparisons.sort(key=lambda comparison: not any(a.judged for a in comparison.asked))
    return Plan(
        tuple(comparisons), tuple(row.name for row in rows), seed, claims.file.alpha, budget_s
    )


_Key = tuple[frozenset[str], str, int]
"""The variants compared, the workload, and the pairs of an epoch."""
_Groups = dict[_Key, list[tuple[Row, Asked, float]]]


def _merged(groups: _Groups) -> _Groups:
    """What is asked of one variant is answered by the blocks of a pair that has it, if one has."""
    merged: _Groups = {key: list(rows) for key, rows in groups.items() if len(key[0]) > 1}
    for key, rows in groups.items():
        if len(key[0]) > 1:
            continue
        hosts = [pair for pair in merged if key[0] < pair[0] and key[1] == pair[1]]
        merged.setdefault(hosts[0] if hosts else key, []).extend(rows)
    return merged


def _comparison(
    claims: ClaimsDocument, pairs_per_epoch: int, group: Sequence[tuple[Row, Asked, float]]
) -> Comparison:
    quantities = [q for _, asked, _ in group for q in _quantities(asked.question)]
    variants = tuple(dict.fromkeys(quantity.variant for quantity in quantities))
    workload = quantities[0].workload
    judged = any(row.judged for row, _, _ in group)
    least = max(row.pairs for row, _, _ in group)
    return Comparison(
        name=f"{'~'.join(variants)}.{workload}",
        variants=variants,
        workload=workload,
        asked=tuple(asked for _, asked, _ in group),
        block_s=max(block_s for _, _, block_s in group),
        pairs_per_epoch=pairs_per_epoch,
        least_pairs=least,
        most_pairs=MOST_PAIRS * pairs_per_epoch if judged else least,
        error_limit=claims.file.workloads[workload].errors,
        uses=_uses(claims.file, workload, quantities),
    )


def _uses(file: ClaimsFile, workload: str, quantities: Sequence[Quantity]) -> tuple[str, ...]:
    asked = file.workloads[workload]
    counted = (file.metrics[q.measure].of for q in quantities if q.is_metric)
    drawn = (file.feeds[name].source for name in feeds_of(asked))
    return tuple(dict.fromkeys((asked.to, *counted, *filter(None, drawn))))


def _asked(row: Row) -> Asked:
    question, unit, required, at_least = _question(row)
    sign = "" if not row.judged else (">=" if at_least else "<=")
    return Asked(
        row.name, row.says, row.formula, sign, required, unit, question, row.judged, row.pairs
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
            question = LimitQuestion(_quantity(single.quantity), False, math.inf, single.unit)
            return question, single.unit, None, False


def _quantity(measure: Measure) -> Quantity:
    return Quantity(measure.variant, measure.workload, measure.measure, measure.request)


def _quantities(question: Question) -> tuple[Quantity, ...]:
    if isinstance(question, RatioQuestion):
        return question.numerator, question.denominator
    return (question.quantity,)


def _rate_per_s(claims: ClaimsDocument, question: Question) -> float:
    """Of the requests that the question is about: the least of its endpoints' shares."""
    rates: list[float] = []
    for quantity in _quantities(question):
        workload = claims.file.workloads[quantity.workload]
        total = sum(endpoint.weight for endpoint in workload.endpoints)
        asked = [e for e in workload.endpoints if quantity.request in (None, e.name)]
        rates.append((workload.rate or 0.0) * sum(e.weight for e in asked) / total)
    return min(rates)
