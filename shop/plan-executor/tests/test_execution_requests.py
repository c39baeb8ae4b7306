"""What may be executed, by whom, and how often; what is told of it meanwhile; and the page."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import msgspec
import pytest
from msgspec.structs import replace
from plan_generator.mandates import digest_of
from shop_intents import Add, BuyNow, CheckOut, Plan
from shop_kit.conforming import statuses

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def shop(open_shopping):
    return open_shopping()


def changed(plan: dict, digested: bool = True, **more: object) -> dict:
    found = replace(msgspec.convert(plan, Plan), **more)
    if digested:
        found = replace(found, digest=digest_of(found))
    return msgspec.to_builtins(found)


def with_mandate(plan: dict, **more: object) -> dict:
    return plan | {"mandate": plan["mandate"] | more}


FORGED: list[tuple[str, Callable[[dict], dict], str]] = [
    ("another budget", lambda it: changed(it, False, budget_minor=10**6), "it was changed"),
    ("another budget, digested", lambda it: changed(it, budget_minor=10**6), "for another plan"),
    ("other steps", lambda it: changed(it, steps=()), "for another plan"),
    ("a higher cap", lambda it: with_mandate(it, cap_minor=10**6), "it was changed"),
    ("a longer life", lambda it: with_mandate(it, expires_at=2**33), "it was changed"),
    ("no signature", lambda it: with_mandate(it, signature=""), "signature is not ours"),
    ("no mandate", lambda it: it | {"mandate": None}, "no mandate"),
]


@pytest.mark.parametrize(("says", "forge", "told"), FORGED, ids=[row[0] for row in FORGED])
def test_a_forged_plan_is_refused_with_the_reason(
    shop, wish, says: str, forge: Callable[[dict], dict], told: str
) -> None:
    with shop.shopper() as ann:
        answer = ann.execute(forge(ann.plan(BuyNow(items=(wish("mug-s"),)))))
        assert (answer.status_code, answer.json()["status"]) == (403, 403)
        assert told in answer.json()["detail"]
        assert (
            shop.rows("executions", "SELECT 1 FROM executions WHERE user_id = $1", ann.name) == []
        )


def test_another_user_may_not_execute_it_nor_see_it(shop, wish) -> None:
    with shop.shopper() as ann, shop.shopper() as bob:
        plan = ann.plan(BuyNow(items=(wish("mug-s"),)))
        answer = bob.execute(plan)
        assert (answer.status_code, "another user's" in answer.text) == (403, True)
        # Nor by calling it theirs: the mandate is not.
        answer = bob.execute(changed(plan, user_id=bob.name))
        assert (answer.status_code, "another user's" in answer.text) == (403, True)
        execution_id = ann.execute(plan).json()["execution_id"]
        url = f"{shop.url('executor')}/executions/{execution_id}"
        assert {bob.client.get(url).status_code, bob.client.get(f"{url}/events").status_code} == {
            404
        }
        assert ann.ended(execution_id)["outcome"] == "completed"


def test_a_plan_that_needs_an_approval_waits_for_it(shop, wish) -> None:
    with shop.shopper(cap_minor=999) as ann, shop.shopper() as bob:
        plan = ann.plan(BuyNow(items=(wish("mug-s", quantity=2),)))
        assert (plan["approval"], plan.get("mandate")) == ("needed", None)
        refused = ann.execute(plan)
        assert (refused.status_code, "needs an approval" in refused.text) == (403, True)
        url = f"{shop.url('generator')}/plans/{plan['plan_id']}/approval"
        assert bob.client.post(url, json={"answer": "yes"}).status_code == 404
        approved = ann.client.post(url, json={"answer": "yes"}).json()
        assert (approved["approval"], approved["mandate"]["cap_minor"]) == ("given", 1000)
        assert ann.client.post(url, json={"answer": "yes"}).json() == approved
        assert ann.client.post(url, json={"answer": "no"}).status_code == 409
        found = ann.ended(ann.execute(approved).json()["execution_id"])
        assert (found["outcome"], found["spent_minor"]) == ("completed", 1000)


def test_a_mandate_that_has_expired_pays_nothing(open_shopping, wish) -> None:
    shop = open_shopping(PLAN_GENERATOR_TTL_S="1")
    with shop.shopper() as ann:
        plan = ann.plan(BuyNow(items=(wish("mug-s"),)))
        shop.terminate("executor")
        shop.start("executor")  # it takes longer than a second
        answer = ann.execute(plan)
        assert (answer.status_code, "has expired" in answer.text) == (403, True)


@pytest.fixture(scope="module")
def again(open_shopping):
    """For after a shop of other settings."""
    return open_shopping()


def test_the_same_key_is_the_same_execution(again, wish) -> None:
    with again.shopper() as ann, again.shopper() as bob:
        plan, other = ann.plan(Add(item=wish("mug-s"))), ann.plan(Add(item=wish("mug-s")))
        one, same = ann.execute(plan, "k"), ann.execute(plan, "k")
        assert (one.status_code, same.status_code) == (202, 202)
        assert one.headers["location"] == f"/executions/{one.json()['execution_id']}"
        assert one.json() == same.json()
        assert ann.execute(other, "k").status_code == 422
        again_under_another = ann.execute(plan, "k2")
        assert again_under_another.status_code == 409
        assert again_under_another.headers["location"] == one.headers["location"]
        assert bob.execute(bob.plan(Add(item=wish("mug-s"))), "k").status_code == 202
        assert ann.ended(one.json()["execution_id"])["outcome"] == "completed"
        assert ann.execute(plan, "k").json() == one.json(), "even when it is over"
        assert ann.cart() == {"mug-s": 1}


def test_of_twenty_at_once_one_is_executed(again, wish) -> None:
    with again.shopper() as ann:
        plan = ann.plan(BuyNow(items=(wish("mug-s"),)))

        def execute(number: int) -> httpx.Response:
            return ann.execute(plan, f"k{number % 5}")

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(execute, range(20)))
        accepted = {each.json()["execution_id"] for each in answers if each.status_code == 202}
        assert {each.status_code for each in answers} == {202, 409}
        assert len(accepted) == 1
        assert ann.ended(accepted.pop())["outcome"] == "completed"
        assert again.paid_orders(ann.name) == [{"mug-s": 1}]


def test_what_happens_is_streamed_to_its_end(again, wish) -> None:
    with again.shopper() as ann:
        execution_id = ann.begun(Add(item=wish("mug-s")), CheckOut())
        url = f"{again.url('executor')}/executions/{execution_id}/events"
        with ann.client.stream("GET", url) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = list(answer.iter_lines())
        events = [json.loads(x.removeprefix("data: ")) for x in lines if x.startswith("data: ")]
        done = [(s["kind"], s["state"]) for e in events for s in e["steps"] if s["state"] == "done"]
        kinds = ["choose", "add", "price_check", "check_out", "wait", "verify"]
        assert done == [(kind, "done") for kind in kinds]
        assert [e["outcome"] for e in events if e["state"] == "ended"] == ["completed"]
        ids = [int(line.removeprefix("id: ")) for line in lines if line.startswith("id: ")]
        assert ids == list(range(1, len(events) + 1))
        with ann.client.stream("GET", url, headers={"Last-Event-ID": str(ids[-2])}) as answer:
            rest = [line for line in answer.iter_lines() if line.startswith("id: ")]
        assert rest == [f"id: {ids[-1]}"]


def test_what_is_counted(again, wish) -> None:
    def counted(name: str) -> float:
        text = httpx.get(f"{again.url('executor')}/metrics", trust_env=False).text
        found = [line for line in text.splitlines() if line.startswith(name)]
        return float(found[0].split()[-1]) if found else 0.0

    completed = 'autonomous_transactions_total{outcome="completed"}'
    refused = 'autonomous_transactions_total{outcome="refused"}'
    steps = 'plan_steps_total{kind="verify",state="done"}'
    before = [counted(name) for name in (completed, refused, steps)]
    with again.shopper() as ann:
        ann.done(BuyNow(items=(wish("mug-s"),)))
        ann.done(BuyNow(items=(wish("jug-1"),)))
    after = [counted(name) for name in (completed, refused, steps)]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 1]


@pytest.mark.parametrize("key", ["", "x" * 151, "ü", None])
def test_a_key_is_needed_and_has_its_form(again, wish, key: str | None) -> None:
    with again.shopper() as ann:
        plan = ann.plan(Add(item=wish("mug-s")))
        headers = {} if key is None else {"Idempotency-Key": key.encode()}
        url = f"{again.url('executor')}/execute-plan"
        answer = ann.client.post(url, json={"plan": plan}, headers=headers)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


OPERATIONS = [
    ("generator", "POST", "/generate-plan", {400}),
    ("generator", "GET", "/plans/{id}", {200, 404}),
    ("generator", "POST", "/plans/{id}/approval", {404, 409}),
    ("executor", "POST", "/execute-plan", {400}),
    ("executor", "GET", "/executions/{id}", {200, 404}),
    ("executor", "GET", "/executions/{id}/events", {200, 404}),
]


@pytest.mark.parametrize(("service", "method", "path", "expected"), OPERATIONS)
def test_no_request_within_the_schema_or_beside_it_is_our_mistake(
    again, wish, service: str, method: str, path: str, expected: set[int]
) -> None:
    with again.shopper() as ann:
        plan = ann.plan(Add(item=wish("mug-s")))
        found = ann.ended(ann.execute(plan).json()["execution_id"])
    known = {"generator": plan["plan_id"], "executor": found["execution_id"]}[service]
    there = [{"id": known}, {"id": "a\0b"}] if "{id}" in path else []
    token = again.signer.token(ann.name, ["shop"], ttl_s=600)
    assert statuses(again.url(service), path, method, token, there, examples=30) >= expected


def test_the_page_is_one_origin_and_has_no_markup_of_others(again, wish) -> None:
    base = again.url("executor")
    page = httpx.get(base, trust_env=False)
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    script = httpx.get(f"{base}/page.js", trust_env=False).text
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in script
    with again.shopper(cap_minor=0) as ann:
        cart = ann.client.get(f"{base}/shopping/carts/main").raise_for_status().json()
        assert cart == {"cart_id": "main", "items": []}
        assert ann.client.get(f"{base}/shopping/orders").json() == {"orders": []}
        plan = ann.plan(BuyNow(items=(wish("mug-s"),)))
        url = f"{base}/shopping/plans/{plan['plan_id']}"
        assert ann.client.get(url).json() == plan
        approved = ann.client.post(f"{url}/approval", json={"answer": "yes"}).json()
        assert approved["approval"] == "given"
        key = {"Idempotency-Key": uuid.uuid4().hex}
        made = ann.client.post(f"{base}/shopping/generate-plan", json={}, headers=key)
        assert (made.status_code, made.json()["status"]) == (400, 400)
        # Nobody is there to read sentences in this shop.
        assert ann.client.post(f"{base}/shopping/parse-intent", json={}).status_code == 503
        assert ann.client.get(f"{base}/shopping/carts/..%2F..%2Fcheckout%2Fk-1").status_code == 404
        assert ann.client.delete(f"{base}/shopping/carts/main").status_code == 405
    assert httpx.get(f"{base}/shopping/orders", trust_env=False).status_code == 401
