"""The verdict on a count of an audit that must be zero.

Nothing here is a matter of chance: one thing that was lost refutes that none is. That none was seen
among n bounds how often it happens by 3 / n, with 95% confidence (the rule of three: Hanley and
Lippman-Hand, 1983), and PROVED says how many that n was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.evidence.block import Count
from assay.verdicts import bites
from assay.verdicts.case import Case, Standing
from assay.verdicts.types import Outcome, ZeroQuestion

LEAST_SUBJECTS = 300
"""For a bound of 1%."""


@dataclass(frozen=True)
class ZeroEvidence:
    """The audits of a case."""

    case: Case
    question: ZeroQuestion

    def standing(self, alpha: float, claims: int) -> Standing:
        """Where the case stands. All audits are looked at, whatever else was decided."""
        question = self.question
        blocks = [
            block
            for block in self.case.blocks
            if block.variant == question.variant and block.under(question.during)
        ]
        audited = [b for b in blocks if self.question.audit in b.audits]
        if not audited:
            reason = f"{self.case.ended} before an audit" if self.case.ended else ""
            return Standing(Outcome.UNDECIDED, reason, settled=False, alpha=alpha)
        counts = [b.audits[self.question.audit] for b in audited]
        if unknown := self._unknown(counts):
            return Standing(Outcome.INVALID, unknown, settled=True, alpha=alpha)
        during = self.question.during
        if during and (harmless := bites.harmless(audited, during, self.question.in_flight)):
            return Standing(Outcome.INVALID, harmless, settled=True, alpha=alpha)
        # An audit looks at all since the stores were begun: the last of each start has them all.
        last = {block.epoch: found for block, found in zip(audited, counts, strict=True)}
        found = sum(count.found for each in last.values() for _, count in self._asked(each))
        # A visit that got no answer to begin with cannot be lost.
        seen = sum(b.requests() if b.told is None else b.told for b in audited)
        worst = max(sum(c.found for _, c in self._asked(each)) for each in counts)
        outcome, reason, settled = self._outcome(max(found, worst), seen, counts)
        if outcome is Outcome.PROVED and during:
            reason += f"; {bites.told(audited, during)}"
        return Standing(
            outcome,
            reason,
            settled,
            alpha,
            estimate=float(max(found, worst)),
            interval=None,
            pairs=len(audited),
            starts=len(last) if self.case.starts_known else 0,
            ratios=tuple(float(sum(c.found for _, c in self._asked(each))) for each in counts),
        )

    def _outcome(
        self, found: int, seen: int, counts: Sequence[dict[str, Count]]
    ) -> tuple[Outcome, str, bool]:
        if found:
            return Outcome.REFUTED, self._found_reason(counts), True
        if seen < LEAST_SUBJECTS:
            if not self.case.ended:
                return Outcome.UNDECIDED, "", False
            reason = f"{self.case.ended} after {seen:,} visits; it takes {LEAST_SUBJECTS} at least"
            return Outcome.UNDECIDED, reason, False
        reason = (
            f"none in {seen:,} visits: with 95% confidence it happens to fewer than {_one_in(seen)}"
        )
        return Outcome.PROVED, reason, True

    def _found_reason(self, counts: Sequence[dict[str, Count]]) -> str:
        """Each count that is not zero, at its worst, with ids."""
        worst: dict[str, Count] = {}
        for each in counts:
            for name, count in self._asked(each):
                if count.found > worst.get(name, Count(0, 0)).found:
                    worst[name] = count
        return "; ".join(
            f"{name}: {count.found:,} of {count.of:,}"
            + (f" ({', '.join(count.examples[:3])}{', …' if count.found > 3 else ''})")
            for name, count in worst.items()
        )

    def _asked(self, counts: dict[str, Count]) -> list[tuple[str, Count]]:
        wanted = self.question.count
        return [(name, count) for name, count in counts.items() if wanted in (None, name)]

    def _unknown(self, counts: Sequence[dict[str, Count]]) -> str:
        wanted = self.question.count
        if wanted is None or all(wanted in each for each in counts):
            return ""
        known = ", ".join(counts[0])
        return f"the audit {self.question.audit} has no count `{wanted}`; it has {known}"


def _one_in(seen: int) -> str:
    return f"one in {seen // 3:,}"
