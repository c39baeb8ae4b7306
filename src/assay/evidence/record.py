"""What a run was: who asked for it, with which files, versions and seed, and on which machine."""

from __future__ import annotations

from dataclasses import dataclass

from assay.evidence.machine import MachineDescription


@dataclass(frozen=True)
class Versions:
    assay: str
    engine: str
    python: str


@dataclass(frozen=True)
class RunRecord:
    """`run.json` of a run folder: with the blocks, all that it takes to judge or repeat the run."""

    id: str
    """Name of the folder, `20261123-181500-7f3a`."""
    command: str
    """As a user would type it again, with the seed."""
    started_utc: str
    """ISO 8601, as every stamp in the evidence."""
    finished_utc: str | None
    """None while the run goes on, and for ever where it was cut off."""
    seed: int
    """Every random choice of the run follows from it."""
    claims_path: str
    claims_text: str
    stack_text: str | None
    """None where assay started nothing."""
    versions: Versions
    git_commit: str | None
    """Of the folder that holds the claims file; None outside a repository."""
    git_dirty: bool | None
    """Whether files there differed from that commit."""
    machine: MachineDescription
    budget_s: float
    alpha: float
    """Two-sided error of all claims of the file together."""
