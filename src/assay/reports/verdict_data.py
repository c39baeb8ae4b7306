"""Verdicts as plain JSON objects, for the run folder, and back. Pure and without loss.

JSON has no infinity: an end of an interval that is open, or a ratio over nothing, is written as the
word `inf`, `-inf` or `nan`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter, ValidationError

from assay.evidence import EvidenceError
from assay.verdicts.types import Verdict

_VERDICT = TypeAdapter(Verdict)


def verdict_documents(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """What `RunFolder.finish` takes."""
    return [{k: _plain(v) for k, v in asdict(verdict).items()} for verdict in verdicts]


def verdicts_from(documents: Sequence[Mapping[str, Any]]) -> list[Verdict]:
    """What `Run.verdicts` held. Raises EvidenceError naming the field that is wrong."""
    try:
        # Not strict: pydantic reads the words `inf` and `nan` as the numbers they stand for.
        return [_VERDICT.validate_python(dict(document)) for document in documents]
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise EvidenceError(
            f"verdicts.json: field {name} is {first['input']!r}: {first['msg']}"
        ) from error


def finite(value: float | None) -> float | None:
    """The value, or None where JSON has no number for it."""
    return value if value is not None and math.isfinite(value) else None


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value
