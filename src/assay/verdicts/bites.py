"""Whether a fault did to a block what it was to do. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from assay.evidence.block import Block, Injected


def harmless(blocks: Sequence[Block], fault: str, in_flight: int) -> str:
    """Why blocks of a fault say nothing about it; empty where they do.

    Of several in a row more than half must have bitten, and met so many visits under way.
    """
    for block in blocks:
        here = injected(block, fault)
        blunt = [each for each in here if not each.bit]
        if 2 * len(blunt) >= len(here):
            why = next((f": {each.missed}" for each in blunt if each.missed), "")
            return f"{fault} was not seen to bite in block {block.id}{why}"
        alone = [each.in_flight for each in here if each.bit and each.in_flight < in_flight]
        if 2 * (len(blunt) + len(alone)) >= len(here):
            return (
                f"{min(alone)} visits were under way when {fault} began in block {block.id};"
                f" it takes {in_flight}"
            )
    return ""


def told(blocks: Sequence[Block], fault: str) -> str:
    """How often it bit, for whoever reads the verdict; empty where it was not injected."""
    bitten = [each for block in blocks for each in injected(block, fault) if each.bit]
    if not bitten:
        return ""
    under_way = sum(each.in_flight for each in bitten)
    targets = list(dict.fromkeys(each.target for each in bitten))
    how = f" ({bitten[0].bit})" if len(targets) == 1 else ""
    were = "was" if len(targets) == 1 and " and " not in targets[0] else "were"
    times = "once" if len(bitten) == 1 else f"{len(bitten):,} times"
    return f"{_listed(targets)} {were} hit {times}{how}, with {under_way:,} visits under way"


def injected(block: Block, fault: str) -> list[Injected]:
    """The fault of a block that is `under` it: once, or several in a row."""
    return [each for each in block.faults if each.fault == fault]


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
