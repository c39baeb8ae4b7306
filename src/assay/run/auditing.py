"""Audits after a block: the system comes to rest, then its stores are counted."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.claims import Audit
from assay.evidence import Count
from assay.faults import Broken
from assay.hosting import process
from assay.hosting.orders import AuditOrder
from assay.run.loading import Told
from assay.systems import System

PAUSE_S = 0.5
MOST_EXAMPLES = 10


@dataclass(frozen=True)
class Audited:
    counts: dict[str, Count]
    disputed: frozenset[str]
    """Every id that a count named."""
    met: dict[str, Count]
    """Step → those that were at it while something was broken, and how many of them are disputed.
    """
    unrested: str
    """What was still under way when there was no more time to wait; empty where it had rested."""


async def audited(
    audit: Audit,
    folder: Path,
    system: System,
    variant: str,
    told: Told,
    broken: Sequence[Broken],
    log: Path,
    check: Callable[[], None],
) -> Audited:
    """Ask until the system has come to rest, or has had its time. Raises ScriptError, ProcessDied.

    `broken` is what was just now, in order of time.
    """
    span = (broken[0].began_unix_ns / 1e9, broken[-1].healed_unix_ns / 1e9) if broken else None
    deadline = time.monotonic() + audit.within_s
    unrested = ""
    while True:
        final = time.monotonic() >= deadline
        order = AuditOrder(
            folder=str(folder),
            entry=audit.run,
            addresses={name: str(at) for name, at in system.addresses(variant).items()},
            provided=system.provisions(variant),
            visits=told.visits,
            histories=told.histories,
            final=final,
            broken=span,
            parent=os.getpid(),
        )
        findings = await process.audit(order, log)
        if final or not findings.waiting:
            break
        unrested = findings.waiting
        check()
        await asyncio.sleep(PAUSE_S)
    counts = {
        name: Count(found.found, found.of, tuple(found.ids[:MOST_EXAMPLES]))
        for name, found in findings.counts.items()
    }
    disputed = frozenset(id for found in findings.counts.values() for id in found.ids)
    met = {step: _met(subjects, disputed) for step, subjects in findings.met.items()}
    return Audited(counts, disputed, met, unrested if final else "")


def _met(subjects: Sequence[str], disputed: frozenset[str]) -> Count:
    wrong = sorted(disputed.intersection(subjects))
    return Count(len(wrong), len(subjects), tuple(wrong[:MOST_EXAMPLES]))
