"""Loads a variant, and remembers what its users were told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from assay.evidence import RunFolder
from assay.load.journeys import JourneyResult, told
from assay.run.blocks import LoadResult
from assay.run.found import Side
from assay.run.plan import Comparison
from assay.run.workloads import Workloads
from assay.systems import System


@dataclass
class Loading:
    """Of all comparisons in turn."""

    workloads: Workloads
    system: System
    folder: RunFolder
    users: dict[Side, int] = field(default_factory=dict[Side, int])
    """Where it was found how many saturate a variant."""
    visits: dict[Side, list[tuple[str, str]]] = field(
        default_factory=dict[Side, list[tuple[str, str]]]
    )
    """(subject, outcome) of all visits since the stores were begun."""

    async def load(
        self,
        comparison: Comparison,
        variant: str,
        seed: int,
        block: str,
        users: int | None = None,
        begun: Callable[[int], None] | None = None,
    ) -> LoadResult:
        """One block of it, by as many users as saturate it where that was asked for."""
        users = users or self.users.get((comparison.name, variant))
        found = await self.workloads.load(
            *(comparison, variant, comparison.block_s, seed),
            *(f"{self.folder.id}-{block}-{variant}", users, self.system.check, begun),
        )
        for outcome, words in found.first_errors:
            self.folder.event("error", block=block, outcome=outcome, words=words)
        if isinstance(found, JourneyResult):
            self.visits.setdefault((comparison.name, variant), []).extend(told(found.all_visits))
        return found
