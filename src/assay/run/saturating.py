"""How many users a variant takes: doubled until that adds nothing, each variant by itself.

A block of load is a small sample: twice the users are measured twice before they are said to add
nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from assay.claims import Saturation
from assay.verdicts import adds, saturated_at


@dataclass(frozen=True)
class Search:
    steps: tuple[tuple[int, float], ...]
    """(users, done a second)"""

    @property
    def users(self) -> int | None:
        """None: not saturated by the most users that the file allows."""
        return saturated_at(self.steps)

    @property
    def doubled_per_s(self) -> float:
        """What twice the `users` did, in the last of two looks."""
        return self.steps[-1][1]

    def reason(self, variant: str) -> str:
        """Why there is no number."""
        users, per_s = max(self.steps)
        return f"{variant} is not saturated by {users} users, who get {per_s:.3g} done a second"


async def search(
    between: Saturation, measure: Callable[[int, Sequence[tuple[int, float]]], Awaitable[float]]
) -> Search:
    """`measure` loads with so many users, and gives what was done a second; it is told the steps
    before."""
    steps: list[tuple[int, float]] = []
    users = between.least
    while users <= between.most and saturated_at(steps) is None:
        for _ in range(2):
            steps.append((users, await measure(users, tuple(steps))))
            if adds(steps):
                break
        users *= 2
    return Search(tuple(steps))
