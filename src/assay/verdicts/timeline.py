"""What a fault did to a block over time, beside blocks of the same load without one. Pure.

All from the slices of blocks: what was done a second, and what failed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from assay.evidence.block import Block, Injected, Slice

SUSTAINED_S = 2.0
"""A system that does its work for so long has recovered."""
KEPT = 0.8
"""Of what the control does a second; two seconds of some visits each tell no less apart."""
BURST = 1.5
"""A slice counts for no more than so many controls: a burst and a silence are no work."""


def done_per_s(slices: Sequence[Slice], length_s: float) -> float:
    """Done well a second, over slices of `length_s` each."""
    return sum(s.completed - s.failed for s in slices) / (len(slices) * length_s) if slices else 0.0


@dataclass(frozen=True)
class Control:
    """What is usual where nothing is broken."""

    per_s: float
    """Done a second: the median block."""
    backlogs: Mapping[str, float] = field(default_factory=dict[str, float])
    """Gauge → the most it ever was; of one that was never read, nothing is little enough."""


def controls_of(run: Block, blocks: Sequence[Block]) -> list[Block]:
    """Those of its start in which nothing was broken, of `blocks` of its variant."""
    return [block for block in blocks if block.under(None) and block.epoch == run.epoch]


def control(controls: Sequence[Block]) -> Control:
    """Of one block at least."""
    names = {name for block in controls for name in block.backlogs}
    most = {
        name: max(
            (value for block in controls for _, value in block.backlogs.get(name, ())),
            default=-math.inf,
        )
        for name in names
    }
    return Control(median(block.done_per_s() for block in controls), most)


def recovery_s(block: Block, fault: Injected, usual: Control) -> float:
    """Seconds from when the fault began to be undone until all was as ever.

    That is the first `SUSTAINED_S` in which at least `KEPT` of what is usual was done, well and in
    time, and no backlog was longer than is usual. Infinite where none came before the end of the
    block.
    """
    length_s = slice_s(block)
    most = BURST * usual.per_s * length_s
    width = max(1, round(SUSTAINED_S / length_s))
    for first in range(len(block.slices) - width + 1):
        window = block.slices[first : first + width]
        began_s, ended_s = window[0].at_s, window[-1].at_s + length_s
        if began_s + length_s <= fault.undone_s:
            continue
        done = sum(min(s.completed - s.failed, most) for s in window)
        if done < KEPT * usual.per_s * length_s * width:
            continue
        if all(
            _worked_off(block, name, level, began_s, ended_s)
            for name, level in usual.backlogs.items()
        ):
            return max(0.0, began_s - fault.undone_s)
    return math.inf


def _worked_off(block: Block, name: str, level: float, began_s: float, ended_s: float) -> bool:
    """Seen to be no longer than is usual from then to then; what was not seen was not."""
    seen = [value for at_s, value in block.backlogs.get(name, ()) if began_s <= at_s < ended_s]
    return bool(seen) and max(seen) <= level


def detection_s(fault: Injected) -> float:
    """Seconds from when the fault began until its alarm was on. Infinite where it never was."""
    return math.inf if fault.alarmed_s is None else max(0.0, fault.alarmed_s - fault.began_s)


def availability(block: Block, fault: Injected) -> float:
    """Share of what ended while the fault lasted, or was healed, that ended well; 1 where none did.

    What has to wait ends later, and is no failure: `goodput_kept` tells of it.
    """
    during = _during(block, fault)
    ended = sum(s.completed for s in during)
    return sum(s.completed - s.failed for s in during) / ended if ended else 1.0


def goodput_kept(block: Block, fault: Injected, level_per_s: float) -> float:
    """What was done a second while the fault lasted, as a share of `level_per_s`."""
    return done_per_s(_during(block, fault), slice_s(block)) / level_per_s if level_per_s else 0.0


def budget_spent(block: Block, objective: float) -> float:
    """What failed, as a share of what may fail where `objective` of the visits are to end well.

    Over 1 the error budget of a stretch as long as the block is overspent.
    """
    ended = sum(s.completed for s in block.slices)
    failed = sum(s.failed for s in block.slices)
    return failed / ((1.0 - objective) * ended) if ended else 0.0


def slice_s(block: Block) -> float:
    """Length of its slices; all are the same."""
    return block.seconds / len(block.slices)


def _during(block: Block, fault: Injected) -> list[Slice]:
    """The slices that begin in it."""
    return [s for s in block.slices if fault.began_s <= s.at_s < fault.healed_s]
