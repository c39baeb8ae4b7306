"""From a row of the claims file to the question that is asked of the evidence. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from assay.claims import ALL_COUNTS, ClaimsFile, Limit, Measure, Ratio, Row, Single, Zero
from assay.verdicts import (
    FAULT_MEASURES,
    FAULT_TIMES,
    MOST_OF_A_FAULT,
    FaultQuestion,
    LimitQuestion,
    Quantity,
    Question,
    RatioQuestion,
    ZeroQuestion,
)


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

    @property
    def variants(self) -> tuple[str, ...]:
        """That it is asked of."""
        if isinstance(self.question, ZeroQuestion):
            return (self.question.variant,)
        return tuple(quantity.variant for quantity in self.question.quantities)

    @property
    def workload(self) -> str:
        """Under which it is asked."""
        if isinstance(self.question, ZeroQuestion):
            return self.question.workload
        return self.question.quantities[0].workload


class Refused(Exception):
    """A row that cannot be judged, and why."""


def asked_by(row: Row, file: ClaimsFile) -> Asked:
    """Raises Refused."""
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
    metrics = [file.metrics[q.measure] for q in question.quantities if q.is_metric]
    if any(q.measure in FAULT_MEASURES for q in question.quantities) or (row.during and metrics):
        question, required = _fault_question(row, question, file)
    elif row.judged and any(metric.counter is not None for metric in metrics):
        raise Refused("by how much a counter rises is claimed of a fault: say which, with `during`")
    sign = "" if not row.judged else (">=" if at_least else "<=")
    return Asked(
        row.name, row.says, row.formula, sign, required, unit, question, row.judged, row.pairs
    )


def _zero_question(zero: Zero, during: str | None, file: ClaimsFile) -> ZeroQuestion:
    """Of two workloads that run the audit, a fault takes the one whose users are so many.

    Raises Refused where no workload, or more than one, runs the audit.
    """
    audited = [name for name, each in file.workloads.items() if each.audit == zero.audit]
    if len(audited) > 1:
        steady = [name for name in audited if file.workloads[name].saturation is None]
        audited = steady if during is not None else [n for n in audited if n not in steady]
    if len(audited) != 1:
        runs = " and ".join(audited) if audited else "no workload"
        raise Refused(f"{runs} has `audit: {zero.audit}`: one workload would be right")
    count = None if zero.count == ALL_COUNTS else zero.count
    in_flight = file.faults[during].in_flight if during is not None else 0
    return ZeroQuestion(zero.variant, audited[0], zero.audit, count, during, in_flight)


def _fault_question(
    row: Row, question: Question, file: ClaimsFile
) -> tuple[FaultQuestion, float | None]:
    """And what is required of it, as it is shown. Raises Refused."""
    if not isinstance(question, LimitQuestion):
        raise Refused("what a fault does is one figure a run of it; a ratio of them is not judged")
    quantity, measure = question.quantity, question.quantity.measure
    if row.during is None:
        raise Refused(f"{measure} is of a fault: say which, with `during`")
    if measure == "detection_time" and file.faults[row.during].alarm is None:
        raise Refused(f"{row.during} names no `alarm` that is to tell of it")
    if file.faults[row.during].any_of is not None:
        raise Refused(f"{measure} is of one fault; {row.during} is several in a row")
    if quantity.request is not None:
        raise Refused(f"{measure} is of whole visits, not of one endpoint")
    objective = file.workloads[quantity.workload].objective
    if measure == "budget_spent" and objective is None:
        raise Refused(f"{quantity.workload} has no `objective`, such as 99%: no budget is known")
    at_least = measure not in MOST_OF_A_FAULT
    if quantity.is_metric:
        at_least = row.judged and question.at_least
    elif row.judged and question.at_least != at_least:
        right = ">=" if at_least else "<="
        raise Refused(f"that promises nothing; `{right}` would, of {measure}")
    limit = question.limit / 1e6 if measure in FAULT_TIMES else question.limit
    asked = FaultQuestion(
        *(quantity, row.during, at_least, limit, question.unit),
        in_flight=file.faults[row.during].in_flight,
        objective=objective,
    )
    return asked, limit if row.judged else None


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
