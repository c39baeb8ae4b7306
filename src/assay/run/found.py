"""What a run has found so far: all that its verdicts rest on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Self

from assay.evidence import Block, Run

Side = tuple[str, str]
"""(comparison, variant)"""
PredictionKey = tuple[str, str, str]
"""(comparison, variant, metric)"""


class Doubled(dict[Side, list[tuple[int, float]]]):
    """(epoch, what was done a second by twice the users)"""

    def add(self, side: Side, epoch: int, per_s: float) -> None:
        self.setdefault(side, []).append((epoch, per_s))

    def of(self, comparison: str) -> dict[str, list[tuple[int, float]]]:
        """By variant."""
        return {variant: found for (name, variant), found in self.items() if name == comparison}


@dataclass
class Found:
    """Filled as the run goes; the same again from the folder of an old run."""

    blocks: list[Block] = field(default_factory=list[Block])
    spoilt: dict[str, str] = field(default_factory=dict[str, str])
    """Comparison → why it cannot be measured."""
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    """Comparison → what was spent on it."""
    thrown_away: Counter[str] = field(default_factory=Counter[str])
    """Comparison → starts that did not come to a steady state."""
    predicted: dict[PredictionKey, float] = field(default_factory=dict[PredictionKey, float])
    """Shares that a workload lets expect."""
    doubled: Doubled = field(default_factory=Doubled)

    @classmethod
    def of(cls, run: Run) -> Self:
        """From what the run wrote down."""
        found = cls(blocks=list(run.blocks))
        for kind, fields in ((event.kind, event.fields) for event in run.events):
            match kind:
                case "measured":
                    found.spoilt[str(fields["comparison"])] = str(fields["spoilt"])
                    found.seconds[str(fields["comparison"])] = float(fields["seconds"])
                case "doubled":
                    side = str(fields["comparison"]), str(fields["variant"])
                    found.doubled.add(side, int(fields["epoch"]), float(fields["per_s"]))
                case "predicted":
                    side = str(fields["comparison"]), str(fields["variant"])
                    found.predicted[*side, str(fields["metric"])] = float(fields["share"])
                case "warmed" if fields["steady_at_s"] is None:
                    found.thrown_away[str(fields["comparison"])] += 1
                case _:
                    pass
        return found
