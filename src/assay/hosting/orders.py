"""What the process of a script is told, and what it answers: one JSON document each way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class VisitOrder:
    """A closed loop of users on a journey."""

    folder: str
    """Where the script's module is looked for first."""
    entry: str
    """`package.module:Class`"""
    service: str
    addresses: Mapping[str, str]
    provided: Mapping[str, str]
    feeds: Mapping[str, Sequence[str]]
    users: int
    lead_in_s: float
    duration_s: float
    drain_s: float
    """How long visits under way at the end may go on."""
    timeout_s: float
    """Of one step."""
    seed: int
    block: str
    history: str
    """File that its operations are written to."""
    parent: int
    cpus: Sequence[int] | None = None
    kind: Literal["visits"] = "visits"


@dataclass(frozen=True)
class AuditOrder:
    """One look at the stores."""

    folder: str
    entry: str
    """`package.module:function`"""
    addresses: Mapping[str, str]
    provided: Mapping[str, str]
    visits: Sequence[tuple[str, str]]
    histories: Sequence[str]
    final: bool
    broken: tuple[float, float] | None
    parent: int
    cpus: Sequence[int] | None = None
    kind: Literal["audit"] = "audit"


@dataclass(frozen=True)
class Visited:
    """One visit; times in seconds from the start of the block proper, the lead-in is before 0."""

    subject: str | None
    outcome: str
    began_s: float
    ended_s: float


@dataclass(frozen=True)
class Step:
    """One request of a visit."""

    name: str
    outcome: str
    began_s: float
    ended_s: float


@dataclass(frozen=True)
class Visits:
    """All that happened, lead-in and drain too."""

    started_unix_ns: int
    visits: Sequence[Visited]
    steps: Sequence[Step]
    cpu: float
    """Share of a core that the process worked in the block proper."""
    unended: int
    """Visits that were still under way after the drain."""
    errors: Sequence[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Up to ten (outcome, what was said)."""
