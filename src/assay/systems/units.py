"""Durations (`60s`) and sizes (`512MB`) as they are written in a stack file."""

from __future__ import annotations

import re

from pydantic_core import PydanticCustomError

_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_BYTES = {
    "B": 1,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}


def duration_s(written: object) -> float:
    """Seconds of `500ms`, `60s`, `2m`, `1h`. Raises a pydantic error for anything else."""
    return _quantity(written, _SECONDS, "duration", "`60s`, `500ms` or `2m`")


def size_bytes(written: object) -> int:
    """Bytes of `512MB` (10^6), `512MiB` (2^20), … Raises a pydantic error for anything else."""
    return int(_quantity(written, _BYTES, "size", "`512MB` or `2GiB`"))


def _quantity(
    written: object, units: dict[str, float] | dict[str, int], kind: str, like: str
) -> float:
    found = _QUANTITY.fullmatch(written.strip()) if isinstance(written, str) else None
    if found is None or found[2] not in units:
        raise PydanticCustomError(
            "quantity",
            "{written} is not a {kind}: write a number and its unit, such as {like}",
            {"written": f"`{written}`", "kind": kind, "like": like},
        )
    value = float(found[1]) * units[found[2]]
    if value <= 0:
        raise PydanticCustomError("quantity", "a {kind} must be more than zero", {"kind": kind})
    return value
