"""What throughputs need that latencies do not: systems that were driven as far as they go.

And what held each of them back, in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from assay.evidence.block import Block
from assay.verdicts.pairs import Pair

ADDS_NOTHING = 1.03
"""Twice the users that give less than this much more were too many: the search ends there."""
STILL_SATURATED = 1.10
"""In the run itself, over the median of its starts: a few blocks cannot tell 3% from chance."""
ERRORS_APART = 0.005
TAKEN = 0.95
"""Share of a capacity from which on it is what limits."""
BUSY = 0.90
"""The same of the processor, of which a little is lost between one process and the next."""


def found(steps: Sequence[tuple[int, float]]) -> int | None:
    """The users to load with, of (users, done a second) at one doubling after another.

    None while another doubling may still add something. Once may have been a bad moment: what adds
    nothing is measured twice.
    """
    users = [n for n, _ in steps[-2:]]
    if len(set(users)) == len(users) or adds(steps) or adds(steps[:-1]):
        return None
    return max(n for n, _ in steps if n < users[-1])


def adds(steps: Sequence[tuple[int, float]]) -> bool:
    """Whether the last step did more than all with fewer users did."""
    users, per_s = steps[-1]
    return per_s >= ADDS_NOTHING * max((done for n, done in steps if n < users), default=0.0)


def errors_apart(pairs: Sequence[Pair]) -> str:
    """Whether one variant failed more than the other by over half a point; empty where not."""
    sides = [
        [pair.numerator for pair in pairs],
        [pair.denominator for pair in pairs],
    ]
    (a, more), (b, less) = sorted(
        ((blocks[0].variant, _failed(blocks)) for blocks in sides if blocks),
        key=lambda side: -side[1],
    ) or (("", 0.0), ("", 0.0))
    if more - less <= ERRORS_APART:
        return ""
    return (
        f"{a} failed {more:.2%} of what was asked of it and {b} {less:.2%}: over half a point"
        " apart, they did not do the same work"
    )


def _failed(blocks: Sequence[Block]) -> float:
    """Share of what was asked that failed; what came late was not done, and is counted as that."""
    asked = sum(block.requests() for block in blocks)
    failed = sum(block.error_rate(late=False) * block.requests() for block in blocks)
    return failed / asked if asked else 1.0


def unsaturated(pairs: Sequence[Pair], doubled: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """Which variant could have done more, and how much; empty where none could."""
    blocks = [block for pair in pairs for block in pair.blocks]
    for variant in dict.fromkeys(block.variant for block in blocks):
        gains: list[float] = []
        for epoch, per_s in doubled.get(variant, ()):
            usual = [b.done_per_s() for b in blocks if (b.variant, b.epoch) == (variant, epoch)]
            if usual and median(usual):
                gains.append(per_s / median(usual))
        if not gains:
            return f"it was not looked whether {variant} could have done more with more users"
        if median(gains) > STILL_SATURATED:
            return (
                f"{variant} was not saturated: twice the users gave {median(gains):.2f} times as"
                " much"
            )
    return ""


def limits(blocks: Sequence[Block]) -> Iterable[str]:
    """What held each variant back: a capacity that was taken, or the processor."""
    for variant in dict.fromkeys(block.variant for block in blocks):
        own = [block for block in blocks if block.variant == variant and block.used]
        if own:
            yield _limit(variant, own)


def _limit(variant: str, blocks: Sequence[Block]) -> str:
    cores = _busy_cores(blocks)
    of = max(block.cores for block in blocks) or 1
    names = {name for block in blocks for name in block.used}
    used = {name: median(block.used.get(name, 0.0) for block in blocks) for name in names}
    most = sorted(used.items(), key=lambda each: -each[1])[:3]
    shares = ", ".join(f"{name} {share:.2f}" for name, share in most)
    held = [
        f"{name} ({used_up:.0f} of {whole:.0f} taken)"
        for name, used_up, whole in _capacities(blocks)
        if used_up >= TAKEN * whole
    ]
    busy = f"{cores:.2f} of {of} cores busy: {shares}"
    if held:
        return f"{variant} is limited by {' and '.join(held)}; {busy}"
    if cores >= BUSY * of:
        return f"{variant} is limited by the processor; {busy}"
    near = max(_capacities(blocks), key=lambda each: each[1] / each[2], default=None)
    told = f"; nearest to its end is {near[0]}, {near[1]:.0f} of {near[2]:.0f}" if near else ""
    return f"{variant} is limited by none of what is known: {busy}{told}"


def _busy_cores(blocks: Sequence[Block]) -> float:
    """With what the kernel did that no process is charged with, where that was looked at."""
    return median(
        max(
            sum(block.used.values()),
            0.0 if block.idle_cores is None else block.cores - block.idle_cores,
        )
        for block in blocks
    )


def _capacities(blocks: Sequence[Block]) -> list[tuple[str, float, float]]:
    names = dict.fromkeys(name for block in blocks for name in block.capacities)
    taken: list[tuple[str, float, float]] = []
    for name in names:
        seen = [block.capacities[name] for block in blocks if name in block.capacities]
        whole = median(most for _, most in seen)
        if whole > 0:
            taken.append((name, median(used for used, _ in seen), whole))
    return taken
