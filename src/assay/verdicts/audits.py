"""What the audits of blocks have found, block by block. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assay.evidence.block import Block, Count

Counts = Mapping[str, Count]


def found_after(blocks: Sequence[Block], audit: str) -> Iterator[tuple[Block, Counts]]:
    """Each block that was audited, with what its audit found that the one before had not.

    `blocks` are of one comparison, in order of time. An audit looks at all since the stores were
    begun, so at what came of the blocks before, too.
    """
    before: dict[tuple[str, int], Counts] = {}
    for block in blocks:
        found = block.audits.get(audit)
        if found is not None:
            start = block.variant, block.epoch
            last = before.get(start, {})
            yield block, {name: count.since(last.get(name)) for name, count in found.items()}
            before[start] = found
