"""An audit: counts over the stores themselves, each of which must be zero.

async def audit(asked: Asked) -> Findings:
    ...
    return Findings({"lost": Finding(len(wrong), of=len(orders), ids=wrong)})
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assay.scripts import history
from assay.scripts.history import Operation


@dataclass(frozen=True)
class Asked:
    """What an audit is told."""

    addresses: Mapping[str, str]
    """Service → base address, in the variant that is audited."""
    provided: Mapping[str, str]
    """What the processes of the stack provide: `books.order` → a database."""
    visits: Sequence[tuple[str, str]] = ()
    """(subject, outcome) of every visit that had a subject, since the stores were begun."""
    final: bool = False
    """Asked for the last time: the system has not come to rest, and is audited as it stands."""
    broken: tuple[float, float] | None = None
    """From when until when something was broken just now, in s since 1970; None: nothing was."""
    histories: Sequence[str] = ()
    """Files of the blocks since the stores were begun, in their order."""

    def operations(self) -> Iterator[Operation]:
        """All of the histories, read again each time."""
        return history.read(self.histories)


@dataclass(frozen=True)
class Finding:
    """How often something that must not be is so."""

    found: int
    of: int
    """How many things were looked at."""
    ids: Sequence[str] = ()
    """All of them: subjects of visits that are among them are not counted as done."""


@dataclass(frozen=True)
class Findings:
    """Of one audit."""

    counts: Mapping[str, Finding] = field(default_factory=dict[str, Finding])
    waiting: str = ""
    """What is still under way, in words; then the counts are empty, and it is asked again."""
    met: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """Step of the work → subjects that were at it while something was broken (`Asked.broken`), for
    those who want to know where a fault hits."""
