"""Whether a block can be used at all: checks that come before any test, and know no labels.

Two things are told apart. A block is *unfit* where the generator or the run spoilt it: its whole
pair is dropped, whatever the latencies say. A block has *collapsed* where the service failed more
requests than its workload allows: that is the service's doing, so the block is never dropped. It
counts as infinitely slow.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from assay.evidence.block import Block
from assay.verdicts.types import Quantity

MOST_LAG = 0.30
"""p99 of the lag, as a share of the p99 of the latency."""
MOST_MOVED = 0.25
"""Share of the measured quantile by which it may be less when counted from the sending."""
LEAST_SENT = 0.98
MOST_ENGINE_CPU = 0.70
MOST_SPOILT = 0.10
"""Share of the pairs that may be invalid, and share that may have a collapsed block."""
LEAST_INVALID = 3
"""Fewer invalid pairs than this never end a claim, whatever their share."""


class Fault(StrEnum):
    """Why a pair cannot be used; also what the commonest reason is counted by."""

    EMPTY = "empty"
    LATE = "late"
    SENT_TOO_FEW = "sent too few"
    ENGINE_BUSY = "engine busy"
    RESTARTED = "restarted"
    UNREAD = "unread"
    BOTH_COLLAPSED = "both collapsed"


@dataclass(frozen=True)
class Unfit:
    fault: Fault
    sentence: str
    """What was found in the block, with the numbers, without a full stop."""


def unfit(block: Block, quantity: Quantity) -> Unfit | None:
    """The first reason why the block cannot answer for `quantity`; None where it can."""
    where = f"{block.variant} in pair {block.pair}"
    unasked = block.requests() > 0 and block.requests(quantity.request) == 0
    if block.scheduled == 0 or unasked:
        return Unfit(Fault.EMPTY, f"{where}: the block held no request that {quantity} is about")
    if block.sent < LEAST_SENT * block.scheduled:
        share = block.sent / block.scheduled
        return Unfit(
            Fault.SENT_TOO_FEW,
            f"{where}: the engine sent {block.sent:,} of {block.scheduled:,} scheduled requests"
            f" ({share:.1%}), under {LEAST_SENT:.0%}",
        )
    if block.engine_cpu > MOST_ENGINE_CPU:
        return Unfit(
            Fault.ENGINE_BUSY,
            f"{where}: the engine's busiest thread worked {block.engine_cpu:.0%} of a core,"
            f" over {MOST_ENGINE_CPU:.0%}",
        )
    if block.restarted:
        names = ", ".join(block.restarted)
        return Unfit(Fault.RESTARTED, f"{where}: {names} restarted during the block")
    if quantity.is_metric and block.metrics.get(quantity.measure, (0, 0))[1] <= 0:
        read = quantity.measure in block.metrics
        what = "counted nothing" if read else "could not be read around the block"
        return Unfit(Fault.UNREAD, f"{where}: {quantity.measure} {what}")
    if quantity.quantile is not None:
        return _late(block, quantity, where)
    return None


def _late(block: Block, quantity: Quantity, where: str) -> Unfit | None:
    """Whether the engine was so late that not even the `span_us` of the quantile can be trusted."""
    lag_us, tail_us = block.lag.quantile(0.99), block.quantile_us(0.99, quantity.request)
    if lag_us > MOST_LAG * tail_us:
        return Unfit(
            Fault.LATE,
            f"{where}: the engine sent its requests up to {lag_us / 1000:.3g} ms late,"
            f" over {MOST_LAG:.0%} of the {tail_us / 1000:.3g} ms that they took (p99 of both)",
        )
    return None


def moved(block: Block, quantity: Quantity) -> Unfit | None:
    """Whether lateness may have made much of a quantile, where it is compared with a limit.

    A ratio needs no such rule: it is taken at the end of the span that supports it least.
    """
    if quantity.quantile is None:
        return None
    sent_us, measured_us = _span_us(block, quantity, quantity.quantile)
    if measured_us - sent_us > MOST_MOVED * measured_us:
        where = f"{block.variant} in pair {block.pair}"
        return Unfit(
            Fault.LATE,
            f"{where}: the engine sent late, which made {sent_us / 1000:.3g} ms from the sending"
            f" {measured_us / 1000:.3g} ms from the intended start, over {MOST_MOVED:.0%} more",
        )
    return None


def collapsed(block: Block, quantity: Quantity, error_limit: float) -> bool:
    """Whether more requests failed than the workload allows, in all or of those asked about."""
    return _error_rate(block, quantity) > error_limit


def quantile_us(block: Block, quantity: Quantity, error_limit: float) -> float:
    """The quantile that `quantity` names, in us, at least 1; infinite where the block collapsed."""
    return span_us(block, quantity, error_limit)[1]


def span_us(block: Block, quantity: Quantity, error_limit: float) -> tuple[float, float]:
    """Between what a generator that is never late would have measured, in us.

    The upper end is the quantile from the intended start, the lower end that from the moment of
    sending (tests/verdicts/test_lateness.py). Both at least 1, and infinite where the block
    collapsed.
    """
    if quantity.quantile is None:
        raise ValueError(f"{quantity} is not a quantile")
    if collapsed(block, quantity, error_limit):
        return math.inf, math.inf
    low, high = _span_us(block, quantity, quantity.quantile)
    return max(low, 1.0), max(high, 1.0)


def _span_us(block: Block, quantity: Quantity, q: float) -> tuple[float, float]:
    measured_us = block.quantile_us(q, quantity.request)
    # A request that waited for a free connection has no lag: its wait is the system's doing.
    if block.lag.count < block.sent:
        return measured_us, measured_us
    return block.quantile_us(q, quantity.request, "service"), measured_us


def collapse_reason(blocks: Sequence[tuple[Block, Quantity]], measured: int, limit: float) -> str:
    """Of the collapsed blocks, each with what was asked of it: who failed how much, how often."""
    variant = Counter(block.variant for block, _ in blocks).most_common(1)[0][0]
    rates = [_error_rate(block, asked) for block, asked in blocks if block.variant == variant]
    mean = sum(rates) / len(rates)
    return (
        f"{variant} failed {_percent(mean)} of its requests, over the limit of {_percent(limit)},"
        f" in {len(rates)} of {measured} blocks"
    )


def invalid_reason(faults: Sequence[Unfit], measured: int) -> str:
    """The commonest reason among the invalid pairs, with an example of it."""
    commonest = Counter(fault.fault for fault in faults).most_common(1)[0][0]
    alike = [fault for fault in faults if fault.fault == commonest]
    share = "" if len(alike) == len(faults) else f"{len(alike)} of them "
    return f"{len(faults)} of {measured} pairs are invalid, {share}like this: {alike[0].sentence}"


def too_many(spoilt: int, measured: int) -> bool:
    """Whether more than 10% of the pairs are spoilt, so that no verdict can be given."""
    return spoilt > MOST_SPOILT * measured


def _error_rate(block: Block, quantity: Quantity) -> float:
    late = not quantity.is_throughput  # of which it is no part anyway
    whole = block.error_rate(late=late)
    if quantity.request is None:
        return whole
    return max(whole, block.error_rate(quantity.request, late))


def _percent(share: float) -> str:
    return f"{share * 100:.3g}%"
