"""From blocks to pairs, and from pairs to the differences that are tested."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from assay.evidence.block import Block
from assay.verdicts.types import Quantity, RatioQuestion
from assay.verdicts.validity import Fault, Unfit, collapsed, span_us, unfit


@dataclass(frozen=True)
class Pair:
    """Two adjacent blocks, one on each variant, of the same requests."""

    number: int
    epoch: int
    numerator: Block
    denominator: Block
    fault: Unfit | None
    """Why the pair cannot be used; found without regard to the latencies or the labels."""
    fallen: tuple[Block, ...]
    """Those of its blocks in which more requests failed than the workload allows."""
    ratio: float
    """Of the two figures: infinite or 0 where one block collapsed, NaN where both did."""
    span: tuple[float, float]
    """Between what `ratio` would be if the engine had never been late; it is in there itself."""

    @property
    def valid(self) -> bool:
        return self.fault is None

    @property
    def blocks(self) -> tuple[Block, Block]:
        """In the order in which they ran."""
        if self.numerator.position == 0:
            return self.numerator, self.denominator
        return self.denominator, self.numerator


def pairs_of(
    blocks: Sequence[Block], question: RatioQuestion, error_limit: float
) -> tuple[Pair, ...]:
    """The complete pairs, by their number. A block whose partner is still missing waits for it."""
    above, below = question.numerator, question.denominator
    tops = {b.pair: b for b in blocks if b.variant == above.variant}
    bottoms = {b.pair: b for b in blocks if b.variant == below.variant}
    return tuple(
        _pair(tops[number], bottoms[number], question, error_limit)
        for number in sorted(tops.keys() & bottoms.keys())
    )


class Doubt(Enum):
    """Whom the engine's lateness is held against."""

    NOBODY = auto()
    CLAIM = auto()
    REFUTATION = auto()


def difference(pair: Pair, question: RatioQuestion, required: float, doubt: Doubt) -> float:
    """log(ratio / required), positive where it supports the claim; NaN where it says nothing."""
    if doubt is Doubt.NOBODY:
        ratio = pair.ratio
    else:
        ratio = pair.span[0 if (doubt is Doubt.CLAIM) is question.at_least else 1]
    if math.isnan(ratio):
        return math.nan
    distance = (math.log(ratio) if ratio > 0 else -math.inf) - math.log(required)
    return distance if question.at_least else -distance


def _pair(top: Block, bottom: Block, question: RatioQuestion, error_limit: float) -> Pair:
    asked = ((top, question.numerator), (bottom, question.denominator))
    fallen = tuple(b for b, quantity in asked if collapsed(b, quantity, error_limit))
    fault = next(filter(None, (unfit(b, quantity) for b, quantity in asked)), None)
    if fault is None and len(fallen) == len(asked):
        fault = Unfit(
            Fault.BOTH_COLLAPSED,
            f"both variants failed more than {error_limit * 100:.3g}% of their requests"
            f" in pair {top.pair}",
        )
    above, below = (_span(b, quantity, error_limit) for b, quantity in asked)
    ratio = _ratio(above[1], below[1])
    span = _ratio(above[0], below[1]), _ratio(above[1], below[0])
    return Pair(top.pair, top.epoch, top, bottom, fault, fallen, ratio, span)


def _span(block: Block, quantity: Quantity, error_limit: float) -> tuple[float, float]:
    """Between what a generator that is never late would have measured."""
    if not quantity.is_throughput:
        return span_us(block, quantity, error_limit)
    fallen = collapsed(block, quantity, error_limit)
    done_per_s = 0.0 if fallen else block.done_per_s(quantity.request)
    return done_per_s, done_per_s


def _ratio(above: float, below: float) -> float:
    if above == below and (above == 0 or math.isinf(above)):
        return math.nan
    return above / below if below else math.inf
