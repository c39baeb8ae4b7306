from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client import CollectorRegistry
from pydantic import BaseModel, ConfigDict, Field
from shop_kit.http import app
from shop_kit.metrics import RequestMetrics
from shop_kit.problems import Mistake, Problem, answering, bad_request, body_as, shown, unavailable
from shop_kit.readiness import Readiness
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class Cup(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    size_ml: int = Field(gt=0)


class Order(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    cups: list[Cup]


async def _order(request: Request) -> Response:
    order = await body_as(Order, request)
    return JSONResponse(len(order.cups))


async def _broken(_: Request) -> Response:
    raise RuntimeError("a secret detail")


async def _gone(_: Request) -> Response:
    raise unavailable("no water")


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
async def client(registry: CollectorRegistry) -> AsyncIterator[httpx.AsyncClient]:
    metrics = RequestMetrics("cups")
    registry.register(metrics)
    routes = [
        Route("/order", answering("order", _order, metrics), methods=["POST"]),
        Route("/broken", answering("broken", _broken, metrics)),
        Route("/gone", answering("gone", _gone, metrics)),
    ]
    transport = httpx.ASGITransport(app(Readiness(), registry, routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://cups") as client:
        yield client


def _is_problem(answer: httpx.Response, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert (found["type"], found["status"]) == ("about:blank", status)
    assert found["instance"] == answer.request.url.path
    return found


async def test_a_good_body_is_answered(client: httpx.AsyncClient) -> None:
    assert (await client.post("/order", json={"cups": [{"size_ml": 200}]})).json() == 1


BODIES = [
    ({"cups": [{"size_ml": 0}]}, "cups[0].size_ml", "0", "Input should be greater than 0"),
    ({"cups": [{}]}, "cups[0].size_ml", "", "Field required"),
    ({"cups": [], "a": {"b": "ü"}}, "a", "", "no such field"),
    ([], "body", "", "Input should be an object"),
]


@pytest.mark.parametrize(("body", "field", "found", "expected"), BODIES)
async def test_what_is_wrong_is_told_by_its_field(
    client: httpx.AsyncClient, body: object, field: str, found: str, expected: str
) -> None:
    problem = _is_problem(await client.post("/order", json=body), 400)
    assert problem["errors"] == [{"field": field, "found": found, "expected": expected}]
    assert f"{field}: {expected}" in str(problem["detail"])


async def test_no_more_is_read_than_the_limit(client: httpx.AsyncClient) -> None:
    read = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1000):
            read += 64 * 1024
            yield b" " * (64 * 1024)

    json_type = {"Content-Type": "application/json"}
    _is_problem(await client.post("/order", content=pieces(), headers=json_type), 413)
    assert read <= 384 * 1024
    declared = json_type | {"Content-Length": "9" * 30}
    _is_problem(await client.post("/order", content=b"", headers=declared), 413)


@pytest.mark.parametrize("kind", ["text/plain", "application/jsonx", ""])
async def test_only_json_is_read(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post("/order", content=b"{}", headers={"Content-Type": kind})
    problem = _is_problem(answer, 415)
    assert problem["errors"] == [
        {"field": "Content-Type", "found": kind, "expected": "application/json"}
    ]
    assert answer.headers["accept"] == "application/json"


async def test_our_mistakes_are_not_told_and_all_is_counted(client, registry) -> None:
    assert "secret" not in str(_is_problem(await client.get("/broken"), 500))
    gone = await client.get("/gone")
    assert _is_problem(gone, 503)["detail"] == "no water"
    assert gone.headers["retry-after"] == "1"
    for method, code in (("broken", "500"), ("gone", "503")):
        labels = {"method": method, "code": code}
        assert registry.get_sample_value("cups_requests_total", labels) == 1


async def test_what_has_no_route_is_a_problem_too(client: httpx.AsyncClient) -> None:
    _is_problem(await client.get("/nowhere"), 404)
    refused = await client.get("/order")
    _is_problem(refused, 405)
    assert refused.headers["allow"] == "POST"


def test_what_was_found_can_always_be_told() -> None:
    assert shown("a" * 1000) == "a" * 100 + "…"
    assert shown("\ud800") == r"\ud800"
    assert shown(b"\xff") == r"\xff"
    assert shown(float("inf")) == "Infinity"
    told = bad_request(Mistake("a\ud800", "\ud800", "better")).response("/\ud800")
    assert json.loads(told.body)["errors"][0]["found"] == "\ud800"
    assert str(Problem(404, "no such cup")) == "no such cup"
