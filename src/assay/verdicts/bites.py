"""Whether a fault did to a block what it was to do. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from assay.evidence.block import Block, Injected


def harmless(blocks: Sequence[Block], fault: str, in_flight: int) -> str:
    """Why blocks of a fault say nothing about it; empty where they do."""
    for block in blocks:
        here = injected(block, fault)
        if not here.bit:
            return f"{fault} was not seen to bite in block {block.id}"
        if here.in_flight < in_flight:
            return (
                f"{here.in_flight} visits were under way when {fault} began in block {block.id};"
                f" it takes {in_flight}"
            )
    return ""


def told(blocks: Sequence[Block], fault: str) -> str:
    """How often it bit, for whoever reads the verdict; empty where it was not injected."""
    found = [injected(block, fault) for block in blocks]
    if not found:
        return ""
    under_way = sum(each.in_flight for each in found)
    return (
        f"{found[0].target} was hit {len(found)} times ({found[0].bit}), with {under_way:,} visits"
        " under way"
    )


def injected(block: Block, fault: str) -> Injected:
    """The fault of a block that is `under` it."""
    return next(each for each in block.faults if each.fault == fault)
