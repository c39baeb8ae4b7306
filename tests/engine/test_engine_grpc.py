"""gRPC calls against a real server: codes, expectations, metadata, a server that goes away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from assay import _engine
from assay.load.descriptors import by_reflection
from assay.load.feeds import feed_of
from assay.load.spec import Expect, GrpcCall, Request, Target

pytestmark = pytest.mark.integration


@dataclass
class Health(health.HealthServicer):
    """Knows a few services, two of which are slow to say so; remembers who asked."""

    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    peers: set[str] = field(default_factory=set)
    at_once: threading.Barrier = field(default_factory=lambda: threading.Barrier(16, timeout=5))
    released: threading.Event = field(default_factory=threading.Event)
    news: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        super().__init__()
        for service in ("shop", "together", "hanging"):
            self.set(service, health_pb2.HealthCheckResponse.SERVING)

    def Check(self, request, context):
        with self.news:
            self.asked.append((request.service, dict(context.invocation_metadata())))
            self.peers.add(context.peer())
            self.news.notify_all()
        if request.service == "together":
            self.at_once.wait()
        if request.service == "hanging":
            self.released.wait(20)
        return super().Check(request, context)


@dataclass
class Server:
    port: int
    health: Health
    stop: Callable[[], object]

    def go_away_after(self, count: int) -> None:
        with self.health.news:
            self.health.news.wait_for(lambda: len(self.health.asked) >= count, 5)
        self.stop()


@pytest.fixture
def grpc_server() -> Iterator[Server]:
    server = grpc.server(ThreadPoolExecutor(16))
    servicer = Health()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    name = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
    reflection.enable_server_reflection([name, reflection.SERVICE_NAME], server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield Server(port, servicer, lambda: server.stop(0).wait())
    servicer.released.set()
    server.stop(0).wait()


@pytest.fixture
def check(block):
    def check(port: int, service: str, *, metadata=None, expect=Expect(), **changed):  # noqa: B008
        method = by_reflection(f"127.0.0.1:{port}", "grpc.health.v1.Health/Check", None, False)
        call = GrpcCall(
            method.path, method.input, method.descriptors, {"service": service}, metadata or {}
        )
        target = Target("grpc", "127.0.0.1", port, connections=2, streams=8)
        spec = block(port, target=target, requests=(Request("check", call, expect=expect),))
        return replace(spec, **changed)

    return check


def test_ok(grpc_server, check, run, counts) -> None:
    result = run(check(grpc_server.port, "shop"))
    assert counts(result) == {"ok": 80}
    assert result.first_errors == []
    assert {service for service, _ in grpc_server.health.asked} == {"shop"}


def test_a_status_is_told_by_its_name(grpc_server, check, run, counts) -> None:
    result = run(check(grpc_server.port, "nowhere"))
    assert counts(result) == {"grpc_NOT_FOUND": 80}
    assert result.first_errors[0][1].startswith("NOT_FOUND")


def test_a_status_may_be_what_is_expected(grpc_server, check, run, counts) -> None:
    expect = Expect(("NOT_FOUND",))
    assert counts(run(check(grpc_server.port, "nowhere", expect=expect))) == {"ok": 80}
    assert counts(run(check(grpc_server.port, "shop", expect=expect))) == {"grpc_OK": 80}


def test_feeds_reach_message_and_metadata(grpc_server, check, run, counts) -> None:
    feeds = {"who": feed_of(["ann", "bob"], "sequential", 1.0, "here")}
    spec = check(grpc_server.port, "{who}", metadata={"x-who": "is {who}"})
    run(spec, feeds)
    asked = [(service, sent["x-who"]) for service, sent in grpc_server.health.asked]
    assert len(asked) == 80
    assert set(asked) == {("ann", "is ann"), ("bob", "is bob")}


def test_a_field_that_the_message_lacks(grpc_server, check, run) -> None:
    spec = check(grpc_server.port, "shop")
    [request] = spec.requests
    call = replace(request.call, message={"servise": "shop"})
    with pytest.raises(ValueError, match="servise"):
        run(replace(spec, requests=(replace(request, call=call),)))


def test_many_calls_are_under_way_on_few_connections(grpc_server, check, run, counts) -> None:
    """Each of 80 calls is answered once there are 16 at once, which is what two times eight are."""
    result = run(check(grpc_server.port, "together"))
    assert counts(result) == {"ok": 80}
    assert len(grpc_server.health.peers) == 2


def test_a_time_out_is_as_long_as_was_allowed(grpc_server, check, run, counts) -> None:
    result = run(check(grpc_server.port, "hanging", timeout_s=0.3, duration_s=0.1))
    assert counts(result) == {"timeout": 20}
    [times] = [h for _, _, clock, h in result.recorded if clock == "latency"]
    assert times.quantile(0.01) >= 300_000
    assert times.max < 1_500_000


def test_a_cancel_takes_no_time(grpc_server, check) -> None:
    running = _engine.start(check(grpc_server.port, "hanging", duration_s=60.0).as_json(), {})
    with grpc_server.health.news:
        assert grpc_server.health.news.wait_for(lambda: grpc_server.health.asked, 5)
    asked_s = time.monotonic()
    running.cancel()
    result = running.wait()
    assert result is not None
    assert result.cancelled
    assert time.monotonic() - asked_s < 0.1


def test_a_server_that_goes_away_ends_no_block(grpc_server, check, run, counts) -> None:
    gone = threading.Thread(target=grpc_server.go_away_after, args=(40,))
    gone.start()
    result = run(check(grpc_server.port, "shop", duration_s=0.8, timeout_s=1.0))
    gone.join()
    ended = counts(result)
    assert ended.pop("ok") > 20
    assert ended
    assert set(ended) <= {"connection", "grpc_UNAVAILABLE", "grpc_CANCELLED", "timeout"}
    assert sum(h.count for _, _, clock, h in result.recorded if clock == "latency") == 160


def test_nobody_at_the_address(grpc_server, check, run) -> None:
    spec = check(grpc_server.port, "shop")
    grpc_server.stop()
    with pytest.raises(_engine.EngineError, match="no connection to"):
        run(spec)
