"""What `run.json` says of a run before it begins."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

from assay import __version__, _engine
from assay.claims import ClaimsDocument
from assay.evidence import RunRecord, Versions, describe_machine, utc_now
from assay.run.plan import Plan


def begin(id: str, command: str, plan: Plan, claims: ClaimsDocument) -> RunRecord:
    """The record of a run that begins now."""
    stack = claims.stack_path
    commit, dirty = _git(claims.document.path.resolve().parent)
    return RunRecord(
        id=id,
        command=command,
        started_utc=utc_now(),
        finished_utc=None,
        seed=plan.seed,
        claims_path=str(claims.document.path),
        claims_text=claims.document.text,
        stack_text=stack.read_text(encoding="utf-8") if stack else None,
        versions=Versions(__version__, _engine.__version__, platform.python_version()),
        git_commit=commit,
        git_dirty=dirty,
        machine=describe_machine(),
        budget_s=plan.budget_s,
        alpha=plan.alpha,
    )


def _git(folder: Path) -> tuple[str | None, bool | None]:
    """Commit of the folder and whether anything there differs from it."""

    def asked(*words: str) -> str | None:
        try:
            command = ["git", "-C", str(folder), *words]
            told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
        except (OSError, subprocess.SubprocessError):
            return None
        return told.stdout.strip()

    commit = asked("rev-parse", "HEAD")
    changes = asked("status", "--porcelain", "--", ".")
    return commit, None if changes is None else bool(changes)
