"""Loads a variant, and remembers what its users were told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from assay.evidence import RunFolder
from assay.load.journeys import JourneyResult, told
from assay.run.blocks import LoadResult
from assay.run.found import Side
from assay.run.plan import Comparison
from assay.run.workloads import Workloads
from assay.systems import System


@dataclass
class Told:
    """What the users of a variant were told since its stores were begun."""

    visits: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(subject, outcome)"""
    histories: list[str] = field(default_factory=list[str])
    """Files, a block each."""


@dataclass
class Loading:
    """Of all comparisons in turn."""

    workloads: Workloads
    system: System
    folder: RunFolder
    users: dict[Side, int] = field(default_factory=dict[Side, int])
    """Where it was found how many saturate a variant."""
    told: dict[Side, Told] = field(default_factory=dict[Side, Told])
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    """Of all blocks that were loaded."""

    def forget(self, comparison: Comparison, variant: str) -> None:
        """Its stores are begun anew."""
        self.told[comparison.name, variant] = Told()

    async def load(
        self,
        comparison: Comparison,
        variant: str,
        seed: int,
        block: str,
        users: int | None = None,
        begun: Callable[[int], None] | None = None,
    ) -> LoadResult:
        """One block of it, by as many users as saturate it where that was asked for.

        `block` says what it is for. Of two with one text and one seed each has a name of its own:
        what was done in the first is not asked for again in the second.
        """
        users = users or self.users.get((comparison.name, variant))
        said = self.told.setdefault((comparison.name, variant), Told())
        name = f"{next(self.numbers):04d}-{block}-{variant}"
        history = self.folder.history(f"{name}-{comparison.workload}")
        found = await self.workloads.load(
            *(comparison, variant, comparison.block_s, seed),
            *(f"{self.folder.id}-{name}", history, users, self.system.check, begun),
        )
        for outcome, words in found.first_errors:
            self.folder.event("error", block=block, outcome=outcome, words=words)
        if isinstance(found, JourneyResult):
            said.visits.extend(told(found.all_visits))
            if history.exists():  # Locust's users write none
                said.histories.append(str(history))
        return found
