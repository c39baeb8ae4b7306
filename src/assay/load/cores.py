"""Who gets which core: the generator the last one, the system under test the others.

A load generator that chases the system over the cores measures the scheduler. Both variants of a
comparison live under the same division, so the ratio between them is fair; on a machine with one
core there is nothing to divide.
"""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Cores:
    generator: int | None
    """None: not pinned."""
    system: frozenset[int] | None
    """None: wherever the kernel likes."""


def divide_cores(available: frozenset[int] | None = None) -> Cores:
    """Divide the cores that this process may use (`available` in tests)."""
    cores = frozenset(os.sched_getaffinity(0)) if available is None else available
    if len(cores) < 2:
        return Cores(None, None)
    last = max(cores)
    return Cores(last, cores - {last})
