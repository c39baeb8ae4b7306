"""`assay load` on one address."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

pytestmark = pytest.mark.integration

TIMES = {"p50", "p90", "p95", "p99", "p99.9", "max", "mean"}


@pytest.fixture(scope="module")
def rpc() -> Iterator[str]:
    """Of a gRPC server with health and reflection."""
    server = grpc.server(ThreadPoolExecutor(2))
    health_pb2_grpc.add_HealthServicer_to_server(health.HealthServicer(), server)
    name = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
    reflection.enable_server_reflection([name, reflection.SERVICE_NAME], server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"grpc://127.0.0.1:{port}"
    server.stop(0).wait()


def test_an_open_loop(assay, url) -> None:
    code, told, _ = assay("load", url, "--rate", "200", "--duration", "500ms", "--json")
    found = json.loads(told)
    assert code == 0
    assert found["latency_ms"].keys() == found["service_ms"].keys() == TIMES
    assert 0 < found["service_ms"]["p50"] <= found["latency_ms"]["p50"]
    assert found["latency_ms"]["p50"] <= found["latency_ms"]["p99"] <= found["latency_ms"]["max"]
    assert found["rate"].keys() == {"asked", "sent", "completed"}
    assert found["rate"]["asked"] == 200
    assert found["rate"]["sent"] == pytest.approx(200, rel=0.3)
    assert found["errors"] == {}


def test_a_closed_loop(assay, url) -> None:
    code, told, _ = assay("load", url, "--users", "3", "--duration", "500ms", "--json")
    found = json.loads(told)
    assert code == 0
    assert found["rate"]["asked"] is None
    assert found["rate"]["completed"] > 0
    assert found["engine"]["max_in_flight"] == 3


def test_errors_are_told_apart(assay, url) -> None:
    code, told, progress = assay("load", f"{url}/missing", "--duration", "500ms", "--json")
    found = json.loads(told)
    assert code == 0
    assert found["errors"] == {"http_4xx": found["requests"]["sent"]}
    assert found["latency_ms"]["p99"] is None
    assert "http_4xx: status 404" in progress


def test_the_table(assay, url) -> None:
    code, told, _ = assay("load", url, "--rate", "100", "--duration", "500ms")
    assert code == 0
    for word in ("latency", "service", "p99.9", "asked 100/s", "errors"):
        assert word in told


@pytest.mark.parametrize("arrivals", [("--rate", "100"), ("--users", "2")])
def test_a_grpc_method(assay, rpc: str, arrivals: tuple[str, str]) -> None:
    method = f"{rpc}/grpc.health.v1.Health/Check"
    code, told, progress = assay("load", method, *arrivals, "--duration", "500ms", "--json")
    assert code == 0, progress
    found = json.loads(told)
    assert found["errors"] == {}
    assert found["requests"]["ok"] == found["requests"]["sent"] > 0
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["max"]


def test_a_grpc_message_is_sent(assay, rpc: str) -> None:
    method = f"{rpc}/grpc.health.v1.Health/Check"
    message = '{"service": "no such"}'
    code, told, progress = assay(
        "load", method, "--message", message, "--duration", "500ms", "--json"
    )
    assert code == 0, progress
    found = json.loads(told)
    assert found["errors"] == {"grpc_NOT_FOUND": found["requests"]["sent"]}


@pytest.mark.parametrize(
    ("path", "message", "words"),
    [
        ("grpc.health.v1.Health/Chek", "{}", "no method `Chek`; did you mean `Check`?"),
        ("grpc.health.v1.Helth/Check", "{}", "did you mean `grpc.health.v1.Health`?"),
        ("grpc.health.v1.Health/Check", "{", "--message is no JSON"),
        ("grpc.health.v1.Health/Check", "[1]", "a JSON object would do"),
        ("grpc.health.v1.Health/Check", '{"servise": "a"}', "servise"),
    ],
)
def test_a_grpc_method_that_is_none(
    assay_here, rpc: str, path: str, message: str, words: str
) -> None:
    code, told, progress = assay_here("load", f"{rpc}/{path}", "--message", message)
    assert (code, told) == (2, "")
    assert words in progress
    assert "Traceback" not in progress


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("http://127.0.0.1:1/",), "no connection to 127.0.0.1:1"),
        (("127.0.0.1:80",), "is no address to load"),
        (("http://h:x/",), "has no usable port"),
        (("grpc://127.0.0.1:1/a.B/C",), "no gRPC reflection from 127.0.0.1:1"),
        (("http://127.0.0.1:1/", "--rate", "1", "--users", "1"), "choose one"),
        (("http://127.0.0.1:1/", "--duration", "long"), "--duration is `long`"),
        (("http://127.0.0.1:1/", "--header", "x"), "`Name: value` would do"),
    ],
)
def test_what_cannot_be_loaded(assay_here, arguments, words) -> None:
    code, told, progress = assay_here("load", *arguments)
    assert (code, told) == (2, "")
    assert words in progress
