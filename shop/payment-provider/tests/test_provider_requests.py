"""Requests that cannot be answered: told by their fields, without effect, never our mistake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid

import httpx
import pytest
from shop_kit.conforming import statuses

pytestmark = pytest.mark.integration

KEY = "a key for the tests"
ASKED = {"amount_minor": 1200, "currency": "EUR", "payment_method": "pm_ok", "reference": "r"}


def _but(**fields: object) -> dict[str, object]:
    return ASKED | fields


def _without(name: str) -> dict[str, object]:
    return {each: value for each, value in ASKED.items() if each != name}


# What is wrong, the body, the field that is told.
BAD_BODIES = [
    ("nothing", b"", "amount_minor"),
    ("no JSON", b"{amount_minor: 1}", "body"),
    ("half a JSON", b'{"amount_minor": 12', "body"),
    ("no UTF-8", b'{"reference": "\xff"}', "body"),
    ("a lone surrogate", rb'{"reference": "\ud800"}', "body"),
    ("nested without end", b'{"reference":' * 1_000, "reference"),
    ("a list", [], "body"),
    ("null", None, "body"),
    ("an unknown field", _but(card="4111111111111111"), "card"),
    ("no amount", _without("amount_minor"), "amount_minor"),
    ("an amount of 0", _but(amount_minor=0), "amount_minor"),
    ("an amount below 0", _but(amount_minor=-1), "amount_minor"),
    ("an amount too high", _but(amount_minor=10**12 + 1), "amount_minor"),
    ("an amount of many digits", _but(amount_minor=10**4000), "amount_minor"),
    ("an amount with a fraction", _but(amount_minor=1.5), "amount_minor"),
    ("an amount without end", b'{"amount_minor": 1e999}', "amount_minor"),
    ("an amount that is a text", _but(amount_minor="1"), "amount_minor"),
    ("an amount that is true", _but(amount_minor=True), "amount_minor"),
    ("an amount that is null", _but(amount_minor=None), "amount_minor"),
    ("no currency", _without("currency"), "currency"),
    ("a currency in small letters", _but(currency="eur"), "currency"),
    ("a currency of two letters", _but(currency="EU"), "currency"),
    ("a currency that is a number", _but(currency=978), "currency"),
    ("no payment method", _without("payment_method"), "payment_method"),
    ("an empty payment method", _but(payment_method=""), "payment_method"),
    ("a payment method too long", _but(payment_method="p" * 101), "payment_method"),
    ("no reference", _without("reference"), "reference"),
    ("an empty reference", _but(reference=""), "reference"),
    ("a reference too long", _but(reference="r" * 101), "reference"),
    ("a reference that is a list", _but(reference=["r"]), "reference"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field"), [row[1:] for row in BAD_BODIES], ids=[row[0] for row in BAD_BODIES]
)
def test_a_bad_body_is_told_by_its_field(provider, body: object, field: str) -> None:
    before = provider.entries()
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = provider.client.post(
        "/v1/authorisations",
        content=content,
        headers={"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": "bad body"},
    )
    _is_problem(answer, 400)
    [error] = answer.json()["errors"]
    assert error.keys() == {"field", "found", "expected"}
    assert (error["field"], bool(error["expected"])) == (field, True)
    assert "4111" not in answer.text
    assert provider.entries() == before


# What is wrong, the action, its body, the field that is told.
BAD_CHANGES = [
    ("a refund of 0", "refund", {"amount_minor": 0}, "amount_minor"),
    ("a refund below 0", "refund", {"amount_minor": -1}, "amount_minor"),
    ("a refund of a text", "refund", {"amount_minor": "1"}, "amount_minor"),
    ("a refund in another currency", "refund", {"currency": "USD"}, "currency"),
    ("a void of a part", "void", {"amount_minor": 1}, "amount_minor"),
    ("a capture that is a list", "capture", [], "body"),
]


@pytest.mark.parametrize(
    ("action", "body", "field"), [row[1:] for row in BAD_CHANGES], ids=[r[0] for r in BAD_CHANGES]
)
def test_a_bad_change_is_told_by_its_field(provider, action: str, body, field: str) -> None:
    held = provider.authorised()
    answer = provider.post(f"/{held['id']}/{action}", body)
    _is_problem(answer, 400)
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert provider.client.get(f"/v1/authorisations/{held['id']}").json() == held


# What is wrong, the behaviour, the field that is told.
BAD_BEHAVIOURS = [
    ("a rate above 1", {"error_rate": 1.1}, "error_rate"),
    ("a rate below 0", {"decline_rate": -0.1}, "decline_rate"),
    ("a rate that is a text", {"lost_reply_rate": "1"}, "lost_reply_rate"),
    ("an outage that is a number", {"outage": 1}, "outage"),
    ("an unknown field", {"outtage": True}, "outtage"),
    ("a latency below 0", {"latency": {"median_ms": -1, "p99_ms": 1}}, "latency.median_ms"),
    ("a latency without end", {"latency": {"median_ms": 1, "p99_ms": 1e9}}, "latency.p99_ms"),
    ("a p99 below the median", {"latency": {"median_ms": 2, "p99_ms": 1}}, "latency"),
    ("a median of 0", {"latency": {"median_ms": 0, "p99_ms": 1}}, "latency"),
]


@pytest.mark.parametrize(
    ("body", "field"), [row[1:] for row in BAD_BEHAVIOURS], ids=[row[0] for row in BAD_BEHAVIOURS]
)
def test_a_bad_behaviour_changes_nothing(provider, body: object, field: str) -> None:
    before = provider.client.get("/admin/behaviour").json()
    answer = provider.client.put("/admin/behaviour", json=body)
    _is_problem(answer, 400)
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert provider.client.get("/admin/behaviour").json() == before


BAD_KEYS = [
    ("none", []),
    ("an empty one", [""]),
    ("one too long", ["k" * 256]),
    ("one that is not ASCII", ["schlüssel".encode()]),
    ("one with a tab", ["a\tb"]),
    ("two", ["a", "b"]),
]


@pytest.mark.parametrize("keys", [row[1] for row in BAD_KEYS], ids=[row[0] for row in BAD_KEYS])
def test_a_bad_idempotency_key_is_told(provider, keys: list) -> None:
    headers = [("Idempotency-Key", key) for key in keys]
    answer = provider.client.post("/v1/authorisations", json=ASKED, headers=headers)
    _is_problem(answer, 400)
    assert [error["field"] for error in answer.json()["errors"]] == ["Idempotency-Key"]


# What is wrong, how the request differs from a good one, the status.
BAD_REQUESTS = [
    ("an unknown authorisation", {"url": "/v1/authorisations/no/capture", "content": b""}, 404),
    ("no such path", {"url": "/v1/authorisations/"}, 404),
    ("another method", {"method": "PUT"}, 405),
    ("a form", {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 415),
    ("a body too large", {"content": b" " * (16 * 1024 + 1)}, 413),
    ("a ledger page of 0", {"method": "GET", "url": "/v1/ledger?limit=0"}, 400),
    ("a ledger page too long", {"method": "GET", "url": "/v1/ledger?limit=10001"}, 400),
    ("a ledger page after none", {"method": "GET", "url": "/v1/ledger?after=-1"}, 400),
    ("a ledger page after a text", {"method": "GET", "url": "/v1/ledger?after=x"}, 400),
    ("no reference", {"method": "GET"}, 400),
    ("an unknown authorisation to be read", {"method": "GET", "url": "/v1/authorisations/no"}, 404),
]  # fmt: skip


@pytest.mark.parametrize(
    ("differs", "status"), [row[1:] for row in BAD_REQUESTS], ids=[row[0] for row in BAD_REQUESTS]
)
def test_a_bad_request_has_its_status(provider, differs, status: int) -> None:
    before = provider.entries()
    good = {
        "method": "POST",
        "url": "/v1/authorisations",
        "content": json.dumps(ASKED).encode(),
        "headers": {"Content-Type": "application/json"},
    }
    request = good | differs
    request["headers"] = request["headers"] | {"Idempotency-Key": uuid.uuid4().hex}
    _is_problem(provider.client.request(**request), status)
    assert provider.entries() == before


BAD_TOKENS = [None, "Basic YTpi", "Bearer", "Bearer another key", f"Bearer {KEY}x", "Bearer ü"]
PATHS = [
    ("POST", "/v1/authorisations"),
    ("POST", "/v1/authorisations/no/refund"),
    ("GET", "/v1/authorisations"),
    ("GET", "/v1/authorisations/no"),
    ("GET", "/v1/ledger"),
    ("GET", "/admin/behaviour"),
    ("PUT", "/admin/behaviour"),
]


def test_nothing_is_told_or_done_without_the_key(provider) -> None:
    before = provider.entries()
    with httpx.Client(base_url=provider.url, trust_env=False) as client:
        for token in BAD_TOKENS:
            for method, path in PATHS:
                headers = {"Authorization": token.encode()} if token else {}
                answer = client.request(method, path, headers=headers)
                _is_problem(answer, 401)
                assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert provider.entries() == before


def test_requests_are_counted_by_operation_and_status(provider) -> None:
    def counted(**labels: str) -> float:
        return provider.metric("payment_provider_requests_total", **labels)

    captures = {"method": "POST /v1/authorisations/{id}/capture", "code": "404"}
    before = counted(**captures)
    provider.post("/no/capture")
    assert counted(**captures) == before + 1
    assert provider.metric("payment_provider_request_seconds_count", method=captures["method"]) > 0


# A setting that is wrong, and what is told of it.
BAD_SETTINGS = [
    ({"PAYMENT_PROVIDER_KEY": "short"}, "PAYMENT_PROVIDER_KEY has at least 8"),
    ({"PAYMENT_PROVIDER_LEDGER": "/nowhere/ledger"}, "PAYMENT_PROVIDER_LEDGER: /nowhere"),
    ({"PAYMENT_PROVIDER_P99_MS": "1"}, "PAYMENT_PROVIDER_P99_MS"),
    ({"PAYMENT_PROVIDER_DECLINE_RATE": "2"}, "PAYMENT_PROVIDER_DECLINE_RATE=2"),
    ({"PAYMENT_PROVIDER_HTTP_ADDR": "8090"}, "PAYMENT_PROVIDER_HTTP_ADDR=8090"),
]


@pytest.mark.parametrize(("setting", "told"), BAD_SETTINGS)
def test_a_bad_setting_ends_it_with_2(tmp_path, setting: dict[str, str], told: str) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PAYMENT_", "OTEL"))}
    good = {
        "PAYMENT_PROVIDER_KEY": KEY,
        "PAYMENT_PROVIDER_LEDGER": str(tmp_path / "ledger"),
        "PAYMENT_PROVIDER_HTTP_ADDR": "127.0.0.1:0",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "payment_provider"],
        env=kept | good | setting, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert told in ended.stderr
    assert "short" not in ended.stderr
    assert "Traceback" not in ended.stderr


# An operation, and the statuses that some of its answers have.
OPERATIONS = [
    ("/v1/authorisations", "POST", {201, 400}),
    ("/v1/authorisations", "GET", {200, 400}),
    ("/v1/authorisations/{id}", "GET", {200, 404}),
    ("/v1/authorisations/{id}/capture", "POST", {400, 404, 409}),
    ("/v1/authorisations/{id}/void", "POST", {200, 400, 404, 409}),
    ("/v1/authorisations/{id}/refund", "POST", {400, 404, 409}),
    ("/v1/ledger", "GET", {200, 400}),
]


@pytest.mark.parametrize(("path", "method", "expected"), OPERATIONS)
def test_no_request_within_the_schema_or_beside_it_is_our_mistake(
    provider, path: str, method: str, expected: set[int]
) -> None:
    held = {"id": provider.authorised()["id"]}
    there = [held] if "{id}" in path else []
    assert statuses(provider.url, path, method, KEY, there) >= expected


def _is_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
