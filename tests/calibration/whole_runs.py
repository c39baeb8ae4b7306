"""Simulated runs that go through the judge whole: blocks of requests, histograms and all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from worlds import REQUESTS, Array, Q, drift, stalls

from assay._engine import Histogram
from assay.evidence import Block, Recorded
from assay.verdicts import Case, LimitQuestion, Outcome, Quantity, RatioQuestion, judge_family

SIDES = {Outcome.PROVED: 1, Outcome.REFUTED: -1}
QUESTION = RatioQuestion(
    Quantity("before", "lookup", "p99"), Quantity("after", "lookup", "p99"), True, 1.0
)
FAILING = 2500
"""Requests of a block where failures are claimed."""
LIMIT = LimitQuestion(Quantity("after", "lookup", "error_rate"), False, 0.1)


@dataclass(frozen=True)
class Decisions:
    """Of many runs: +1 proved, -1 refuted, 0 open; and the look at which each ended."""

    sides: Array
    units: Array


def whole_decisions(runs: int, seed: int, pairs: int = 60) -> tuple[Decisions, Array]:
    """Ratio claims at their requirement, on a shared machine; and the log-ratios of their pairs."""
    chance = np.random.default_rng(seed)
    ended: list[tuple[int, int]] = []
    differences: list[list[float]] = []
    for _ in range(runs):
        blocks = _measured(chance, pairs)
        tops, bottoms = (
            {b.pair: b.quantile_us(Q) for b in blocks if b.variant == variant}
            for variant in ("before", "after")
        )
        differences.append([math.log(tops[pair] / bottoms[pair]) for pair in sorted(tops)])
        ended.append(_ended(_case(QUESTION, blocks)))
    return _decisions(ended), np.array(differences)


def share_decisions(runs: int, memory: bool, seed: int, blocks: int = 60) -> Decisions:
    """Claims that at most 10% fail, where 10% do: independently, or in waves."""
    chance = np.random.default_rng(seed)
    ended: list[tuple[int, int]] = []
    for _ in range(runs):
        rates = np.full(blocks, 0.1)
        if memory:
            # Symmetric on the share itself, so that 10% is the truth; a design effect of about 11.
            waves = drift(chance, 1, blocks, sd=0.02, rho=0.3)[0]
            rates = np.clip(rates + waves, 0.0, 0.2)
        failed = chance.binomial(FAILING, rates)
        measured = [
            _block("after", number, [(500, FAILING - int(lost))], failed=int(lost))
            for number, lost in enumerate(failed, 1)
        ]
        ended.append(_ended(_case(LIMIT, measured)))
    return _decisions(ended)


def _ended(case: Case) -> tuple[int, int]:
    """The side and the look at which the judge ended."""
    (found,) = judge_family([case])
    verdict = found.verdict
    return (SIDES.get(verdict.outcome, 0) if verdict.outcome else 0), verdict.pairs


def _decisions(ended: list[tuple[int, int]]) -> Decisions:
    sides, units = zip(*ended, strict=True)
    return Decisions(np.array(sides), np.array(units))


def _measured(chance: np.random.Generator, pairs: int) -> list[Block]:
    noise = drift(chance, 1, 2 * pairs, sd=0.15, rho=0.9)[0]
    noise += 0.04 * chance.standard_normal(2 * pairs) + stalls(chance, (2 * pairs,))
    blocks: list[Block] = []
    for pair in range(pairs):
        order = ["before", "after"] if chance.random() < 0.5 else ["after", "before"]
        for position, variant in enumerate(order):
            slower = noise[2 * pair + position]
            logs = 0.4 * chance.standard_normal(REQUESTS)
            tail = chance.random(REQUESTS) < 0.01
            logs[tail] += chance.exponential(1 / 1.5, int(tail.sum()))
            times = np.maximum(np.rint(2000 * np.exp(logs + slower)), 1).astype(int)
            values, counts = np.unique(times, return_counts=True)
            rows = list(zip(values.tolist(), counts.tolist(), strict=True))
            blocks.append(_block(variant, pair + 1, rows, position))
    return blocks


def _block(
    variant: str, pair: int, rows: list[tuple[int, int]], position: int = 0, failed: int = 0
) -> Block:
    total = sum(count for _, count in rows) + failed
    answered = Histogram.from_counts(rows)
    recorded = [Recorded("Get", "ok", clock, answered) for clock in ("latency", "service")]
    if failed:
        lost = Histogram.from_counts([(10_000_000, failed)])
        recorded.append(Recorded("Get", "timeout", "latency", lost))
    return Block(
        id=f"{pair:04d}-{variant}",
        comparison="before~after.lookup",
        pair=pair,
        position=position,
        epoch=pair,
        variant=variant,
        workload="lookup",
        seed=pair,
        started_utc="2026-01-01T00:00:00+00:00",
        seconds=3.0,
        scheduled=total,
        sent=total,
        completed=total - failed,
        engine_cpu=0.2,
        lag=Histogram.from_counts([(1, total)]),
        recorded=tuple(recorded),
    )


def _case(question: RatioQuestion | LimitQuestion, blocks: list[Block]) -> Case:
    return Case(
        name="claim",
        says="",
        formula="",
        question=question,
        judged=True,
        sign=">=" if question.at_least else "<=",
        blocks=blocks,
        error_limit=math.inf,
    )
