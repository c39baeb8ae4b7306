"""Bodies read into msgspec's structs; what is wrong with one is told by the field."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from shop_kit.problems import (
    BODY_BYTES,
    UNSHOWN,
    Mistake,
    bad_request,
    json_only,
    limited_body,
    shown,
)

_WHERE = re.compile(r"(?s)(.*) - at `\$(?:\.(.*))?`")
_NAMED = re.compile(r"(?s)Object (missing required|contains unknown) field `(.*)`")

T = TypeVar("T")


async def struct_of(
    request: Request, decoder: msgspec.json.Decoder[T], limit_bytes: int = BODY_BYTES
) -> T:
    """No body is an object without fields. Raises Problem: 400, 408, 413, 415."""
    body = await limited_body(request, limit_bytes)
    if body:
        json_only(request)
    try:
        return decoder.decode(body or b"{}")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise bad_request(_mistake(str(error), body)) from error


def _mistake(told: str, body: bytes) -> Mistake:
    where = _WHERE.fullmatch(told)
    expected, path = (where[1], where[2] or "") if where else (told, "")
    names = path.split(".") if path else []
    named = _NAMED.fullmatch(expected)
    if named:
        expected = "to be there" if named[1].startswith("missing") else "no such field"
        return Mistake(shown(".".join([*names, named[2]])), "", expected)
    return Mistake(path or "body", _found(body, names), expected)


def _found(body: bytes, names: list[str]) -> str:
    """What stands in a field of ours; nothing where it cannot be told."""
    if not names or UNSHOWN & set(names):
        return ""
    try:
        value: Any = msgspec.json.decode(body)
        for name in names:
            value = value[name]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, LookupError, TypeError):
        return ""
    return shown(value)
