"""The document of `assay prove --json`: valid JSON always, null where there is no finite number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from assay.evidence import Run
from assay.reports.matrix_table import matrix_documents
from assay.reports.verdict_data import finite
from assay.reports.wording import claims_of, information_of, repeat_command
from assay.verdicts.types import Verdict


def as_json(run: Run, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """`{"claims": […], "information": […], "matrices": […], "run": {…}}`.

    Shares are shares, latencies in ms.
    """
    record = run.record
    return {
        "claims": [_row(verdict) for verdict in claims_of(verdicts)],
        "information": [_row(verdict) for verdict in information_of(verdicts)],
        "matrices": matrix_documents(run.blocks),
        "run": {
            "id": record.id,
            "command": record.command,
            "repeat": repeat_command(record),
            "started_utc": record.started_utc,
            "finished_utc": record.finished_utc,
            "seed": record.seed,
            "claims_path": record.claims_path,
            "budget_s": record.budget_s,
            "alpha": record.alpha,
            "blocks": len(run.blocks),
            "versions": asdict(record.versions),
            "git": {"commit": record.git_commit, "dirty": record.git_dirty},
            "machine": asdict(record.machine),
            "notes": list(run.notes),
        },
    }


def json_text(run: Run, verdicts: Sequence[Verdict]) -> str:
    return json.dumps(as_json(run, verdicts), indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def _row(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.name,
        "says": verdict.says,
        "formula": verdict.formula,
        "verdict": verdict.outcome.value if verdict.outcome else None,
        "estimate": finite(verdict.estimate),
        "interval": [finite(end) for end in verdict.interval] if verdict.interval else None,
        "required": verdict.required,
        "required_sign": verdict.required_sign or None,
        "unit": verdict.unit,
        "pairs": verdict.pairs,
        "invalid_pairs": verdict.invalid_pairs,
        "starts": verdict.starts,
        "seconds": round(verdict.seconds, 3),
        "reason": verdict.reason,
        "flags": list(verdict.flags),
        "confidence": round(1 - verdict.alpha, 6),
        "mean": finite(verdict.mean),
        "pooled": finite(verdict.pooled),
    }
