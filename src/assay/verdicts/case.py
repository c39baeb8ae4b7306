"""A question with its evidence so far, and where it stands: the two ends of this package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assay.evidence.block import Block
from assay.verdicts.types import Outcome, Question, Verdict

Interval = tuple[float, float]


@dataclass(frozen=True)
class Case:
    """One row of the claims file, with the evidence that there is so far."""

    name: str
    says: str
    formula: str
    question: Question
    judged: bool
    """False for information: it is measured and shown, and has no outcome."""
    sign: str
    """`>=` or `<=` as the user wrote it; empty for information."""
    blocks: Sequence[Block]
    """All blocks of its comparison, in order of time."""
    error_limit: float
    """Of its workload: the share of requests that may fail, e.g. 0.01."""
    n_max: int = 60
    """Most units looked at: pairs, or epochs where there are several pairs to one."""
    pairs_per_epoch: int = 1
    seconds: float = 0.0
    spoilt: str = ""
    """Why none of this can be used: no steady state, a process died, …"""
    ended: str = ""
    """Why measuring ended, e.g. `budget ended`; empty while it goes on."""
    starts_known: bool = True
    """False where assay started nothing: an address."""
    thrown_away: int = 0
    """Starts that did not come to a steady state, and were not measured."""
    doubled: Mapping[str, Sequence[tuple[int, float]]] = field(
        default_factory=dict[str, Sequence[tuple[int, float]]]
    )
    """Of a ratio of throughputs: variant → (epoch, what was done a second by twice the users)."""
    predicted: float | None = None
    """The share that the workload lets expect, where a metric is asked about."""


@dataclass(frozen=True)
class Judgement:
    verdict: Verdict
    """UNDECIDED, without a reason, while measuring goes on."""
    settled: bool
    """Whether more blocks would change nothing: the claim is decided, or the last look is taken."""


@dataclass(frozen=True)
class Standing:
    """What the evidence says of one case at one level of error."""

    outcome: Outcome
    reason: str
    settled: bool
    alpha: float
    estimate: float | None = None
    interval: Interval | None = None
    mean: float | None = None
    pooled: float | None = None
    pairs: int = 0
    invalid_pairs: int = 0
    starts: int = 0
    flags: tuple[str, ...] = ()
    ratios: tuple[float, ...] = ()
    history: tuple[Interval, ...] = ()
