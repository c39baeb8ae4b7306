"""Numbers with units, as people write them: `20ms`, `1000/s`, `1%`, `3.1x`."""

from __future__ import annotations

import math
import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from assay.documents import found

SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PER_SECOND = {"/s": 1.0, "/m": 1 / 60}
_NUMBER = r"\d+(?:\.\d+)?"
_DURATION = re.compile(rf"({_NUMBER})\s*(us|ms|s|m|h)")
_RATE = re.compile(rf"({_NUMBER})\s*(/s|/m)?")
_SHARE = re.compile(rf"({_NUMBER})\s*(%)?")


def parse_duration_s(text: str) -> float:
    """Seconds of `500ms`, `90s`, `10m`, `1h`. Raises ValueError."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"`{text}` is no duration; a number and its unit would do, such as `90s`")
    return float(match[1]) * SECONDS[match[2]]


def _wrong(message: str, hint: str) -> PydanticCustomError:
    # The texts are context, not template: they may hold braces.
    return PydanticCustomError("unit", "{said}", {"said": message, "hint": hint})


def _duration(written: object) -> object:
    hint = "write a number and its unit (us, ms, s, m, h), such as `10s`"
    if isinstance(written, int | float) and not isinstance(written, bool):
        raise _wrong(f"found {found(written)}, which has no unit", hint)
    try:
        seconds = parse_duration_s(str(written))
    except ValueError:
        raise _wrong(f"found {found(written)}, which is no duration", hint) from None
    if not 0 < seconds < math.inf:
        raise _wrong(f"found {found(written)}", "a duration more than zero would be right")
    return seconds


def _rate(written: object) -> object:
    match = None if isinstance(written, bool) else _RATE.fullmatch(str(written).strip())
    if match is None:
        hint = "write requests a second, such as `1000/s`"
        raise _wrong(f"found {found(written)}, which is no rate", hint)
    rate = float(match[1]) * _PER_SECOND[match[2] or "/s"]
    if not 0 < rate < math.inf:
        raise _wrong(f"found {found(written)}", "a rate more than zero would be right")
    return rate


def _share(written: object) -> object:
    match = None if isinstance(written, bool) else _SHARE.fullmatch(str(written).strip())
    if match is None:
        raise _wrong(f"found {found(written)}, which is no share", "write it like `1%`")
    share = float(match[1]) / (100 if match[2] else 1)
    if share >= 1:
        meant = "" if match[2] else f"; `{match[1]}%` may be meant"
        raise _wrong(f"found {found(written)}", f"a share from 0% to under 100% is right{meant}")
    return share


def _written_as(like: str, pattern: str, or_number: bool) -> WithJsonSchema:
    text = {"type": "string", "pattern": f"^\\s*{pattern}\\s*$"}
    kinds = [text, {"type": "number", "minimum": 0}] if or_number else [text]
    return WithJsonSchema({"anyOf": kinds, "examples": [like]})


Duration = Annotated[
    float, BeforeValidator(_duration), _written_as("10s", _DURATION.pattern, or_number=False)
]
"""Seconds."""
Rate = Annotated[
    float, BeforeValidator(_rate), _written_as("1000/s", _RATE.pattern, or_number=True)
]
"""Requests a second."""
Share = Annotated[float, BeforeValidator(_share), _written_as("1%", _SHARE.pattern, or_number=True)]
"""0 to under 1."""
