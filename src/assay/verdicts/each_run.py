"""The verdict on what each run of a fault is to keep within.

Beside the blocks of a fault stand those of the same load on the same start without one: the
control. Nothing here is averaged: one run that is beyond the limit refutes that none is. That n
runs in a row kept within it bounds how often one does not: with 95% confidence in fewer than
`1 - 0.05^(1/n)` of them (the exact bound for no failure in n trials; Clopper and Pearson, 1934).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from assay.evidence.block import Block
from assay.verdicts import bites, timeline
from assay.verdicts.case import Case, Standing
from assay.verdicts.types import FaultQuestion, Outcome

LEAST_RUNS = 6
"""With 95% confidence, four of ten runs at most are beyond the limit."""
CONTROL_WITHIN = 1.5
"""Controls of one start that differ by more are no measure of anything."""


@dataclass(frozen=True)
class FaultEvidence:
    """The blocks of a case: those of the fault, and its control."""

    case: Case
    question: FaultQuestion

    def standing(self, alpha: float, claims: int) -> Standing:
        """Where the case stands; what is counted run by run takes no share of the error."""
        during = self.question.during
        runs = [b for b in self._blocks if b.under(during) and self._controls(b)]
        if not runs:
            reason = f"{self.case.ended} before a run of the fault" if self.case.ended else ""
            return Standing(Outcome.UNDECIDED, reason, settled=False, alpha=alpha)
        unusable = (
            bites.harmless(runs, during, self.question.in_flight)
            or self._alarmed_before(runs)
            or self._unlevel(runs)
            or self._unread(runs)
        )
        if unusable:
            return Standing(Outcome.INVALID, unusable, settled=True, alpha=alpha)
        figures = [self._figure(block) for block in runs]
        outcome, reason, settled = self._outcome(figures)
        if outcome is Outcome.PROVED:
            reason += f"; {bites.told(runs, during)}"
        return Standing(
            outcome,
            reason,
            settled,
            alpha,
            estimate=self._worst(figures),
            interval=None,
            mean=_mean(figures),
            pooled=median(figures),
            pairs=len(runs),
            starts=len({block.epoch for block in runs}) if self.case.starts_known else 0,
            ratios=tuple(figures),
        )

    @cached_property
    def _blocks(self) -> list[Block]:
        return [b for b in self.case.blocks if b.variant == self.question.quantity.variant]

    def _controls(self, run: Block) -> list[Block]:
        return timeline.controls_of(run, self._blocks)

    def _alarmed_before(self, runs: Sequence[Block]) -> str:
        """Why an alarm tells nothing of the fault; empty where it does."""
        for run in runs if self.question.quantity.measure == "detection_time" else ():
            [fault] = bites.injected(run, self.question.during)
            if fault.alarmed_s is not None and fault.alarmed_s < fault.began_s:
                return f"the alarm was on before {fault.fault} began in block {run.id}"
        return ""

    def _unlevel(self, runs: Sequence[Block]) -> str:
        """Why there is nothing to compare with; empty where there is."""
        for run in runs:
            rates = [control.done_per_s() for control in self._controls(run)]
            if not min(rates):
                return "nothing was done in a block without the fault"
            if max(rates) > CONTROL_WITHIN * min(rates):
                return (
                    f"blocks without the fault did {min(rates):.1f} and {max(rates):.1f} visits a"
                    " second on one start: no measure of what it does"
                )
        return ""

    def _unread(self, runs: Sequence[Block]) -> str:
        """Which gauge or metric could not be read where it had to be; empty where all were."""
        quantity = self.question.quantity
        if quantity.measure == "recovery_time":
            for block in {
                control.id: control for run in runs for control in self._controls(run)
            }.values():
                for name, seen in block.backlogs.items():
                    if not seen:
                        return f"{name} could not be read in block {block.id}, without the fault"
        for run in runs if quantity.is_metric else ():
            if run.metrics.get(quantity.measure, (0, 0))[1] <= 0:
                read = quantity.measure in run.metrics
                what = "counted nothing" if read else "could not be read around it"
                return f"in block {run.id} {quantity.measure} {what}"
        return ""

    def _figure(self, run: Block) -> float:
        """Seconds or a share, of one run of the fault."""
        [fault] = bites.injected(run, self.question.during)
        usual = timeline.control(self._controls(run))
        match self.question.quantity.measure:
            case "detection_time":
                return timeline.detection_s(fault)
            case "recovery_time":
                return timeline.recovery_s(run, fault, usual)
            case "availability":
                return timeline.availability(run, fault)
            case "goodput_kept":
                return timeline.goodput_kept(run, fault, usual.per_s)
            case "budget_spent":
                assert self.question.objective is not None
                return timeline.budget_spent(run, self.question.objective)
            case metric:
                part, of = run.metrics[metric]
                return part / of

    def _worst(self, figures: Sequence[float]) -> float:
        return min(figures) if self.question.at_least else max(figures)

    def _outcome(self, figures: Sequence[float]) -> tuple[Outcome, str, bool]:
        if not self.case.judged:
            return Outcome.UNDECIDED, "", len(figures) >= self.case.n_max
        beyond = sum(not self._kept(figure) for figure in figures)
        if beyond:
            return Outcome.REFUTED, f"in {beyond} of {len(figures)} runs of the fault", True
        if len(figures) < LEAST_RUNS:
            if not self.case.ended:
                return Outcome.UNDECIDED, "", False
            reason = f"{self.case.ended} after {len(figures)} runs; it takes {LEAST_RUNS}"
            return Outcome.UNDECIDED, reason, False
        least = 0.05 ** (1 / len(figures))
        return (
            Outcome.PROVED,
            f"in all {len(figures)} runs: with 95% confidence in more than {least:.0%} of all",
            True,
        )

    def _kept(self, figure: float) -> bool:
        limit = self.question.limit
        return figure >= limit if self.question.at_least else figure <= limit


def _mean(figures: Sequence[float]) -> float | None:
    mean = sum(figures) / len(figures)
    return mean if math.isfinite(mean) else None
