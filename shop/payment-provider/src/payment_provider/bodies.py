"""Bodies read and checked; what is wrong with one is told by the field."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec
from shop_kit.problems import Mistake, Problem, bad_request, limited_body, shown
from starlette.requests import Request

BODY_BYTES = 16 * 1024
_UNSHOWN = {"payment_method"}
"""What might be a card after all is not told back, and nor is what we do not know."""
_WHERE = re.compile(r"(?s)(.*) - at `\$(?:\.(.*))?`")
_NAMED = re.compile(r"(?s)Object (missing required|contains unknown) field `(.*)`")

T = TypeVar("T")


async def body_of(request: Request, decoder: msgspec.json.Decoder[T]) -> T:
    """No body is an object without fields. Raises Problem: 400, 408, 413, 415."""
    body = await limited_body(request, BODY_BYTES)
    if body:
        media_type = request.headers.get("content-type", "")
        if media_type.partition(";")[0].strip().lower() != "application/json":
            mistake = Mistake("Content-Type", shown(media_type), "application/json")
            accepted = {"Accept": "application/json"}
            raise Problem(415, "the body is to be application/json", mistake, headers=accepted)
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
    if not names or _UNSHOWN & set(names):
        return ""
    try:
        value: Any = msgspec.json.decode(body)
        for name in names:
            value = value[name]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, LookupError, TypeError):
        return ""
    return shown(value)
