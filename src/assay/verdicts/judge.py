"""From evidence to verdicts, for all claims of a file together.

A pure function: the same blocks give the same verdicts, bit for bit, today or from a run folder in
ten years.
"""

from __future__ import annotations

from collections.abc import Sequence

from assay.verdicts.case import Case, Judgement, Standing
from assay.verdicts.each_run import FaultEvidence
from assay.verdicts.flags import start_flags
from assay.verdicts.limit import LimitEvidence
from assay.verdicts.ratio import RatioEvidence
from assay.verdicts.types import (
    FaultQuestion,
    LimitQuestion,
    Outcome,
    RatioQuestion,
    Verdict,
    ZeroQuestion,
)
from assay.verdicts.zero import ZeroEvidence

ALPHA = 0.05
"""Of the whole family, two-sided: wrong PROVED and wrong REFUTED have half of it each."""

_DECIDED = (Outcome.PROVED, Outcome.REFUTED)


def judge_family(cases: Sequence[Case], alpha: float = ALPHA) -> list[Judgement]:
    """Judge every case on the evidence so far; the claims among them share the error `alpha`.

    Holm's procedure, on sequential tests (Bartroff and Song, 2014): while m claims are open, each
    is tested at alpha / m over all that it has seen. Those that end leave the others a larger
    share. The boundaries are nested: what has ended at a smaller share would have at a larger one.
    Information takes no share: its intervals are at `alpha` each.
    """
    evidence = {i: _evidence(case) for i, case in enumerate(cases) if not case.spoilt}
    standing = {i: found.standing(alpha, 1) for i, found in evidence.items() if not cases[i].judged}
    # What is counted to the last is no matter of chance, and takes no share either.
    counted = ZeroQuestion | FaultQuestion
    chancy = {i for i in evidence if not isinstance(cases[i].question, counted)}
    standing |= {
        i: evidence[i].standing(alpha, 1) for i in evidence.keys() - chancy - standing.keys()
    }
    claims = sum(case.judged and not isinstance(case.question, counted) for case in cases)
    undecided = [i for i in sorted(chancy) if cases[i].judged]
    while True:
        for i in undecided:
            standing[i] = evidence[i].standing(alpha, claims)
        ended = [i for i in undecided if standing[i].outcome in _DECIDED]
        if not ended:
            break
        undecided = [i for i in undecided if i not in ended]
        claims -= len(ended)
    return [
        Judgement(_verdict(case, found), found.settled)
        for i, case in enumerate(cases)
        for found in (standing.get(i) or _spoilt(case, alpha, claims),)
    ]


def _evidence(case: Case) -> RatioEvidence | LimitEvidence | ZeroEvidence | FaultEvidence:
    match case.question:
        case RatioQuestion() as question:
            return RatioEvidence(case, question)
        case LimitQuestion() as question:
            return LimitEvidence(case, question)
        case ZeroQuestion() as question:
            return ZeroEvidence(case, question)
        case FaultQuestion() as question:
            return FaultEvidence(case, question)


def _spoilt(case: Case, alpha: float, claims: int) -> Standing:
    level = alpha / max(claims, 1) if case.judged else alpha
    return Standing(Outcome.INVALID, case.spoilt, settled=True, alpha=level)


def _verdict(case: Case, found: Standing) -> Verdict:
    required, unit = _required(case)
    return Verdict(
        name=case.name,
        says=case.says,
        formula=case.formula,
        outcome=found.outcome if case.judged else None,
        estimate=found.estimate,
        interval=found.interval,
        required=required if case.judged else None,
        required_sign=case.sign,
        unit=unit,
        pairs=found.pairs,
        invalid_pairs=found.invalid_pairs,
        starts=found.starts,
        seconds=case.seconds,
        reason=found.reason,
        alpha=found.alpha,
        mean=found.mean,
        pooled=found.pooled,
        flags=(*found.flags, *start_flags(case.thrown_away)),
        ratios=found.ratios,
        history=found.history,
    )


def _required(case: Case) -> tuple[float, str]:
    """What is required of the left-hand side as it is shown, and the unit."""
    match case.question:
        case RatioQuestion() as question:
            return question.shown(question.required), question.unit
        case ZeroQuestion():
            return 0.0, ""
        case FaultQuestion() as question:
            return question.limit, question.unit
        case LimitQuestion() as question if question.quantity.quantile is not None:
            return question.limit / 1000, question.unit
        case LimitQuestion() as question:
            return question.limit, question.unit
