"""From a claims file to a plan: which variants are compared under which workload, and what is asked.

Pure: nothing is started and nothing is measured. What cannot be judged is refused here, with the
reason and with what would do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assay.claims import ClaimsDocument, Limit, Measure, Ratio, Single
from assay.documents import DocumentError, Problem
from assay.verdicts import (
    LimitQuestion,
    Quantity,
    Question,
    RatioQuestion,
    block_requirements,
    supported,
)

MOST_PAIRS = 60
"""Cap of the sign test's boundary; a claim that is not decided by then is UNDECIDED."""
LEAD_IN_S = 0.3


@dataclass(frozen=True)
class Asked:
    """One row of the file: a claim to judge, or information to show."""

    name: str
    says: str
    formula: str
    sign: str
    """`>=` or `<=` as the user wrote it; empty for information."""
    required: float | None
    """Of the left-hand side as it is shown, in `unit`."""
    unit: str
    question: Question
    judged: bool


@dataclass(frozen=True)
class Comparison:
    """Two variants under one workload (or one variant, against limits), and all that is asked of them."""

    name: str
    """`before~after.lookup`"""
    variants: tuple[str, ...]
    workload: str
    asked: tuple[Asked, ...]
    block_s: float
    pairs_per_epoch: int
    least_pairs: int
    """Measured even where every claim is decided sooner, for the information rows."""
    most_pairs: int
    error_limit: float


@dataclass(frozen=True)
class Plan:
    comparisons: tuple[Comparison, ...]
    """Those with claims first: information gets what is left of the budget."""
    order: tuple[str, ...]
    """Names of the rows in the order of the file."""
    seed: int
    alpha: float
    budget_s: float

    @property
    def variants(self) -> tuple[str, ...]:
        """Every variant that some comparison needs."""
        return tuple(dict.fromkeys(v for c in self.comparisons for v in c.variants))

