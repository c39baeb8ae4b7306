"""The outside world at its worst: gone, failing, silent; and how it ends when it is told to."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from shop_kit.testing import wait_for

pytestmark = pytest.mark.integration

ASKED = {"amount_minor": 1200, "currency": "EUR", "payment_method": "pm_ok", "reference": "r"}


def test_an_outage_ends_as_it_began(provider) -> None:
    held = provider.authorised()
    entries = provider.entries()
    provider.behave(outage=True)
    for answer in (
        provider.post("", ASKED),
        provider.post(f"/{held['id']}/capture"),
        provider.client.get(f"/v1/authorisations/{held['id']}"),
        provider.client.get("/v1/authorisations", params={"reference": "r"}),
    ):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.headers["content-type"] == "application/problem+json"
    assert provider.client.get("/healthz").status_code == 200
    assert provider.client.get("/admin/behaviour").json()["outage"] is True
    provider.behave()
    assert provider.entries() == entries
    assert provider.post(f"/{held['id']}/capture").status_code == 200


def test_so_many_fail_and_none_of_them_took_effect(provider) -> None:
    provider.behave(error_rate=0.5)
    keys = [uuid.uuid4().hex for _ in range(60)]
    statuses = {key: provider.post("", ASKED, key).status_code for key in keys}
    provider.behave()
    assert set(statuses.values()) == {201, 503}
    # 60 draws of a half: outside of this once in 100,000 times.
    assert 14 <= list(statuses.values()).count(503) <= 46
    done = {entry["idempotency_key"] for entry in provider.entries()} & statuses.keys()
    assert done == {key for key, status in statuses.items() if status == 201}


def test_an_answer_that_is_lost_is_found_by_its_reference(provider) -> None:
    provider.behave(lost_reply_rate=1.0)
    key, reference = uuid.uuid4().hex, uuid.uuid4().hex
    asked = ASKED | {"reference": reference}
    headers = {"Idempotency-Key": key}
    with pytest.raises(httpx.ReadTimeout):
        provider.client.post("/v1/authorisations", json=asked, headers=headers, timeout=0.5)
    [found] = provider.by_reference(reference)
    assert found["status"] == "authorised"
    # The provider does not wait for a caller that has given up.
    counted = {"method": "POST /v1/authorisations", "code": "201"}
    before = provider.metric("payment_provider_requests_total", **counted)
    with pytest.raises(httpx.ReadTimeout):
        provider.client.post("/v1/authorisations", json=asked, headers=headers, timeout=0.5)
    wait_for(lambda: provider.metric("payment_provider_requests_total", **counted) > before)
    provider.behave()
    again = provider.post("", asked, key)
    assert (again.json(), again.headers["idempotent-replayed"]) == (found, "true")
    assert provider.by_reference(reference) == [found]


def test_latency_and_decline_rate_are_set_from_the_environment(launch) -> None:
    provider = launch(
        PAYMENT_PROVIDER_MEDIAN_MS="300",
        PAYMENT_PROVIDER_P99_MS="300",
        PAYMENT_PROVIDER_DECLINE_RATE="1",
    )
    told = provider.client.get("/admin/behaviour").json()
    assert told == {
        "latency": {"median_ms": 300, "p99_ms": 300},
        "decline_rate": 1, "error_rate": 0, "lost_reply_rate": 0, "outage": False,
    }  # fmt: skip
    began = time.monotonic()
    answer = provider.post("", ASKED | {"payment_method": "pm_visa"})
    assert time.monotonic() - began >= 0.29
    assert answer.json()["status"] == "declined"
    assert provider.post("", ASKED).json()["status"] == "authorised"


def test_what_is_under_way_is_answered_before_it_ends(launch) -> None:
    provider = launch()
    provider.behave(latency={"median_ms": 1500, "p99_ms": 1500}, lost_reply_rate=0.0)
    key = uuid.uuid4().hex
    with provider.begun(ASKED, key) as connection, ThreadPoolExecutor(1) as threads:
        stopping = threads.submit(provider.stop)
        assert connection.recv(100).startswith(b"HTTP/1.1 201 ")
        assert stopping.result() == 0
    assert provider.rows("SELECT idempotency_key FROM ledger") == [(key,)]
    assert "Traceback" not in provider.log.read_text()


def test_it_does_not_wait_for_an_answer_that_is_lost(launch) -> None:
    provider = launch()
    provider.behave(lost_reply_rate=1.0)
    with provider.begun(ASKED, uuid.uuid4().hex):
        wait_for(lambda: provider.rows("SELECT 1 FROM ledger"))
        began = time.monotonic()
        assert provider.stop() == 0
        assert time.monotonic() - began < 4
