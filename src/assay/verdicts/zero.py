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
from assay.verdicts.audits import Counts, found_after
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
        audited = [
            (block, counts)
            for block, counts in found_after(self.case.blocks, question.audit)
            if block.variant == question.variant and block.under(question.during)
        ]
        if not audited:
            reason = f"{self.case.ended} before an audit" if self.case.ended else ""
            return Standing(Outcome.UNDECIDED, reason, settled=False, alpha=alpha)
        blocks, counts = zip(*audited, strict=True)
        if unknown := self._unknown(counts):
            return Standing(Outcome.INVALID, unknown, settled=True, alpha=alpha)
        during = self.question.during
        if during and (harmless := bites.harmless(blocks, during, self.question.in_flight)):
            return Standing(Outcome.INVALID, harmless, settled=True, alpha=alpha)
        found = [sum(count.found for count in self._asked(each).values()) for each in counts]
        # A visit that got no answer to begin with cannot be lost.
        seen = sum(b.requests() if b.told is None else b.told for b in blocks)
        outcome, reason, settled = self._outcome(sum(found), seen, counts)
        if outcome is Outcome.PROVED and during:
            reason += f"; {bites.told(blocks, during)}"
        return Standing(
            outcome,
            reason,
            settled,
            alpha,
            estimate=float(sum(found)),
            interval=None,
            pairs=len(blocks),
            starts=len({block.epoch for block in blocks}) if self.case.starts_known else 0,
            ratios=tuple(map(float, found)),
        )

    def _outcome(
        self, found: int, seen: int, counts: Sequence[Counts]
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

    def _found_reason(self, counts: Sequence[Counts]) -> str:
        """Each count that is not zero, with ids."""
        found: dict[str, list[Count]] = {}
        for each in counts:
            for name, count in self._asked(each).items():
                if count.found:
                    found.setdefault(name, []).append(count)
        return "; ".join(_told(name, each) for name, each in found.items())

    def _asked(self, counts: Counts) -> Counts:
        wanted = self.question.count
        return {name: count for name, count in counts.items() if wanted in (None, name)}

    def _unknown(self, counts: Sequence[Counts]) -> str:
        wanted = self.question.count
        if wanted is None or all(wanted in each for each in counts):
            return ""
        known = ", ".join(counts[0])
        return f"the audit {self.question.audit} has no count `{wanted}`; it has {known}"


def _one_in(seen: int) -> str:
    return f"one in {seen // 3:,}"


def _told(name: str, counts: Sequence[Count]) -> str:
    total = sum(count.found for count in counts)
    ids = [id for count in counts for id in count.examples][:3]
    named = f" ({', '.join(ids)}{', …' if total > len(ids) else ''})" if ids else ""
    return f"{name}: {total:,} of {max(count.of for count in counts):,}{named}"
