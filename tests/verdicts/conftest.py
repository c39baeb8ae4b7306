"""A maker of blocks whose quantiles are exactly what a test asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from assay._engine import Histogram
from assay.evidence import Block, Recorded
from assay.verdicts import Case, Quantity, Question, RatioQuestion, ZeroQuestion

BEFORE = Quantity("before", "lookup", "p99")
AFTER = Quantity("after", "lookup", "p99")
CONTROL = RatioQuestion(BEFORE, AFTER, at_least=True, required=3.0)


def make_block(
    variant: str,
    pair: int,
    p99_us: int = 1000,
    *,
    failed: int = 0,
    position: int | None = None,
    epoch: int | None = None,
    times: Sequence[tuple[int, int]] | None = None,
    **changed: object,
) -> Block:
    """1,000 requests whose p50 to p99 is `p99_us`; `failed` more ended in time-outs.

    `times` gives (us, count) instead. The first variant runs first in odd pairs.
    """
    answered = Histogram.from_counts([(p99_us, 1000)] if times is None else times)
    recorded = [Recorded("Get", "ok", clock, answered) for clock in ("latency", "service")]
    if failed:
        lost = Histogram.from_counts([(10_000_000, failed)])
        recorded.append(Recorded("Get", "timeout", "latency", lost))
    total = answered.count + failed
    first = (pair % 2 == 1) is (variant == "before")
    block = Block(
        id=f"{pair:04d}-{variant}-lookup",
        comparison="before~after.lookup",
        pair=pair,
        position=(0 if first else 1) if position is None else position,
        epoch=pair if epoch is None else epoch,
        variant=variant,
        workload="lookup",
        seed=pair,
        started_utc="2026-11-23T18:15:00+00:00",
        seconds=3.0,
        scheduled=total,
        sent=total,
        completed=answered.count,
        engine_cpu=0.2,
        lag=Histogram.from_counts([(5, total)]),
        recorded=tuple(recorded),
    )
    return replace(block, **changed)  # type: ignore[arg-type]


def make_pairs(ratios: Sequence[float], below_us: int = 500, per_epoch: int = 1) -> list[Block]:
    """A pair for each ratio of `before` to `after`, whose quantile stays `below_us`."""
    return [
        make_block(variant, number, us, epoch=(number - 1) // per_epoch + 1)
        for number, ratio in enumerate(ratios, 1)
        for variant, us in (("before", round(ratio * below_us)), ("after", below_us))
    ]


def make_case(
    blocks: Sequence[Block],
    question: Question = CONTROL,
    *,
    name: str = "lookup-p99",
    judged: bool = True,
    **changed: object,
) -> Case:
    at_least = not isinstance(question, ZeroQuestion) and question.at_least
    case = Case(
        name=name,
        says="Faster.",
        formula="before.lookup.p99 / after.lookup.p99 >= 3",
        question=question,
        judged=judged,
        sign=(">=" if at_least else "<=") if judged else "",
        blocks=blocks,
        error_limit=0.01,
    )
    return replace(case, **changed)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def block() -> Callable[..., Block]:
    return make_block


@pytest.fixture(scope="session")
def pairs() -> Callable[..., list[Block]]:
    return make_pairs


@pytest.fixture(scope="session")
def case() -> Callable[..., Case]:
    return make_case


@pytest.fixture(scope="session")
def control() -> RatioQuestion:
    return CONTROL
