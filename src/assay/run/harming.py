"""From a fault of the claims file to what is done to the system."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from functools import partial

from assay.claims import ClaimsDocument, ClaimsFile, Fault, Moment
from assay.faults import Awaited, Done, Fill, Freeze, Harm, Kill, Stroke, TroubledLink
from assay.run.plan import Comparison
from assay.systems import Picked, System, Trouble, Wire


def harm_of(fault: Fault, system: System, variant: str) -> Harm:
    if fault.kind == "kill":
        return Kill(system, variant, fault.processes)
    if fault.kind == "freeze":
        return Freeze(system, variant, fault.process)
    if fault.kind == "fill":
        return Fill(system, variant, fault.process)
    if fault.kind == "run":
        return Done(system, variant, fault.process, fault.command)
    assert fault.server is not None
    trouble = Trouble(
        fault.kind,
        delay_us=round((fault.delay_s or 0.0) * 1e6),
        jitter_us=round(fault.jitter_s * 1e6),
        bytes_per_s=fault.bytes_per_s or 0,
        picked=Picked(fault.method, fault.called, fault.next) if fault.picks else None,
    )
    return TroubledLink(system, variant, fault.process, fault.server, trouble)


def strokes_of(
    file: ClaimsFile,
    fault: str,
    system: System,
    variant: str,
    block_s: float,
    seed: int,
    comes: Callable[[Moment], Awaitable[None]],
) -> list[Stroke]:
    """What is done in a block: once, or one of several by lot, again and again until it ends.

    `comes` waits for a moment.
    """

    def stroke(asked: Fault, at_s: float) -> Stroke:
        harm = harm_of(asked, system, variant)
        if asked.at is None:
            return Stroke(harm, at_s, asked.for_s)
        moment = Awaited(
            asked.at, partial(comes, file.moments[asked.at]), block_s - at_s - asked.for_s
        )
        return Stroke(harm, at_s, asked.for_s, moment)

    asked = file.faults[fault]
    if asked.any_of is None:
        return [stroke(asked, asked.after_s)]
    chance = random.Random(seed)
    strokes: list[Stroke] = []
    at_s = asked.after_s
    while True:
        drawn = file.faults[chance.choice(asked.any_of)]
        if at_s + drawn.for_s > block_s:
            return strokes
        strokes.append(stroke(drawn, at_s))
        at_s += max(asked.every_s, drawn.for_s)


def links_of(comparison: Comparison, claims: ClaimsDocument) -> list[Wire]:
    """Those that the comparison's faults trouble."""
    faults = (each for name in comparison.faults for each in claims.file.broken_by(name))
    return [Wire(fault.process, fault.server, fault.picks) for fault in faults if fault.server]
