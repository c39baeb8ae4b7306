"""From a plan and the blocks measured to verdicts: during the run, and again from its folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from assay.claims import recall_claims
from assay.evidence import Run
from assay.run.found import Found, PredictionKey
from assay.run.plan import MOST_PAIRS, Plan, make_plan
from assay.verdicts import Case, Judgement, LimitQuestion, Question, Verdict, judge_family


def judge_plan(plan: Plan, found: Found, ended: str, starts: bool) -> list[Judgement]:
    """Judge every row of the plan as one family, in the order of the file.

    `ended` says why measuring ended, empty while it goes on; `starts` whether the run could start
    the system afresh.
    """
    measured = Counter(block.comparison for block in found.blocks if block.position == 0)
    cases = {
        asked.name: Case(
            name=asked.name,
            says=asked.says,
            formula=asked.formula,
            question=asked.question,
            judged=asked.judged,
            sign=asked.sign,
            blocks=[block for block in found.blocks if block.comparison == comparison.name],
            error_limit=comparison.error_limit,
            # Information is shown over all that the claims beside it had measured.
            n_max=MOST_PAIRS if asked.judged else max(asked.pairs, measured[comparison.name]),
            pairs_per_epoch=comparison.pairs_per_epoch,
            seconds=found.seconds.get(comparison.name, 0.0),
            spoilt=found.spoilt.get(comparison.name, ""),
            ended=ended,
            starts_known=starts,
            thrown_away=found.thrown_away[comparison.name],
            doubled=found.doubled.of(comparison.name),
            predicted=_prediction(found.predicted, comparison.name, asked.question),
        )
        for comparison in plan.comparisons
        for asked in comparison.asked
    }
    return judge_family([cases[name] for name in plan.order], plan.alpha)


def _prediction(
    predicted: Mapping[PredictionKey, float], comparison: str, question: Question
) -> float | None:
    if not isinstance(question, LimitQuestion):
        return None
    quantity = question.quantity
    return predicted.get((comparison, quantity.variant, quantity.measure))


def judge_run(run: Run) -> list[Verdict]:
    """Judge a run again from its folder alone. Raises DocumentError for damaged claims."""
    measured = [event.fields for event in run.events if event.kind == "measured"]
    judgements = judge_plan(
        _plan_of(run),
        Found.of(run),
        str(measured[0]["ended"]) if measured else "the run was cut off",
        bool(measured[0]["starts"]) if measured else True,
    )
    return [judgement.verdict for judgement in judgements]


def _plan_of(run: Run) -> Plan:
    record = run.record
    claims = recall_claims(Path(record.claims_path), record.claims_text)
    only = [str(verdict["name"]) for verdict in run.verdicts]
    return make_plan(claims, only, record.seed, record.budget_s)
