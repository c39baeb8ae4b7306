"""What can be judged, and how long a block must be for it: asked before anything is started."""

from __future__ import annotations

from assay.verdicts.types import (
    FaultQuestion,
    LimitQuestion,
    Quantity,
    Question,
    RatioQuestion,
    ZeroQuestion,
)

LEAST_BLOCK_S = 3.0
MOST_BLOCK_S = 30.0
BEYOND_QUANTILE = 20
"""Requests of a block that should lie beyond the quantile: 2,000 requests for p99, 400 for p95."""


class RateTooLow(ValueError):
    """The workload's rate cannot give a block enough requests in 30 s."""

    def __init__(self, quantity: Quantity, rate_per_s: float, would_do_per_s: float) -> None:
        self.would_do_per_s = would_do_per_s
        super().__init__(
            f"{quantity} cannot be measured at {rate_per_s:g}/s: a block of {MOST_BLOCK_S:.0f} s"
            f" would hold fewer than {BEYOND_QUANTILE} requests beyond the quantile;"
            f" {would_do_per_s:,.3g}/s would do"
        )


def supported(question: Question) -> str | None:
    """Why the question cannot be judged, in words for its author; None where it can."""
    match question:
        case RatioQuestion():
            return _ratio_refused(question)
        case LimitQuestion():
            return _limit_refused(question)
        case ZeroQuestion() | FaultQuestion():
            return None


def block_requirements(question: Question, rate_per_s: float) -> float:
    """Seconds that a block must last: at least 3, and 20 requests beyond the quantile asked about.

    `rate_per_s` is that of the requests that the question is about: one endpoint's share of a mix.
    Raises RateTooLow where that would take more than 30 s, with the rate that would do.
    """
    quantities = question.quantities
    seconds = LEAST_BLOCK_S
    for quantity in quantities:
        if quantity.quantile is None:
            continue
        requests = round(BEYOND_QUANTILE / (1 - quantity.quantile), 6)
        # A rate of zero needs no division to be too low.
        if rate_per_s * MOST_BLOCK_S < requests:
            raise RateTooLow(quantity, rate_per_s, requests / MOST_BLOCK_S)
        seconds = max(seconds, requests / rate_per_s)
    return seconds


def _ratio_refused(question: RatioQuestion) -> str | None:
    above, below = question.numerator, question.denominator
    if above.is_throughput != below.is_throughput:
        return f"{above} and {below} are not of a kind"
    for quantity in (above, below):
        if reason := _measure_refused(quantity):
            return reason
    if above.variant == below.variant:
        return f"{above} and {below} are of one variant: a ratio is measured on pairs of two"
    if above.workload != below.workload:
        return f"{above} and {below} are of two workloads: the blocks of a pair share one"
    if question.required <= 0:
        return f"a ratio of two latencies is always above 0, and {question.required:g} is not"
    if question.slope == 0:
        return "what the formula shows does not depend on the ratio"
    if not 0 <= question.tolerance < 1:
        return f"a tolerance is a share from 0% to under 100%, not {question.tolerance:.3g}"
    return None


def _measure_refused(quantity: Quantity) -> str | None:
    match quantity.measure:
        case "throughput" | "goodput":
            return None
        case "error_rate":
            return (
                f"{quantity}: a ratio of error rates has no value where nothing fails;"
                " claim a limit, such as error_rate <= 1%"
            )
        case "mean":
            return f"{quantity}: a mean has no place for requests that failed; claim p50 instead"
        case "max":
            return f"{quantity}: a maximum grows with the length of the run; claim p99.9 instead"
        case _ if quantity.is_metric:
            return (
                f"{quantity}: a ratio of metrics cannot be judged;"
                f" claim a limit, such as {quantity.measure} >= 90%"
            )
        case _:
            return _quantile_refused(quantity)


def _limit_refused(question: LimitQuestion) -> str | None:
    quantity = question.quantity
    match quantity.measure:
        case "error_rate":
            if 0 < question.limit < 1:
                return None
            return (
                f"{quantity} can be tested against a limit between 0% and 100%,"
                f" not {question.limit:.3g}; no number of requests shows that nothing ever fails"
            )
        case _ if quantity.is_metric:
            if 0 < question.limit < 1:
                return None
            return (
                f"{quantity} can be tested against a limit between 0% and 100%,"
                f" not {question.limit:.3g}"
            )
        case "throughput" | "goodput":
            return (
                f"{quantity}: throughput against a limit needs a search for saturation;"
                " claim a latency quantile at that rate instead"
            )
        case "mean" | "max":
            return _measure_refused(quantity)
        case _:
            if reason := _quantile_refused(quantity):
                return reason
            if question.limit <= 0:
                return f"{quantity} is a time above 0, and the limit is not"
            return None


def _quantile_refused(quantity: Quantity) -> str | None:
    if not 0 < (quantity.quantile or 0.0) <= 0.9999:
        return f"{quantity}: quantiles from above p0 to p99.99 can be judged"
    return None
