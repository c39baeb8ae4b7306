"""What was seen beside a verdict: sentences that warn, and change no outcome.

Each is a fixed rule on the valid pairs or blocks, so that the same evidence always warns the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from statistics import median

from assay.evidence.block import Block
from assay.evidence.pooled import pooled
from assay.verdicts.pairs import Pair
from assay.verdicts.proportion import log_incomplete_beta
from assay.verdicts.saturation import limits
from assay.verdicts.types import Quantity, RatioQuestion
from assay.verdicts.validity import quantile_us

RARE = 0.001
"""Chance of a false alarm that drift and carry-over allow themselves."""
LEAST_PAIRS = 8
OFTEN = 0.20
"""Share of the blocks in which the machine must have been disturbed."""
NEIGHBOUR_CORES = 0.2
STOLEN_CORES = 0.05
DELAYED_ACK_US = (39_000, 45_000)
DELAYED_ACK_AROUND_US = (33_000, 51_000)
LEAST_MODE = 20
"""Requests that must stand near 40 ms, beside 0.1% of all."""
APART = math.log(1.25)
"""Least distance of two groups of blocks, on the log scale."""


def ratio_flags(
    pairs: Sequence[Pair], question: RatioQuestion, error_limit: float
) -> tuple[str, ...]:
    """Warnings on a ratio, from its valid pairs in order."""
    if question.numerator.is_throughput:
        blocks = [block for pair in pairs for block in pair.blocks]
        return (*limits(blocks), *_over_time(pairs))
    found = list(_over_time(pairs))
    for quantity, blocks in (
        (question.numerator, [pair.numerator for pair in pairs]),
        (question.denominator, [pair.denominator for pair in pairs]),
    ):
        found += [_delayed_ack(blocks, quantity), _two_groups(blocks, quantity, error_limit)]
    both = [(block, question.numerator) for pair in pairs for block in (pair.numerator,)]
    both += [(block, question.denominator) for pair in pairs for block in (pair.denominator,)]
    return tuple(filter(None, found)) + machine_flags(both)


def _over_time(pairs: Sequence[Pair]) -> tuple[str, ...]:
    known = [pair for pair in pairs if math.isfinite(pair.ratio) and pair.ratio > 0]
    logs = [math.log(pair.ratio) for pair in known]
    first = [pair.numerator.position == 0 for pair in known]
    return tuple(filter(None, (_drift(logs), _carry_over(logs, first))))


PREDICTION_WITHIN = 0.02


def limit_flags(blocks: Sequence[Block], quantity: Quantity, error_limit: float) -> tuple[str, ...]:
    """Warnings on one quantity, from its valid blocks in order."""
    found: list[str] = []
    if quantity.quantile is not None:
        found = [_delayed_ack(blocks, quantity), _two_groups(blocks, quantity, error_limit)]
    return tuple(filter(None, found)) + machine_flags([(block, quantity) for block in blocks])


def prediction_flags(measured: float, predicted: float | None) -> tuple[str, ...]:
    """What the workload lets expect of a share, and whether that is far from what was measured."""
    if predicted is None:
        return ()
    told = f"the workload predicts {predicted:.1%}"
    if abs(measured - predicted) > PREDICTION_WITHIN:
        told += f", more than two points from the {measured:.1%} that were measured"
    return (told,)


def start_flags(thrown_away: int) -> tuple[str, ...]:
    """How often the system was started in vain."""
    if not thrown_away:
        return ()
    starts = "1 start was" if thrown_away == 1 else f"{thrown_away} starts were"
    return (f"{starts} thrown away: no steady state",)


def machine_flags(asked: Sequence[tuple[Block, Quantity]]) -> tuple[str, ...]:
    """What the machine did beside the work that was asked of it."""
    blocks = [block for block, _ in asked]
    found = (
        _often(
            blocks,
            lambda block: block.machine.neighbour_cores > NEIGHBOUR_CORES,
            f"a neighbour took over {NEIGHBOUR_CORES:g} cores",
        ),
        _often(
            blocks,
            lambda block: block.machine.stolen_cores > STOLEN_CORES,
            f"the hypervisor took over {STOLEN_CORES:g} cores",
        ),
        _often(
            [block for block, quantity in asked if _stood_still(block, quantity)],
            lambda _: True,
            "a core stood still for longer than the measured quantile",
            of=len(blocks),
        ),
    )
    return tuple(filter(None, found))


def spearman(values: Sequence[float]) -> tuple[float, float]:
    """Rank correlation of the values with their order, and its two-sided chance.

    By the t approximation with n - 2 degrees of freedom (Kendall, 1939), whose tail is the
    incomplete beta function at 1 - rho^2. Ties share their mean rank.
    """
    n = len(values)
    ranks = _ranks(values)
    centre = (n + 1) / 2
    spread = sum((rank - centre) ** 2 for rank in ranks) * n * (n * n - 1) / 12
    if n < 3 or spread == 0:
        return 0.0, 1.0
    along = sum((i - centre) * (rank - centre) for i, rank in enumerate(ranks, 1))
    rho = along / math.sqrt(spread)
    rest = 1 - rho * rho
    if rest <= 1e-12:
        return rho, 0.0
    if rest >= 1 - 1e-12:
        return rho, 1.0
    half = (n - 2) / 2
    whole = math.lgamma(half) + math.lgamma(0.5) - math.lgamma(half + 0.5)
    return rho, math.exp(log_incomplete_beta(half, 0.5, rest) - whole)


def _drift(logs: Sequence[float]) -> str:
    if len(logs) < LEAST_PAIRS:
        return ""
    rho, chance = spearman(logs)
    if chance >= RARE:
        return ""
    way = "rose" if rho > 0 else "fell"
    return f"the ratio {way} while it was measured (rank correlation {rho:.2f} over the pairs)"


def _carry_over(logs: Sequence[float], first: Sequence[bool]) -> str:
    """Whether it mattered which block of a pair ran first, by a sign test around the median."""
    if len(logs) < LEAST_PAIRS:
        return ""
    centre = median(logs)
    signs = [
        (d > centre) is was_first for d, was_first in zip(logs, first, strict=True) if d != centre
    ]
    n, slower = len(signs), sum(signs)
    tail = sum(math.comb(n, k) for k in range(max(slower, n - slower), n + 1)) / 2**n
    if 2 * tail >= RARE:
        return ""
    which = "first" if slower > n / 2 else "second"
    return (
        f"the block that ran {which} was the slower one in {max(slower, n - slower)} of {n} pairs:"
        " something is carried over from block to block"
    )


def _delayed_ack(blocks: Sequence[Block], quantity: Quantity) -> str:
    """A heap of requests near 40 ms, over what lies beside it, on a service that is faster."""
    answered = pooled(blocks, quantity.request).answered
    near = beside = 0
    for value_us, count in answered.counts():
        if DELAYED_ACK_US[0] <= value_us <= DELAYED_ACK_US[1]:
            near += count
        elif DELAYED_ACK_AROUND_US[0] <= value_us <= DELAYED_ACK_AROUND_US[1]:
            beside += count
    heap = near > max(LEAST_MODE, 3 * beside, RARE * answered.count)
    if not heap or answered.quantile(0.5) > DELAYED_ACK_US[0] / 2:
        return ""
    return (
        f"{quantity.variant} answered {near / answered.count * 100:.2g}% of its requests after"
        " about 40 ms: the mark of delayed TCP acknowledgements (set TCP_NODELAY)"
    )


def _two_groups(blocks: Sequence[Block], quantity: Quantity, error_limit: float) -> str:
    """Whether the blocks fall into two groups that lie further apart than either is wide."""
    times = sorted(quantile_us(block, quantity, error_limit) for block in blocks)
    times = [us for us in times if math.isfinite(us)]
    least = max(3, math.ceil(OFTEN * len(times)))
    if len(times) < max(LEAST_PAIRS, 2 * least):
        return ""
    logs = [math.log(us) for us in times]
    cut = max(range(1, len(logs)), key=lambda i: logs[i] - logs[i - 1])
    gap = logs[cut] - logs[cut - 1]
    widest = max(logs[cut - 1] - logs[0], logs[-1] - logs[cut])
    if min(cut, len(logs) - cut) < least or gap < APART or gap < widest:
        return ""
    low, high = median(times[:cut]) / 1000, median(times[cut:]) / 1000
    return (
        f"the blocks of {quantity.variant} fall into two groups, about {low:.3g} ms ({cut} blocks)"
        f" and {high:.3g} ms ({len(times) - cut})"
    )


def _stood_still(block: Block, quantity: Quantity) -> bool:
    if quantity.quantile is None:
        return False
    measured_us = block.quantile_us(quantity.quantile, quantity.request)
    return any(h.realtime and h.longest_us > measured_us for h in block.machine.hiccups)


def _often(
    blocks: Sequence[Block], disturbed: Callable[[Block], bool], what: str, of: int | None = None
) -> str:
    seen, total = sum(map(disturbed, blocks)), len(blocks) if of is None else of
    return f"{what} in {seen} of {total} blocks" if seen > OFTEN * total else ""


def _ranks(values: Iterable[float]) -> list[float]:
    given = list(values)
    ordered = sorted(given)
    first: dict[float, int] = {}
    count: dict[float, int] = {}
    for place, value in enumerate(ordered, 1):
        first.setdefault(value, place)
        count[value] = count.get(value, 0) + 1
    return [first[value] + (count[value] - 1) / 2 for value in given]
