"""The verdict on a ratio of latency quantiles, or of throughputs: a sign test on pairs, or epochs.

The looks are taken in order, and the first at which the test ends, on evidence that is sound, gives
the verdict. What was measured after it changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from assay.evidence.pooled import pooled
from assay.verdicts.case import Case, Interval, Standing
from assay.verdicts.flags import ratio_flags
from assay.verdicts.pairs import Doubt, Pair, difference, pairs_of
from assay.verdicts.saturation import errors_apart, unsaturated
from assay.verdicts.sign_test import OPEN, Boundary, boundary, interval, looks_needed
from assay.verdicts.types import Outcome, Quantity, RatioQuestion
from assay.verdicts.validity import LEAST_INVALID, collapse_reason, invalid_reason, too_many

LEAST_STARTS = 3
LUCK = math.log(1.15)
"""How far the luck of the starts may move a ratio that rests on so few of them: over three
standard deviations where each start is 5% off (tests/calibration)."""
TOO_FEW = 5
"""Below so many, how they fell tells nothing of how many would decide."""
PAST_ALL = 10_000
"""Pairs beyond which saying how many would do helps nobody."""


@dataclass(frozen=True)
class RatioEvidence:
    """The pairs of a case, read once and then judged at one level of error or another."""

    case: Case
    question: RatioQuestion

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        return pairs_of(self.case.blocks, self.question, self.case.error_limit)

    def standing(self, alpha: float, claims: int) -> Standing:
        """Where the case stands as one of `claims` that share the error `alpha`."""
        limit = boundary(self.case.n_max, alpha, claims)
        units: list[tuple[Pair, ...]] = []
        seen = 0
        for unit, seen in self._units():
            if unit:
                units.append(unit)
            # Information decides nothing, and is shown over all that was measured.
            decided = self._decided(units, self.pairs[:seen], limit) if self.case.judged else None
            if decided:
                return self._standing(*decided, True, units, seen, limit)
            if len(units) == self.case.n_max:
                break
        exhausted = len(units) >= self.case.n_max
        # Pairs of an epoch that was cut short are shown, but decide nothing.
        seen = seen if exhausted else len(self.pairs)
        outcome, reason = self._open(units, self.pairs[:seen], limit, exhausted)
        return self._standing(outcome, reason, exhausted, units, seen, limit)

    def _units(self) -> Iterator[tuple[tuple[Pair, ...], int]]:
        """Each unit of inference, as its valid pairs, with the number of pairs seen until then.

        A unit is a pair, or a complete epoch where there are several pairs to one: processes that
        were started once share the luck of that start. Empty where all of its pairs are invalid.
        """
        per_epoch = self._per_epoch
        begun = 0
        for seen, pair in enumerate(self.pairs, 1):
            if per_epoch > 1 and self.pairs[begun].epoch != pair.epoch:
                begun = seen - 1
            if seen - begun == per_epoch:
                yield tuple(p for p in self.pairs[begun:seen] if p.valid), seen
                begun = seen

    def _decided(
        self, units: Sequence[tuple[Pair, ...]], seen: Sequence[Pair], limit: Boundary
    ) -> tuple[Outcome, str] | None:
        """What ends the measuring at this look: the test, or evidence that cannot be used."""
        fallen = _fallen(seen)
        if fallen >= LEAST_INVALID and too_many(fallen, len(seen)):
            return Outcome.INVALID, self._collapse_reason(seen)
        if _too_many_invalid(seen):
            return Outcome.INVALID, _invalid_reason(seen)
        # One or two of a few pairs are over 10% already: wait for whether it was chance.
        if too_many(fallen, len(seen)):
            return None
        outcome = self._reached(units, limit)
        if outcome is None or self._tail_disagrees(outcome, seen):
            return None
        if unlike := self._unlike(seen):
            return Outcome.INVALID, unlike
        return outcome, self._tolerance_reason(outcome, units, limit)

    def _unlike(self, seen: Sequence[Pair]) -> str:
        """Why two throughputs cannot be compared; empty where they can, and for latencies."""
        if not self.question.numerator.is_throughput:
            return ""
        valid = [pair for pair in seen if pair.valid]
        return errors_apart(valid) or unsaturated(valid, self.case.doubled)

    def _reached(self, units: Sequence[tuple[Pair, ...]], limit: Boundary) -> Outcome | None:
        if self._interval(units, self._eased, limit)[0] > 0:
            return Outcome.PROVED
        if self._interval(units, self.question.required, limit)[1] < 0:
            return Outcome.REFUTED
        return None

    def _open(
        self,
        units: Sequence[tuple[Pair, ...]],
        seen: Sequence[Pair],
        limit: Boundary,
        exhausted: bool,
    ) -> tuple[Outcome, str]:
        """Undecided, and why measuring ended; no reason while it goes on."""
        if not exhausted and not self.case.ended:
            return Outcome.UNDECIDED, ""
        if not seen:
            return Outcome.UNDECIDED, f"{self.case.ended} before a pair was complete"
        if too_many(_fallen(seen), len(seen)):
            return Outcome.INVALID, self._collapse_reason(seen)
        if _too_many_invalid(seen) or not any(pair.valid for pair in seen):
            return Outcome.INVALID, _invalid_reason(seen)
        if unlike := self._unlike(seen):
            return Outcome.INVALID, unlike
        if not self.case.judged:
            return Outcome.UNDECIDED, ""
        reached = self._reached(units, limit)
        if reached and self._tail_disagrees(reached, seen):
            return Outcome.UNDECIDED, self._tail_reason(reached, seen)
        ended = f"{self.case.n_max} {self._noun} did not decide" if exhausted else self.case.ended
        return Outcome.UNDECIDED, f"{ended}; {self._probably(units, limit)}"

    def _probably(self, units: Sequence[tuple[Pair, ...]], limit: Boundary) -> str:
        required = self.question.required
        above = sum(d > 0 for d in self._differences(units, required, Doubt.CLAIM))
        below = sum(d < 0 for d in self._differences(units, required, Doubt.REFUTATION))
        if len(units) < TOO_FEW:
            return f"too few {self._noun} to say how many pairs would do"
        needed = looks_needed(above, below, limit, PAST_ALL // self._per_epoch)
        if needed is None:
            return "it is too close to the requirement to say how many pairs would do"
        # The rough guide knows nothing of the first look that can decide.
        first = next((n for n, count in enumerate(limit.counts, 1) if count is not None), needed)
        needed = max(needed, first)
        return f"about {needed * self._per_epoch:,} pairs would probably do"

    def _standing(
        self,
        outcome: Outcome,
        reason: str,
        settled: bool,
        units: Sequence[tuple[Pair, ...]],
        seen: int,
        limit: Boundary,
    ) -> Standing:
        pairs = self.pairs[:seen]
        valid = [pair for pair in pairs if pair.valid]
        invalid = len(pairs) - len(valid)
        if outcome is Outcome.INVALID or not valid:
            return Standing(outcome, reason, settled, limit.alpha, invalid_pairs=invalid)
        shown = [self.question.shown(pair.ratio) for pair in valid]
        middle = _middle(self._differences(units or [(p,) for p in valid], 1.0))
        history = self._history(valid, limit)
        mean = sum(shown) / len(shown)
        starts = len({pair.epoch for pair in valid}) if self.case.starts_known else 0
        return Standing(
            outcome,
            reason,
            settled,
            limit.alpha,
            estimate=None if math.isnan(middle) else self._shown(middle),
            interval=history[-1],
            mean=mean if math.isfinite(mean) else None,
            pooled=self._pooled_shown(valid),
            pairs=len(valid),
            invalid_pairs=invalid,
            starts=starts,
            flags=ratio_flags(valid, self.question, self.case.error_limit),
            ratios=tuple(shown),
            history=history,
        )

    def _history(self, valid: Sequence[Pair], limit: Boundary) -> tuple[Interval, ...]:
        """The interval after each valid pair; it moves where a unit ends with that pair."""
        ends = {unit[-1].number: unit for unit, _ in self._units() if unit}
        done: list[tuple[Pair, ...]] = []
        reached: Interval = OPEN
        history: list[Interval] = []
        for pair in valid:
            if pair.number in ends:
                done.append(ends[pair.number])
                low, high = self._interval(done, 1.0, limit)
                ends_shown = self._end(low), self._end(high)
                reached = min(ends_shown), max(ends_shown)
            history.append(reached)
        return tuple(history)

    def _end(self, distance: float) -> float:
        """One end of an interval; open where every ratio that way is still possible."""
        if math.isfinite(distance):
            return self._shown(distance)
        upwards = (distance > 0) is self.question.at_least
        return math.inf if upwards is (self.question.slope > 0) else -math.inf

    def _interval(
        self, units: Sequence[tuple[Pair, ...]], required: float, limit: Boundary
    ) -> Interval:
        """Of the distance from `required`; lateness widens it, and so can only cost a verdict.

        Where an epoch has several pairs, each of them counts too, once there were enough starts
        and `LUCK` of them is allowed for: what is far from the requirement needs no seven starts.
        """
        low, high = self._sign_interval(units, required, limit)
        if self._per_epoch > 1 and len(units) >= LEAST_STARTS:
            pairs = [(pair,) for unit in units for pair in unit][: limit.n_max]
            by_pair = self._sign_interval(pairs, required, limit)
            low, high = max(low, by_pair[0] - LUCK), min(high, by_pair[1] + LUCK)
        return low, high

    def _sign_interval(
        self, units: Sequence[tuple[Pair, ...]], required: float, limit: Boundary
    ) -> Interval:
        low, _ = interval(self._differences(units, required, Doubt.CLAIM), limit)
        _, high = interval(self._differences(units, required, Doubt.REFUTATION), limit)
        return low, high

    def _differences(
        self,
        units: Sequence[tuple[Pair, ...]],
        required: float,
        doubt: Doubt = Doubt.NOBODY,
    ) -> list[float]:
        return [
            _middle([difference(p, self.question, required, doubt) for p in unit]) for unit in units
        ]

    def _shown(self, distance: float) -> float:
        """The user's left-hand side for a difference from a requirement of 1."""
        exponent = distance if self.question.at_least else -distance
        return self.question.shown(math.exp(exponent))

    @property
    def _per_epoch(self) -> int:
        return self.case.pairs_per_epoch if self.case.starts_known else 1

    @property
    def _noun(self) -> str:
        """Of the units of inference."""
        return "starts" if self._per_epoch > 1 else "pairs"

    @property
    def _eased(self) -> float:
        share = self.question.tolerance
        required = self.question.required
        return required * (1 - share) if self.question.at_least else required / (1 - share)

    def _pooled_shown(self, pairs: Sequence[Pair]) -> float | None:
        ratio = self._pooled_ratio(pairs)
        return None if math.isnan(ratio) or math.isinf(ratio) else self.question.shown(ratio)

    def _pooled_ratio(self, pairs: Sequence[Pair]) -> float:
        above, below = self.question.numerator, self.question.denominator
        valid = [pair for pair in pairs if pair.valid]
        if above.is_throughput:
            done = pooled((p.numerator for p in valid), above.request).ok_per_s
            over = pooled((p.denominator for p in valid), below.request).ok_per_s
            return done / over if over else (math.inf if done else math.nan)
        if above.quantile is None or below.quantile is None:
            raise ValueError(f"{above} / {below} is no ratio of quantiles")
        top = pooled((p.numerator for p in valid), above.request).quantile_us(above.quantile)
        bottom = pooled((p.denominator for p in valid), below.request).quantile_us(below.quantile)
        if math.isinf(top) and math.isinf(bottom):
            return math.nan
        return top / max(bottom, 1.0)

    def _tail_disagrees(self, outcome: Outcome, seen: Sequence[Pair]) -> bool:
        """Whether all requests taken together fall on the other side of what was tested."""
        ratio = self._pooled_ratio(seen)
        tested = self._eased if outcome is Outcome.PROVED else self.question.required
        for_claim = ratio >= tested if self.question.at_least else ratio <= tested
        # NaN supports nothing, and contradicts nothing.
        return not math.isnan(ratio) and for_claim is not (outcome is Outcome.PROVED)

    def _tail_reason(self, outcome: Outcome, seen: Sequence[Pair]) -> str:
        ratio = self.question.shown(self._pooled_ratio(seen))
        said = "would prove" if outcome is Outcome.PROVED else "would refute"
        return (
            f"tail disagreement: the pairs {said} it, but all requests taken together give"
            f" {ratio:.3g}, on the other side of {self.question.shown(self.question.required):.3g}"
        )

    def _tolerance_reason(
        self, outcome: Outcome, units: Sequence[tuple[Pair, ...]], limit: Boundary
    ) -> str:
        if outcome is not Outcome.PROVED or not self.question.tolerance:
            return ""
        if self._interval(units, self.question.required, limit)[0] > 0:
            return ""
        return (
            f"within the tolerance of {self.question.tolerance * 100:.3g}% that the claim declares"
        )

    def _collapse_reason(self, seen: Sequence[Pair]) -> str:
        fallen = [
            (block, self._asked_of(pair, block.variant)) for pair in seen for block in pair.fallen
        ]
        return collapse_reason(fallen, len(seen), self.case.error_limit)

    def _asked_of(self, pair: Pair, variant: str) -> Quantity:
        top = pair.numerator.variant == variant
        return self.question.numerator if top else self.question.denominator


def _too_many_invalid(pairs: Sequence[Pair]) -> bool:
    invalid = sum(not pair.valid for pair in pairs)
    return invalid >= LEAST_INVALID and too_many(invalid, len(pairs))


def _fallen(pairs: Sequence[Pair]) -> int:
    return sum(bool(pair.fallen) for pair in pairs)


def _invalid_reason(pairs: Sequence[Pair]) -> str:
    return invalid_reason([pair.fault for pair in pairs if pair.fault], len(pairs))


def _middle(differences: Sequence[float]) -> float:
    """The median; NaN where a comparison without an answer would stand there."""
    known = sorted(d for d in differences if not math.isnan(d))
    if not known:
        return math.nan
    if len(known) == 1:
        return known[0]
    low, high = known[(len(known) - 1) // 2], known[len(known) // 2]
    return low if low == high else (low + high) / 2
