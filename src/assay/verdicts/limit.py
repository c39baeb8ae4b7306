"""The verdict on one quantity against a limit, as a share of the requests.

`p99 <= 20ms` says that at least 99% of the requests end within 20 ms, `error_rate <= 1%` that at
least 99% of them succeed, and `cache_hit_rate >= 92%` is a share that the service counts itself.
The share is tested by e-values (`proportion`), on counts divided by their design effect
(`dispersion`), after each block. A failed request is never within a limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from assay._engine import Histogram
from assay.evidence.block import Block
from assay.evidence.pooled import Pooled
from assay.verdicts.case import Case, Interval, Standing
from assay.verdicts.dispersion import LEAST_BLOCKS, design_effect
from assay.verdicts.flags import limit_flags, prediction_flags
from assay.verdicts.proportion import (
    least_successes,
    log_e_above,
    log_e_below,
    most_successes,
)
from assay.verdicts.sign_test import OPEN
from assay.verdicts.types import LimitQuestion, Outcome
from assay.verdicts.validity import (
    LEAST_INVALID,
    Unfit,
    collapse_reason,
    collapsed,
    invalid_reason,
    moved,
    too_many,
    unfit,
)


@dataclass(frozen=True)
class Look:
    """All until one block, taken together."""

    seen: int
    faults: tuple[Unfit, ...]
    blocks: tuple[Block, ...]
    """Those that can be used."""
    fallen: tuple[Block, ...]
    """Those of them too full of failures to speak of latencies; none where failures are claimed."""
    whole: Pooled
    successes: int
    """Requests that were within the limit, or did not fail; of a metric, what its part counted."""
    trials: int
    effect: float | None
    """The design effect; None for too few blocks to know it."""


@dataclass(frozen=True)
class LimitEvidence:
    """The blocks of a case, read once and then judged at one level of error or another."""

    case: Case
    question: LimitQuestion

    def standing(self, alpha: float, claims: int) -> Standing:
        """Where the case stands as one of `claims` that share the error `alpha`."""
        level = alpha / claims
        if not self.looks:
            reason = f"{self.case.ended} before a block was complete" if self.case.ended else ""
            return Standing(Outcome.UNDECIDED, reason, settled=False, alpha=level)
        for look in self.looks if self.case.judged else ():
            decided = self._decided(look, level)
            if decided:
                return self._standing(*decided, True, look, level)
        last = self.looks[-1]
        exhausted = len(last.blocks) >= self.case.n_max
        return self._standing(*self._open(last, exhausted), exhausted, last, level)

    @cached_property
    def looks(self) -> tuple[Look, ...]:
        """One after each block, the last where `n_max` of them could be used."""
        looks: list[Look] = []
        faults: list[Unfit] = []
        used: list[Block] = []
        answered: list[Histogram] = []
        merged, failed, seconds = Histogram(), 0, 0.0
        quantity = self.question.quantity
        for block in self.case.blocks:
            if block.variant != quantity.variant or len(used) >= self.case.n_max:
                continue
            if fault := unfit(block, quantity) or moved(block, quantity):
                faults.append(fault)
            else:
                used.append(block)
                answered.append(block.histogram("latency", quantity.request))
                merged = _merged(merged, answered[-1])
                failed += sum(block.failures(quantity.request).values())
                seconds += block.seconds
            whole = Pooled(merged, failed, seconds)
            successes, trials, effect = self._counted(used, answered, whole)
            looks.append(
                Look(
                    seen=len(used) + len(faults),
                    faults=tuple(faults),
                    blocks=tuple(used),
                    fallen=tuple(self._fallen(used)),
                    whole=whole,
                    successes=successes,
                    trials=trials,
                    effect=effect,
                )
            )
        return tuple(looks)

    def _decided(self, look: Look, level: float) -> tuple[Outcome, str] | None:
        """What ends the measuring at this look: the test, or evidence that cannot be used."""
        if _too_many_invalid(look):
            return Outcome.INVALID, _invalid_reason(look)
        outcome = self._reached(look, level)
        # Failures only make a service slower: that an upper limit was broken stands without them.
        if outcome is Outcome.REFUTED and not self.question.at_least:
            return outcome, ""
        if too_many(len(look.fallen), len(look.blocks)):
            if len(look.blocks) < LEAST_BLOCKS or len(look.fallen) < LEAST_INVALID:
                return None
            return Outcome.INVALID, self._collapse_reason(look)
        return (outcome, "") if outcome else None

    def _reached(self, look: Look, level: float) -> Outcome | None:
        """PROVED or REFUTED where an e-value reaches 2 / level."""
        if look.effect is None:
            return None
        good = look.successes / look.effect
        bad = (look.trials - look.successes) / look.effect
        within, beyond = Outcome.PROVED, Outcome.REFUTED
        # Of a metric the part itself is claimed, of all else what keeps below a limit.
        if self.question.at_least != self.question.quantity.is_metric:
            within, beyond = beyond, within
        threshold = math.log(2 / level)
        if log_e_above(good, bad, self._share) >= threshold:
            return within
        return beyond if log_e_below(good, bad, self._share) >= threshold else None

    def _open(self, look: Look, exhausted: bool) -> tuple[Outcome, str]:
        """Undecided, and why measuring ended; no reason while it goes on."""
        if not exhausted and not self.case.ended:
            return Outcome.UNDECIDED, ""
        if not look.blocks or _too_many_invalid(look):
            return Outcome.INVALID, _invalid_reason(look)
        if too_many(len(look.fallen), len(look.blocks)):
            return Outcome.INVALID, self._collapse_reason(look)
        if not self.case.judged:
            return Outcome.UNDECIDED, ""
        if look.effect is None:
            return Outcome.UNDECIDED, (
                f"{self.case.ended or 'it ended'} after {len(look.blocks)} blocks;"
                f" a limit needs at least {LEAST_BLOCKS}"
            )
        ended = f"{self.case.n_max} blocks did not decide" if exhausted else self.case.ended
        return Outcome.UNDECIDED, ended

    def _standing(
        self, outcome: Outcome, reason: str, settled: bool, look: Look, level: float
    ) -> Standing:
        invalid = len(look.faults)
        if outcome is Outcome.INVALID or not look.blocks:
            return Standing(outcome, reason, settled, level, invalid_pairs=invalid)
        looks = [
            self.looks[i]
            for i in range(look.seen)
            if i == 0 or len(self.looks[i].blocks) > len(self.looks[i - 1].blocks)
        ]
        history = tuple(self._interval(look, level) for look in looks if look.blocks)
        figures = tuple(self._figure_of(block) for block in look.blocks)
        mean = sum(figures) / len(figures)
        whole = self._figure(look)
        return Standing(
            outcome,
            reason,
            settled,
            level,
            estimate=whole,
            interval=history[-1],
            mean=mean if math.isfinite(mean) else None,
            pooled=whole if math.isfinite(whole) else None,
            pairs=len(look.blocks),
            invalid_pairs=invalid,
            starts=len({b.epoch for b in look.blocks}) if self.case.starts_known else 0,
            flags=(
                *prediction_flags(whole, self.case.predicted),
                *limit_flags(look.blocks, self.question.quantity, self.case.error_limit),
            ),
            ratios=figures,
            history=history,
        )

    @property
    def _share(self) -> float:
        """The share of successes that the limit stands for."""
        quantity = self.question.quantity
        if quantity.is_metric:
            return self.question.limit
        return 1 - self.question.limit if quantity.quantile is None else quantity.quantile

    def _counted(
        self, blocks: Sequence[Block], answered: Sequence[Histogram], whole: Pooled
    ) -> tuple[int, int, float | None]:
        """Successes, trials, and the design effect of the counts block by block."""
        quantity = self.question.quantity
        request, q = quantity.request, quantity.quantile
        if self.question.gauge:
            return 0, 0, None
        if quantity.is_metric:
            counts = [block.metrics[quantity.measure] for block in blocks]
            successes = [round(part) for part, _ in counts]
            trials = [round(of) for _, of in counts]
            return sum(successes), sum(trials), design_effect(successes, trials)
        trials = [block.requests(request) for block in blocks]
        if q is None:
            successes = [part.count for part in answered]
            return sum(successes), sum(trials), design_effect(successes, trials)
        successes = [_within(part, self.question.limit) for part in answered]
        at_limit = design_effect(successes, trials)
        # A limit that nearly all requests keep says little of how they hang together.
        middle_us = whole.quantile_us(q)
        at_quantile = design_effect([_within(part, middle_us) for part in answered], trials)
        if at_limit is None or at_quantile is None:
            return sum(successes), sum(trials), None
        return sum(successes), sum(trials), max(at_limit, at_quantile)

    def _interval(self, look: Look, level: float) -> Interval:
        """All limits that the test, asked about each of them, would not decide at this look."""
        if look.effect is None:
            return OPEN
        q, trials = self.question.quantity.quantile, look.trials
        if q is None:
            good, bad = look.successes / look.effect, (trials - look.successes) / look.effect
            if self.question.quantity.is_metric:
                return _share_interval(good, bad, level)
            return _share_interval(bad, good, level)
        below = most_successes(trials, q, level, look.effect)
        above = least_successes(trials, q, level, look.effect)
        low = -math.inf if below is None else _value_ms(look.whole.answered, below + 1)
        high = math.inf if above is None else _value_ms(look.whole.answered, above)
        return low, high

    def _figure(self, look: Look) -> float:
        """The quantity over blocks taken together: ms, or a share."""
        if self.question.gauge:
            seen = [block.metrics[self.question.quantity.measure] for block in look.blocks]
            return sum(value for value, _ in seen) / sum(times for _, times in seen)
        if self.question.quantity.is_metric:
            return look.successes / look.trials
        q = self.question.quantity.quantile
        return look.whole.error_rate if q is None else look.whole.quantile_us(q) / 1000

    def _figure_of(self, block: Block) -> float:
        quantity = self.question.quantity
        if quantity.is_metric:
            part, of = block.metrics[quantity.measure]
            return part / of
        request, q = quantity.request, quantity.quantile
        return block.error_rate(request) if q is None else block.quantile_us(q, request) / 1000

    def _fallen(self, blocks: Sequence[Block]) -> list[Block]:
        quantity = self.question.quantity
        if quantity.measure == "error_rate":
            return []
        return [block for block in blocks if collapsed(block, quantity, self.case.error_limit)]

    def _collapse_reason(self, look: Look) -> str:
        asked = [(block, self.question.quantity) for block in look.fallen]
        return collapse_reason(asked, len(look.blocks), self.case.error_limit)


def _merged(one: Histogram, other: Histogram) -> Histogram:
    merged = Histogram()
    merged.merge(one)
    merged.merge(other)
    return merged


def _within(answered: Histogram, limit_us: float) -> int:
    """How many were answered within the limit; all of them where it is infinite."""
    if math.isinf(limit_us):
        return answered.count
    return round(answered.share_within(math.floor(limit_us)) * answered.count)


def _value_ms(answered: Histogram, rank: int) -> float:
    """Of the rank-th fastest request; infinite where that one failed."""
    return math.inf if rank > answered.count else answered.value_at_rank(max(rank, 1)) / 1000


def _share_interval(hits: float, misses: float, level: float) -> Interval:
    """The shares of hits that neither e-value rejects at `level`, by bisection."""
    threshold = math.log(2 / level)
    share = hits / (hits + misses)

    def end(edge: float, rejects: Callable[[float], bool]) -> float:
        kept, rejected = share, edge
        for _ in range(30):
            middle = (kept + rejected) / 2
            if not 0 < middle < 1:
                break
            kept, rejected = (kept, middle) if rejects(middle) else (middle, rejected)
        return rejected

    low = end(0.0, lambda limit: log_e_above(hits, misses, limit) >= threshold) if hits else 0.0
    high = end(1.0, lambda limit: log_e_below(hits, misses, limit) >= threshold) if misses else 1.0
    return low, high


def _too_many_invalid(look: Look) -> bool:
    return len(look.faults) >= LEAST_INVALID and too_many(len(look.faults), look.seen)


def _invalid_reason(look: Look) -> str:
    # A limit is measured on single blocks.
    return invalid_reason(look.faults, look.seen).replace(" pairs are ", " blocks are ", 1)
