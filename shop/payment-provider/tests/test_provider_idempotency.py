"""Idempotency keys by Stripe's rules: one key, one effect, one answer."""

from __future__ import annotations

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from payment_provider import errors
from shop_kit.testing import wait_for

pytestmark = pytest.mark.integration

ASKED = {"amount_minor": 1200, "currency": "EUR", "payment_method": "pm_ok", "reference": "r"}


def _effects(provider, key: str) -> list[dict]:
    return [entry for entry in provider.entries() if entry["idempotency_key"] == key]


def test_a_payment_from_its_authorisation_to_its_refund(provider) -> None:
    held = provider.authorised(reference="whole")
    assert held["status"] == "authorised"
    assert provider.post(f"/{held['id']}/capture").json()["captured_minor"] == 1200
    part = provider.post(f"/{held['id']}/refund", {"amount_minor": 200})
    assert (part.json()["status"], part.json()["refunded_minor"]) == ("captured", 200)
    whole = provider.post(f"/{held['id']}/refund").json()
    assert (whole["status"], whole["refunded_minor"]) == ("refunded", 1200)
    assert provider.client.get(f"/v1/authorisations/{held['id']}").json() == whole

    other = provider.authorised(reference="whole")
    provider.post(f"/{other['id']}/void").raise_for_status()
    found = provider.by_reference("whole")
    assert [each["id"] for each in found] == [other["id"], held["id"]]
    told = [
        (entry["kind"], entry["amount_minor"])
        for entry in provider.entries()
        if entry["reference"] == "whole"
    ]
    assert told == [
        ("authorised", 1200), ("captured", 1200), ("refunded", 200), ("refunded", 1000),
        ("authorised", 1200), ("voided", 1200),
    ]  # fmt: skip


def test_the_same_key_has_the_same_answer(provider) -> None:
    key = uuid.uuid4().hex
    first = provider.post("", ASKED, key)
    # The same request, its JSON written in another way.
    content = json.dumps(dict(reversed(ASKED.items())), indent=4)
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    again = provider.client.post("/v1/authorisations", content=content, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert len(_effects(provider, key)) == 1


def test_the_answer_stays_the_first_one_whatever_comes_after(provider) -> None:
    held = provider.authorised()
    first = provider.post(f"/{held['id']}/capture", key=f"capture {held['id']}")
    provider.post(f"/{held['id']}/refund").raise_for_status()
    again = provider.post(f"/{held['id']}/capture", {}, key=f"capture {held['id']}")
    assert again.json() == first.json()
    assert again.json()["status"] == "captured"


def test_a_declined_payment_stays_declined(provider) -> None:
    key = uuid.uuid4().hex
    first = provider.post("", ASKED | {"payment_method": "pm_declined"}, key)
    assert first.status_code == 201
    assert (first.json()["status"], first.json()["decline_reason"]) == ("declined", "card_declined")
    again = provider.post("", ASKED | {"payment_method": "pm_declined"}, key)
    assert again.json() == first.json()
    refused = provider.post(f"/{first.json()['id']}/capture")
    assert (refused.status_code, refused.json()["state"]) == (409, "declined")


def test_a_key_is_for_one_request(provider) -> None:
    key = uuid.uuid4().hex
    held = provider.authorised(key)
    others = [("", ASKED | {"amount_minor": 1}), (f"/{held['id']}/capture", None)]
    for path, body in others:
        answer = provider.post(path, body, key)
        assert answer.status_code == 422
        assert answer.json()["type"] == errors.IDEMPOTENCY_ERROR
        assert [each["field"] for each in answer.json()["errors"]] == ["Idempotency-Key"]
    assert len(_effects(provider, key)) == 1
    assert provider.client.get(f"/v1/authorisations/{held['id']}").json() == held


def test_twenty_at_once_with_one_key_have_one_effect(provider) -> None:
    provider.behave(latency={"median_ms": 600, "p99_ms": 700})  # so that they meet
    key = uuid.uuid4().hex
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: provider.post("", ASKED, key), range(20)))
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {201, 409}
    assert 409 in statuses
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["type"] == errors.KEY_IN_USE
            assert answer.headers["retry-after"] == "1"
    assert len(_effects(provider, key)) == 1


def test_another_request_with_a_key_in_use_is_told_at_once(provider) -> None:
    provider.behave(latency={"median_ms": 3000, "p99_ms": 3000})
    key = uuid.uuid4().hex
    with provider.begun(ASKED, key) as first:
        began = time.monotonic()
        answer = provider.post("", ASKED | {"amount_minor": 1}, key)
        assert (answer.status_code, answer.json()["type"]) == (422, errors.IDEMPOTENCY_ERROR)
        assert time.monotonic() - began < 1
        assert first.recv(100).startswith(b"HTTP/1.1 201 ")


def test_an_error_leaves_the_key_free(provider) -> None:
    provider.behave(error_rate=1.0)
    key = uuid.uuid4().hex
    assert provider.post("", ASKED, key).status_code == 503
    provider.behave()
    assert provider.post("", {"amount_minor": 0}, key).status_code == 400
    assert _effects(provider, key) == []
    done = provider.post("", ASKED, key)
    assert (done.status_code, "idempotent-replayed" in done.headers) == (201, False)


@pytest.mark.parametrize("action", ["capture", "void"])
def test_a_wrong_state_is_told_with_it(provider, action: str) -> None:
    held = provider.authorised()
    provider.post(f"/{held['id']}/void").raise_for_status()
    answer = provider.post(f"/{held['id']}/{action}")
    assert (answer.status_code, answer.json()["state"]) == (409, "voided")
    assert answer.json()["type"] == errors.WRONG_STATE


def test_no_more_is_refunded_than_was_captured(provider) -> None:
    held = provider.authorised()
    provider.post(f"/{held['id']}/capture").raise_for_status()
    answer = provider.post(f"/{held['id']}/refund", {"amount_minor": 1201})
    assert (answer.status_code, answer.json()["state"]) == (409, "captured")
    [told] = answer.json()["errors"]
    assert told == {"field": "amount_minor", "found": "1201", "expected": "1200 at most"}


def test_twenty_refunds_at_once_give_back_no_more_than_there_is(provider) -> None:
    held = provider.authorised()
    provider.post(f"/{held['id']}/capture").raise_for_status()
    with ThreadPoolExecutor(20) as threads:
        path, part = f"/{held['id']}/refund", {"amount_minor": 500}
        statuses = list(threads.map(lambda _: provider.post(path, part).status_code, range(20)))
    assert sorted(statuses) == [200] * 2 + [409] * 18
    now = provider.client.get(f"/v1/authorisations/{held['id']}").json()
    assert now["refunded_minor"] == 1000


def test_half_of_the_latency_comes_after_the_effect(provider) -> None:
    """So a caller whose time is out cannot know, and finds out by asking."""
    provider.behave(latency={"median_ms": 1600, "p99_ms": 1600})
    key, reference = uuid.uuid4().hex, uuid.uuid4().hex
    with ThreadPoolExecutor(1) as threads:
        began = time.monotonic()
        slow = threads.submit(provider.post, "", ASKED | {"reference": reference}, key)
        wait_for(lambda: provider.by_reference(reference))
        seen_s = time.monotonic() - began
        assert not slow.done()
        assert slow.result().status_code == 201
        answered_s = time.monotonic() - began
    assert 0.75 < seen_s < 1.5
    assert answered_s > 1.55
