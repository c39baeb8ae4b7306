"""From a plan and the blocks measured to verdicts: during the run, and again from its folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from assay.claims import recall_claims
from assay.evidence import Block, Run
from assay.run.plan import MOST_PAIRS, Plan, make_plan
from assay.verdicts import Case, Judgement, LimitQuestion, Question, Verdict, judge_family

PredictionKey = tuple[str, str, str]
"""(comparison, variant, metric)"""
Side = tuple[str, str]
"""(comparison, variant)"""


class Doubled(dict[Side, list[tuple[int, float]]]):
    """(epoch, what was done a second by twice the users)"""

    def add(self, side: Side, epoch: int, per_s: float) -> None:
        self.setdefault(side, []).append((epoch, per_s))

    def of(self, comparison: str) -> dict[str, list[tuple[int, float]]]:
        """By variant."""
        return {variant: found for (name, variant), found in self.items() if name == comparison}


def judge_plan(
    plan: Plan,
    blocks: Sequence[Block],
    spoilt: Mapping[str, str],
    seconds: Mapping[str, float],
    ended: str,
    starts: bool,
    predicted: Mapping[PredictionKey, float],
    doubled: Doubled,
) -> list[Judgement]:
    """Judge every row of the plan as one family, in the order of the file.

    `spoilt` and `seconds` are by comparison, `predicted` are shares; `ended` says why measuring
    ended, empty while it goes on.
    """
    measured = Counter(block.comparison for block in blocks if block.position == 0)
    cases = {
        asked.name: Case(
            name=asked.name,
            says=asked.says,
            formula=asked.formula,
            question=asked.question,
            judged=asked.judged,
            sign=asked.sign,
            blocks=[block for block in blocks if block.comparison == comparison.name],
            error_limit=comparison.error_limit,
            # Information is shown over all that the claims beside it had measured.
            n_max=MOST_PAIRS if asked.judged else max(asked.pairs, measured[comparison.name]),
            pairs_per_epoch=comparison.pairs_per_epoch,
            seconds=seconds.get(comparison.name, 0.0),
            spoilt=spoilt.get(comparison.name, ""),
            ended=ended,
            starts_known=starts,
            doubled=doubled.of(comparison.name),
            predicted=_prediction(predicted, comparison.name, asked.question),
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
    plan = _plan_of(run)
    doubled = Doubled()
    for fields in (event.fields for event in run.events if event.kind == "doubled"):
        side = str(fields["comparison"]), str(fields["variant"])
        doubled.add(side, int(fields["epoch"]), float(fields["per_s"]))
    judgements = judge_plan(
        plan,
        run.blocks,
        {str(fields["comparison"]): str(fields["spoilt"]) for fields in measured},
        {str(fields["comparison"]): float(fields["seconds"]) for fields in measured},
        str(measured[0]["ended"]) if measured else "the run was cut off",
        bool(measured[0]["starts"]) if measured else True,
        {
            (str(of["comparison"]), str(of["variant"]), str(of["metric"])): float(of["share"])
            for of in (event.fields for event in run.events if event.kind == "predicted")
        },
        doubled,
    )
    return [judgement.verdict for judgement in judgements]


def _plan_of(run: Run) -> Plan:
    record = run.record
    claims = recall_claims(Path(record.claims_path), record.claims_text)
    only = [str(verdict["name"]) for verdict in run.verdicts]
    return make_plan(claims, only, record.seed, record.budget_s)
