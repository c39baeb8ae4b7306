"""How many users a variant takes: doubled until that adds nothing, each variant by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from assay.claims import Saturation
from assay.verdicts import saturated_at


@dataclass(frozen=True)
class Search:
    steps: tuple[tuple[int, float], ...]
    """(users, done a second)"""

    @property
    def users(self) -> int | None:
        """None: not saturated by the most users that the file allows."""
        return saturated_at(self.steps)

    def reason(self, variant: str) -> str:
        """Why there is no number."""
        users, per_s = self.steps[-1]
        return f"{variant} is not saturated by {users} users, who get {per_s:.3g} done a second"


async def search(
    between: Saturation, measure: Callable[[int, Sequence[tuple[int, float]]], Awaitable[float]]
) -> Search:
    """`measure` loads with so many users, and gives what was done a second; it is told the steps
    before."""
    steps: list[tuple[int, float]] = []
    users = between.least
    while users <= between.most and saturated_at(steps) is None:
        steps.append((users, await measure(users, tuple(steps))))
        users *= 2
    return Search(tuple(steps))
