"""How long a block must be, for what is asked of it to be seen. Pure."""

from __future__ import annotations

import math

from assay.claims import ClaimsFile, Fault, Row, Single, Workload
from assay.run.asking import Asked, Refused
from assay.verdicts import (
    FAULT_MEASURES,
    SUSTAINED_S,
    FaultQuestion,
    LimitQuestion,
    Question,
    RatioQuestion,
    ZeroQuestion,
    block_requirements,
    supported,
)

LEAST_BLOCK_S = 3.0
THROUGHPUT_BLOCK_S = 8.0


def block_length_s(row: Row, asked: Asked, file: ClaimsFile) -> float:
    """Of the blocks that the row needs. Raises Refused, RateTooLow."""
    question, workload = asked.question, file.workloads[asked.workload]
    if row.during is not None and isinstance(question, RatioQuestion | LimitQuestion):
        raise Refused(
            "`during` a fault, it can be claimed that a count of an audit is zero, and what its"
            f" {', '.join(FAULT_MEASURES)} or a metric are"
        )
    for quantity in question.quantities:
        audit = file.metrics[quantity.measure].audit if quantity.is_metric else None
        if audit is not None and audit != workload.audit:
            raise Refused(
                f"the audit {audit} counts {quantity.measure}; the workload has `audit: {audit}`"
                " where that is to be measured"
            )
    if isinstance(question, FaultQuestion):
        return _watched_s(question, workload, file.faults[question.during])
    if row.judged and (reason := supported(question)):
        raise Refused(reason)
    throughput = any(q.is_throughput for q in question.quantities)
    if throughput and workload.saturation is None:
        raise Refused(
            "a throughput is compared where both are saturated; say between how many users that is"
            " to be found: `users: { from: 16, to: 512 }`"
        )
    if isinstance(question, ZeroQuestion) and question.during is not None:
        return _struck_s(question.during, workload, file)
    if throughput or isinstance(question, ZeroQuestion):
        return workload.block_s or THROUGHPUT_BLOCK_S
    shares = all(q.is_metric for q in question.quantities)
    if workload.rate is None and (row.judged or workload.journey is None) and not shares:
        raise Refused("latency is judged at a rate; give the workload `rate`, not `users`")
    block_s = workload.block_s or LEAST_BLOCK_S
    # A figure that is only shown is taken from all blocks together.
    if isinstance(row.shape, Single) or workload.rate is None:
        return block_s
    return max(block_s, block_requirements(question, _rate_per_s(file, question)))


def _struck_s(during: str, workload: Workload, file: ClaimsFile) -> float:
    """Of a block that has time for each of several faults in a row. Raises Refused."""
    block_s = workload.block_s or THROUGHPUT_BLOCK_S
    fault = file.faults[during]
    longest_s = max(each.for_s for each in file.broken_by(during))
    if fault.any_of is not None and block_s < fault.after_s + longest_s:
        raise Refused(
            f"a block of {block_s:g} s has no time for each of {during};"
            f" `block: {math.ceil(fault.after_s + longest_s)}s` of the workload would do"
        )
    return block_s


def _watched_s(question: FaultQuestion, workload: Workload, fault: Fault) -> float:
    """Of a block that is long enough to see whether the limit is kept. Raises Refused."""
    if workload.journey is None:
        raise Refused("what a fault does is told by users on a `journey`")
    block_s = workload.block_s or THROUGHPUT_BLOCK_S
    limit_s = question.limit if math.isfinite(question.limit) else 0.0  # where it is a time
    match question.quantity.measure:
        case "recovery_time":
            least_s = fault.after_s + fault.for_s + limit_s + SUSTAINED_S
        case "detection_time":
            least_s = fault.after_s + max(fault.for_s, limit_s)
        case _:
            least_s = fault.after_s + fault.for_s
    if block_s < least_s:
        raise Refused(
            f"a block of {block_s:g} s ends before it could be seen; `block: {math.ceil(least_s)}s`"
            " of the workload would do"
        )
    return block_s


def _rate_per_s(file: ClaimsFile, question: Question) -> float:
    """Of the requests that the question is about: the least of its endpoints' shares."""
    rates: list[float] = []
    for quantity in question.quantities:
        workload = file.workloads[quantity.workload]
        total = sum(endpoint.weight for endpoint in workload.endpoints)
        asked = [e for e in workload.endpoints if quantity.request in (None, e.name)]
        rates.append((workload.rate or 0.0) * sum(e.weight for e in asked) / total)
    return min(rates)
