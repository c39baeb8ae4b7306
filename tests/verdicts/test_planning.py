"""What can be judged, and how long a block must be."""

from dataclasses import replace

import pytest

from assay.verdicts import (
    LimitQuestion,
    Quantity,
    RateTooLow,
    RatioQuestion,
    ZeroQuestion,
    block_requirements,
    supported,
)

P99 = Quantity("before", "lookup", "p99")
OTHER = Quantity("after", "lookup", "p99")
RATIO = RatioQuestion(P99, OTHER, at_least=True, required=3.0)


@pytest.mark.parametrize(
    ("measure", "rate", "seconds"),
    [("p50", 1000, 3.0), ("p99", 1000, 3.0), ("p99", 200, 10.0), ("p95", 40, 10.0)],
)
def test_a_block_is_long_enough_for_its_quantile(measure, rate, seconds):
    question = replace(
        RATIO, numerator=replace(P99, measure=measure), denominator=replace(OTHER, measure=measure)
    )
    assert block_requirements(question, rate) == pytest.approx(seconds)


@pytest.mark.parametrize("rate", [0.0, 10.0, 66.0])
def test_a_rate_too_low_says_which_would_do(rate):
    with pytest.raises(RateTooLow, match=r"66\.7/s would do") as refused:
        block_requirements(RATIO, rate)
    assert block_requirements(RATIO, refused.value.would_do_per_s) == pytest.approx(30.0)


def test_a_limit_on_failures_needs_no_quantile():
    asked = LimitQuestion(replace(P99, measure="error_rate"), at_least=False, limit=0.01)
    assert block_requirements(asked, 0.1) == 3.0


@pytest.mark.parametrize(
    "question",
    [
        RATIO,
        replace(RATIO, slope=-1.0, offset=1.0),
        RatioQuestion(
            replace(P99, measure="throughput"),
            replace(OTHER, measure="throughput"),
            at_least=True,
            required=1.5,
        ),
        ZeroQuestion("before", "lookup", "orders", "lost"),
        LimitQuestion(P99, at_least=False, limit=20_000),
        LimitQuestion(replace(P99, measure="error_rate"), at_least=False, limit=0.01),
    ],
)
def test_what_can_be_judged_is_not_refused(question):
    assert supported(question) is None


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (replace(RATIO, denominator=P99), "of one variant"),
        (replace(RATIO, denominator=replace(OTHER, workload="search")), "two workloads"),
        (replace(RATIO, required=0.0), "always above 0"),
        (replace(RATIO, slope=0.0), "does not depend on the ratio"),
        (replace(RATIO, tolerance=1.0), "under 100%"),
        (replace(RATIO, numerator=replace(P99, measure="mean")), "claim p50 instead"),
        (replace(RATIO, numerator=replace(P99, measure="max")), "length of the run"),
        (replace(RATIO, numerator=replace(P99, measure="throughput")), "not of a kind"),
        (replace(RATIO, numerator=replace(P99, measure="error_rate")), "claim a limit"),
        (replace(RATIO, numerator=replace(P99, measure="p99.999")), "p99.99"),
        (LimitQuestion(replace(P99, measure="error_rate"), False, 0.0), "nothing ever fails"),
        (LimitQuestion(replace(P99, measure="goodput"), True, 100.0), "saturation"),
        (LimitQuestion(P99, False, 0.0), "above 0"),
        (LimitQuestion(replace(P99, measure="hits"), True, 0.0), "between 0% and 100%"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_words(question, words):
    assert words in (supported(question) or "")
