"""Headers of requests that several services read, each in one way."""

from __future__ import annotations

import re

from starlette.requests import Request

from shop_kit.problems import Mistake, bad_request, shown

KEY_CHARS = 200
MOST_WAIT_S = 30.0


def idempotency_key(request: Request, most_chars: int = KEY_CHARS) -> str:
    """Raises Problem, 400, where there is none, more than one, or one that cannot be a key."""
    given = request.headers.getlist("idempotency-key")
    if len(given) != 1 or not re.fullmatch(rf"[ -~]{{1,{most_chars}}}", given[0]):
        expected = f"1 to {most_chars} printable ASCII characters, once"
        raise bad_request(Mistake("Idempotency-Key", shown(", ".join(given)), expected))
    return given[0]


def wait_s(request: Request) -> float:
    """Of `Prefer: wait=N` (RFC 7240), at most MOST_WAIT_S; 0 where nothing is preferred."""
    for preference in request.headers.get("prefer", "").split(","):
        name, _, value = preference.strip().partition("=")
        if name.lower() == "wait" and value.isascii() and value.isdigit():
            return min(MOST_WAIT_S, float(value[:6]))
    return 0.0


def last_event_id(request: Request) -> int:
    """Of a stream of events (SSE) that goes on; 0 from its beginning."""
    last = request.headers.get("last-event-id", "0")
    return int(last) if last.isascii() and last.isdigit() and len(last) < 19 else 0
