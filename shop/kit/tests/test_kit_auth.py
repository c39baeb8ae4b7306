from __future__ import annotations

import base64
import os
import subprocess
import sys
import time

import jwt
import pytest
from shop_kit.auth import BadToken, Signer, Token, admitted
from shop_kit.problems import Problem
from starlette.requests import Request

SECRET = b"a secret of the tests, 32 bytes or more"
SIGNER = Signer(SECRET)


def _signed(**claims: object) -> str:
    good = {"iss": "shop", "sub": "admin", "exp": int(time.time()) + 86_400, "scope": "a b"}
    return jwt.encode({k: v for k, v in (good | claims).items() if v is not None}, SECRET, "HS256")


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_token_says_who_and_what_for() -> None:
    found = SIGNER.verified(SIGNER.token("admin", ["catalogue:write", "orders:read"], ttl_s=60))
    assert found == Token("admin", frozenset({"catalogue:write", "orders:read"}))


BAD = [
    ("expired", SIGNER.token("admin", [], ttl_s=-1), "expired"),
    ("another secret", Signer(b"x" * 32).token("admin", [], ttl_s=86_400), "not a token"),
    ("unsigned", jwt.encode({"sub": "admin"}, "", "none"), "not a token"),
    ("no expiry", _signed(exp=None), "not a token"),
    ("no subject", _signed(sub=None), "not a token"),
    ("an empty subject", _signed(sub=""), "not a token"),
    ("a subject with NUL", _signed(sub="a\0"), "not a token"),
    ("half a surrogate pair", _signed(sub="\ud800"), "not a token"),
    ("another issuer", _signed(iss="elsewhere"), "not a token"),
    ("scopes in a list", _signed(scope=["a"]), "not a token"),
    ("nothing", "", "not a token"),
    ("no token", "ü.ü.ü", "not a token"),
    ("a header nested without end", f"{_encoded('[' * 30_000)}.e30.e30", "not a token"),
]


@pytest.mark.parametrize(("text", "told"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_token_is_not_trusted(text: str, told: str) -> None:
    with pytest.raises(BadToken, match=told):
        SIGNER.verified(text)


@pytest.mark.parametrize("scope", ["", "two words", 'a"b', "ü"])
def test_a_scope_that_is_none_is_not_signed(scope: str) -> None:
    with pytest.raises(ValueError, match="no scope"):
        SIGNER.token("admin", [scope], ttl_s=60)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        Signer(b"x" * 31)


def _asking(authorization: str | None) -> Request:
    headers = [] if authorization is None else [(b"authorization", authorization.encode())]
    return Request({"type": "http", "headers": headers})


def test_who_may_is_admitted() -> None:
    request = _asking("bearer " + SIGNER.token("admin", ["a"], ttl_s=60))
    assert admitted(request, SIGNER, "a").subject == "admin"


REFUSED = [
    (None, 401, 'Bearer realm="shop"'),
    ("Basic abc", 401, 'Bearer realm="shop"'),
    ("Bearer abc", 401, 'error="invalid_token"'),
    ("Bearer " + SIGNER.token("admin", ["b"], ttl_s=86_400), 403, 'error="insufficient_scope"'),
]


@pytest.mark.parametrize(("authorization", "status", "told"), REFUSED)
def test_who_may_not_is_told_why(authorization: str | None, status: int, told: str) -> None:
    with pytest.raises(Problem) as refused:
        admitted(_asking(authorization), SIGNER, "a")
    assert refused.value.status == status
    assert told in refused.value.headers["WWW-Authenticate"]


def _command(secret: str | None, *more: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k != "SHOP_JWT_SECRET"}
    if secret is not None:
        env["SHOP_JWT_SECRET"] = secret
    command = [sys.executable, "-m", "shop_kit.auth", "--subject", "admin", *more]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


@pytest.mark.integration
def test_the_command_prints_a_token() -> None:
    done = _command(SECRET.decode(), "--scope", "a", "--scope", "b", "--ttl-s", "60")
    assert SIGNER.verified(done.stdout.strip()) == Token("admin", frozenset({"a", "b"}))


@pytest.mark.integration
def test_a_wrong_secret_ends_the_command_and_is_not_printed() -> None:
    done = _command("too short")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "SHOP_JWT_SECRET: a secret of 9 bytes; it has at least 32\n"
    assert _command(None).stderr == "SHOP_JWT_SECRET is not set\n"
