"""Idempotency keys, by Stripe's rules.

same key, same request           the first answer again, with `Idempotent-Replayed: true`
same key, another request        422
same key, the first under way    409

A request is under way until its answer is on disk. What ends before that (bad input, a 503) leaves
nothing behind, and the key may be used again. Keys do not expire.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

import msgspec
from shop_kit.problems import Mistake, bad_request, shown
from starlette.requests import Request

from payment_provider.errors import key_in_use, other_request

HEADER = "Idempotency-Key"
KEY_CHARS = 255
REPLAYED = {"Idempotent-Replayed": "true"}
_KEY = re.compile(rf"[ -~]{{1,{KEY_CHARS}}}")


def key_of(request: Request) -> str:
    """Raises Problem (400) where there is none, or more than one, or none that can be one."""
    given = request.headers.getlist(HEADER)
    if len(given) != 1 or not _KEY.fullmatch(given[0]):
        expected = f"1 to {KEY_CHARS} printable ASCII characters, once"
        raise bad_request(Mistake(HEADER, shown(", ".join(given)), expected))
    return given[0]


def fingerprint(method: str, path: str, body: msgspec.Struct) -> bytes:
    """The same for the same request, however its JSON was written."""
    whole = b"\0".join((method.encode(), path.encode(), msgspec.json.encode(body)))
    return blake2b(whole, digest_size=16).digest()


class Keys:
    """Those of the requests that are under way."""

    def __init__(self) -> None:
        self._fingerprints: dict[str, bytes] = {}

    @contextmanager
    def used(self, key: str, fingerprint: bytes) -> Iterator[None]:
        """By nobody else until the block ends. Raises Problem, 409 or 422, where somebody does."""
        before = self._fingerprints.get(key)
        if before is not None:
            raise key_in_use(key) if before == fingerprint else other_request(key)
        self._fingerprints[key] = fingerprint
        try:
            yield
        finally:
            del self._fingerprints[key]
