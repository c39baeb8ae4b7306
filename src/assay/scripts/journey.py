"""A journey: what one user does, step by step, again and again.

class Buyer(Journey):
    async def visit(self, client: Client) -> Visit:
        answer = await client.post("/api/checkout", json={...})
        ...
        return Visit("confirmed", answer.json()["checkout_id"])
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assay.scripts.client import Client


class Failed(Exception):
    """A visit that went wrong; the first word of the message is its outcome in the evidence."""


@dataclass(frozen=True)
class Visit:
    """How a visit ended."""

    outcome: str
    """`confirmed`, `refused`, …: the workload's `done` says which are what was wanted."""
    subject: str | None = None
    """Id of what it was about, such as an order: an audit may dispute it."""


@dataclass(frozen=True)
class Surroundings:
    """Where a journey finds itself."""

    addresses: Mapping[str, str]
    """Service → base address, in this variant."""
    provided: Mapping[str, str]
    """What the processes of the stack provide: `catalogue.ids` → a path."""
    feeds: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """The workload's feeds, each with all of its values."""
    block: str = ""
    """Unique for each block of a run: for keys that must not be used twice."""


class Journey(ABC):
    """One user. Made once for each user of a block."""

    think_s: tuple[float, float] = (0.0, 0.0)
    """Between two visits: drawn between these."""

    def __init__(self, around: Surroundings, user: int, chance: random.Random) -> None:
        """`chance` is seeded for this user of this block: draw from it and nothing else."""
        self.around = around
        self.user = user
        self.chance = chance

    def headers(self) -> Mapping[str, str]:
        """Of every request of this user, such as a bearer token."""
        return {}

    @abstractmethod
    async def visit(self, client: Client) -> Visit:
        """Once through. Whatever is raised counts as a failure under the error's name."""
        ...
