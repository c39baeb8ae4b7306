"""Bearer tokens (JWT, HS256): who asks, and what for. One secret signs and verifies.

SHOP_JWT_SECRET=… python -m shop_kit.auth --subject admin --scope catalogue:write --ttl-s 3600
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

import jwt
from starlette.requests import Request

from shop_kit.clock import CLOCK
from shop_kit.problems import Problem
from shop_kit.settings import die

ALGORITHM = "HS256"
ISSUER = "shop"
SECRET_BYTES = 32
"""At least: what HS256 makes of it."""
SECRET = "SHOP_JWT_SECRET"
_TIMELESS = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
_SCOPE = re.compile(r"[!#-\[\]-~]+")
"""A scope as RFC 6749 has it: printable ASCII but space, quote and backslash."""


class BadToken(Exception):
    """Not to be trusted; the message says why, in words that may be told."""


@dataclass(frozen=True)
class Token:
    """Verified."""

    subject: str
    scopes: frozenset[str]


class Signer:
    """Makes tokens and verifies them. ValueError where the secret is shorter than 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SECRET_BYTES:
            raise ValueError(f"a secret of {len(secret)} bytes; it has at least {SECRET_BYTES}")
        self._secret = secret

    def token(self, subject: str, scopes: Iterable[str], ttl_s: int) -> str:
        """Good for `ttl_s` from now. ValueError where there is no subject, or no such scope."""
        scopes = list(scopes)
        wrong = [scope for scope in scopes if not _SCOPE.fullmatch(scope)]
        if wrong or not subject:
            raise ValueError(f"no scope: {wrong[0]!r}" if wrong else "a token has a subject")
        now = int(CLOCK.now_s())
        claims = {"iss": ISSUER, "sub": subject, "iat": now, "exp": now + ttl_s}
        return jwt.encode(claims | {"scope": " ".join(scopes)}, self._secret, ALGORITHM)

    def verified(self, text: str) -> Token:
        """Raises BadToken."""
        try:
            claims = jwt.decode(
                *(text, self._secret, [ALGORITHM]),
                issuer=ISSUER,
                # By our own clock, below.
                options={"require": ["exp", "iss", "sub"], **_TIMELESS},
            )
            begins_at = max(int(claims.get(each, 0)) for each in ("iat", "nbf"))
            expires_at = int(claims["exp"])
        except (
            jwt.InvalidTokenError,
            RecursionError,
            ValueError,
            TypeError,
            OverflowError,
        ) as error:
            # RecursionError: of a header nested without end.
            raise BadToken("not a token of this shop") from error
        now_s = CLOCK.now_s()
        if begins_at > now_s:
            raise BadToken("the token is not good yet")
        if expires_at <= now_s:
            raise BadToken("the token has expired")
        scope = claims.get("scope", "")
        # What is not printable no store takes: NUL, half of a surrogate pair.
        if not isinstance(scope, str) or not claims["sub"] or not claims["sub"].isprintable():
            raise BadToken("not a token of this shop")
        return Token(claims["sub"], frozenset(scope.split()))


def admitted(request: Request, signer: Signer, scope: str) -> Token:
    """Whoever asks, if they may. Raises Problem: 401 (no good token), 403 (not with this scope)."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        raise _refused(401, "a bearer token is needed", "")
    try:
        token = signer.verified(text.strip())
    except BadToken as error:
        told = f', error="invalid_token", error_description="{error}"'
        raise _refused(401, str(error), told) from error
    if scope not in token.scopes:
        told = f', error="insufficient_scope", scope="{scope}"'
        raise _refused(403, f"the token does not have the scope {scope}", told)
    return token


def _refused(status: int, detail: str, told: str) -> Problem:
    return Problem(status, detail, headers={"WWW-Authenticate": f'Bearer realm="{ISSUER}"{told}'})


def signer_from_environment() -> Signer:
    """With SHOP_JWT_SECRET; a wrong one ends the process as a wrong setting does, unprinted."""
    secret = os.environ.get(SECRET)
    if secret is None:
        die(f"{SECRET} is not set")
    try:
        return Signer(secret.encode(errors="surrogateescape"))
    except ValueError as error:
        die(f"{SECRET}: {error}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shop_kit.auth", description=__doc__)
    parser.add_argument("--subject", required=True, help="who the token stands for")
    parser.add_argument("--scope", action="append", default=[], help="may be given several times")
    parser.add_argument("--ttl-s", type=int, default=3600, help="seconds that it is good for")
    given = parser.parse_args()
    signer = signer_from_environment()
    try:
        print(signer.token(given.subject, given.scope, given.ttl_s))
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
