"""Requests that cannot be answered: each told by its field, none stored, none our mistake."""

from __future__ import annotations

import json
import time

import httpx
import jwt
import pytest
from shop_kit.auth import Signer
from shop_kit.conforming import statuses

pytestmark = pytest.mark.integration

SECRET = "a secret for the tests of product-write"
STATE = """
    SELECT (SELECT json_agg(p ORDER BY id) FROM products p)::text AS products,
           (SELECT json_agg(v ORDER BY id) FROM variants v)::text AS variants,
           (SELECT count(*) FROM outbox) AS events
"""


def _variants(**fields: object) -> dict[str, object]:
    return {"variants": [{"id": "mug-s", **fields}]}


# What is wrong, the body, the field that is told.
BAD_BODIES = [
    ("nothing", b"", "body"),
    ("no JSON", b"{title: 1}", "body"),
    ("half a JSON", b'{"title": "a', "body"),
    ("no UTF-8", b'{"title": "\xff"}', "body"),
    ("a lone surrogate", rb'{"title": "\ud800"}', "body"),
    ("nested without end", b'{"title":' * 10_000, "body"),
    ("a number of too many digits", b'{"variants": [{"id": "a", "available": %s}]}' % (b"9" * 5000),
     "body"),
    ("a list", [], "body"),
    ("null", None, "body"),
    ("no field", {}, "body"),
    ("an unknown field", {"title": "a", "colour": "red"}, "colour"),
    ("an unknown field with NUL", {"title": "a", "\0": 1}, "\0"),
    ("a title that is null", {"title": None}, "title"),
    ("a title that is a number", {"title": 1}, "title"),
    ("an empty title", {"title": ""}, "title"),
    ("a title of spaces", {"title": "  "}, "title"),
    ("a title too long", {"title": "a" * 201}, "title"),
    ("a title with NUL", {"title": "a\0b"}, "title"),
    ("a title of two lines", {"title": "a\nb"}, "title"),
    ("a description too long", {"description": "a" * 10_001}, "description"),
    ("a description with NUL", {"description": "\0"}, "description"),
    ("a description that is a list", {"description": ["a"]}, "description"),
    ("no variants", {"variants": []}, "variants"),
    ("variants that are an object", {"variants": {"id": "mug-s"}}, "variants"),
    ("too many variants", {"variants": [{"id": str(n), "available": 1} for n in range(101)]},
     "variants"),
    ("a variant twice", {"variants": [{"id": "mug-s", "available": 1}] * 2}, "variants"),
    ("a variant that is a text", {"variants": ["mug-s"]}, "variants[0]"),
    ("a variant with nothing to change", _variants(), "variants[0]"),
    ("a variant without an id", {"variants": [{"available": 1}]}, "variants[0].id"),
    ("a variant with an empty id", {"variants": [{"id": "", "available": 1}]}, "variants[0].id"),
    ("a variant's id with NUL", {"variants": [{"id": "a\0", "available": 1}]}, "variants[0].id"),
    ("a variant's id too long", {"variants": [{"id": "a" * 65, "available": 1}]}, "variants[0].id"),
    ("an unknown variant", {"title": "a", "variants": [{"id": "no", "available": 1}]},
     "variants[0].id"),
    ("another product's variant",
     {"variants": [{"id": "mug-s", "available": 1}, {"id": "jug-1", "available": 1}]},
     "variants[1].id"),
    ("an unknown field of a variant", _variants(available=1, sku="x"), "variants[0].sku"),
    ("a price below 0", _variants(price_minor=-1), "variants[0].price_minor"),
    ("a price too high", _variants(price_minor=10**12 + 1), "variants[0].price_minor"),
    ("a price with a fraction", _variants(price_minor=1.0), "variants[0].price_minor"),
    ("a price that is a text", _variants(price_minor="1"), "variants[0].price_minor"),
    ("a price that is true", _variants(price_minor=True), "variants[0].price_minor"),
    ("a price that is null", _variants(price_minor=None), "variants[0].price_minor"),
    ("a price that is no number", b'{"variants": [{"id": "a", "price_minor": NaN}]}',
     "variants[0].price_minor"),
    ("a price without end", b'{"variants": [{"id": "a", "price_minor": 1e999}]}',
     "variants[0].price_minor"),
    ("a price of many digits", _variants(price_minor=10**4000), "variants[0].price_minor"),
    ("a stock below 0", _variants(available=-1), "variants[0].available"),
    ("a stock too high", _variants(available=10**9 + 1), "variants[0].available"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field"), [row[1:] for row in BAD_BODIES], ids=[row[0] for row in BAD_BODIES]
)
def test_a_bad_body_is_told_by_its_field(service, rows, body: object, field: str) -> None:
    before = rows(STATE)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    json_type = {"Content-Type": "application/json; charset=utf-8"}
    answer = service.client.patch("/api/products/mug", content=content, headers=json_type)
    _is_problem(answer, 400)
    errors = answer.json()["errors"]
    assert [error["field"] for error in errors] == [field]
    assert errors[0].keys() == {"field", "found", "expected"}
    assert errors[0]["expected"]
    assert rows(STATE) == before


def test_every_wrong_field_is_told_up_to_a_limit(service) -> None:
    many = service.change("mug", {"title": 1, "description": 2})
    assert [error["field"] for error in many.json()["errors"]] == ["title", "description"]
    flood = service.change("mug", {f"field {number}": 1 for number in range(9_000)})
    _is_problem(flood, 400)
    assert len(flood.json()["errors"]) == 20


# What is wrong, how the request differs from a good one, the status.
BAD_REQUESTS = [
    ("an unknown product", {"url": "/api/products/no"}, 404),
    ("an id that is no UTF-8", {"url": "/api/products/%FF"}, 404),
    ("an id with NUL", {"url": "/api/products/a%00"}, 400),
    ("an id too long", {"url": f"/api/products/{'a' * 65}"}, 400),
    ("no such path", {"url": "/api/products/mug/"}, 404),
    ("another method", {"method": "PUT"}, 405),
    ("a form", {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 415),
    ("no content type", {"headers": {}}, 415),
    ("a body too large", {"content": b" " * (256 * 1024 + 1)}, 413),
    ("a body too large that comes in pieces", {"content": (b" " * 9_999 for _ in range(99))}, 413),
    ("a host that is none", {"headers": {"Host": "[", "Content-Type": "application/json"},
                             "content": b""}, 400),
]  # fmt: skip


@pytest.mark.parametrize(
    ("differs", "status"), [row[1:] for row in BAD_REQUESTS], ids=[row[0] for row in BAD_REQUESTS]
)
def test_a_bad_request_has_its_status(service, rows, differs, status: int) -> None:
    before = rows(STATE)
    good = {
        "method": "PATCH",
        "url": "/api/products/mug",
        "content": b'{"title": "a"}',
        "headers": {"Content-Type": "application/json"},
    }
    _is_problem(service.client.request(**(good | differs)), status)
    assert rows(STATE) == before


def _is_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def _claims(**more: object) -> dict[str, object]:
    good = {
        "iss": "shop",
        "sub": "admin",
        "exp": int(time.time()) + 86_400,
        "scope": "catalogue:write",
    }
    return {name: value for name, value in (good | more).items() if value is not None}


def _signed(secret: str = SECRET, algorithm: str = "HS256", **claims: object) -> str:
    return "Bearer " + jwt.encode(_claims(**claims), secret, algorithm)


BAD_TOKENS = [
    ("none", None, 401),
    ("another kind", "Basic YWRtaW46", 401),
    ("empty", "Bearer", 401),
    ("no token", "Bearer ü", 401),
    ("expired", _signed(exp=int(time.time()) - 1), 401),
    ("forged", _signed(secret="another secret, of 32 bytes and more"), 401),
    ("unsigned", _signed(secret="", algorithm="none"), 401),
    ("of another algorithm", _signed(secret=SECRET * 2, algorithm="HS512"), 401),
    ("for ever", _signed(exp=None), 401),
    ("of nobody", _signed(sub=None), 401),
    ("of another issuer", _signed(iss="elsewhere"), 401),
    ("of another scope", _signed(scope="catalogue:read orders:write"), 403),
    ("of no scope", _signed(scope=None), 403),
]


@pytest.mark.parametrize(
    ("token", "status"), [row[1:] for row in BAD_TOKENS], ids=[row[0] for row in BAD_TOKENS]
)
def test_a_token_that_does_not_admit(service, rows, token: str | None, status: int) -> None:
    before = rows(STATE)
    headers = {} if token is None else {"Authorization": token.encode()}
    with httpx.Client(base_url=service.url, trust_env=False) as client:
        answer = client.patch("/api/products/mug", json={"title": "a"}, headers=headers)
    _is_problem(answer, status)
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert rows(STATE) == before


def test_requests_are_counted_by_their_status(service) -> None:
    def counted(code: str) -> float:
        return service.metric("product_write_requests_total", code=code)

    before = counted("404"), counted("200")
    service.change("no", {"title": "a"})
    service.change("tray", {"title": "Tray"})
    assert (counted("404"), counted("200")) == (before[0] + 1, before[1] + 1)


def test_no_request_within_the_schema_or_beside_it_is_our_mistake(service) -> None:
    token = Signer(SECRET.encode()).token("admin", ["catalogue:write"], ttl_s=600)
    there = [{"id": "mug"}, {"id": "no"}]
    found = statuses(service.url, "/api/products/{id}", "PATCH", token, there, examples=50)
    assert found >= {200, 400, 404}
