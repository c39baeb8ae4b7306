"""Loads a variant, and remembers what its users were told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from assay._engine import Feed
from assay.evidence import RunFolder
from assay.load.journeys import JourneyResult, told
from assay.load.spec import BlockSpec
from assay.run.blocks import LoadResult
from assay.run.found import Side
from assay.run.plan import Comparison
from assay.run.priming import Priming
from assay.systems import System


class Loads(Protocol):
    """Loads blocks; knows addresses, messages and feeds."""

    async def load(
        self,
        comparison: Comparison,
        variant: str,
        duration_s: float,
        seed: int,
        block: str,
        users: int | None,
        check: Callable[[], None],
        begun: Callable[[int], None] | None,
    ) -> LoadResult:
        """A block; `users` where they are not those of the file.

        `begun` is told when the block proper of a journey begins, in ns since 1970.
        """
        ...

    def lead_in_s(self, comparison: Comparison) -> float:
        """Of a block: load that is not counted."""
        ...

    def spec(
        self,
        comparison: Comparison,
        variant: str,
        duration_s: float,
        seed: int,
        users: int | None = None,
    ) -> BlockSpec:
        """What the engine is asked to do."""
        ...

    def feeds(self, comparison: Comparison, variant: str) -> dict[str, Feed]:
        """The feeds that the requests draw from."""
        ...

    def predicted(self, comparison: Comparison, variant: str) -> dict[str, float]:
        """Metric → the share that the workload lets expect."""
        ...

    def priming(self, comparison: Comparison, variant: str) -> tuple[Priming, ...]:
        """Load that comes before the warm-up, in turn."""
        ...


@dataclass
class Loading:
    """Of all comparisons in turn."""

    loads: Loads
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
        found = await self.loads.load(
            *(comparison, variant, comparison.block_s, seed),
            *(f"{self.folder.id}-{block}-{variant}", users, self.system.check, begun),
        )
        for outcome, words in found.first_errors:
            self.folder.event("error", block=block, outcome=outcome, words=words)
        if isinstance(found, JourneyResult):
            self.visits.setdefault((comparison.name, variant), []).extend(told(found.all_visits))
        return found
