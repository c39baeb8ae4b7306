"""The engine against a real HTTP server: what it counts, and how it ends."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from assay import _engine
from assay.load.spec import BlockSpec, ClosedLoop, HttpCall, OpenLoop, Request, Target

pytestmark = pytest.mark.integration


class _Shop(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Shop) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def block(port: int, path: str = "/") -> BlockSpec:
    return BlockSpec(
        Target("http1", "127.0.0.1", port, connections=4),
        OpenLoop(200.0),
        (Request(path, HttpCall("GET", path)),),
        duration_s=0.5,
        seed=7,
        lead_in_s=0.1,
        poll="sleep",
        hiccups=False,
    )


def run(spec: BlockSpec) -> _engine.Result:
    result = _engine.start(spec.as_json(), {}).wait()
    assert result is not None
    return result


def test_every_scheduled_request_is_sent_and_recorded(port: int) -> None:
    result = run(block(port))
    assert result.scheduled == result.sent == result.completed > 50
    counted = {(o, c): h.count for _, o, c, h in result.recorded}
    assert counted == {("ok", "latency"): result.sent, ("ok", "service"): result.sent}
    assert run(block(port)).scheduled == result.scheduled


def test_a_wrong_status_is_told_by_its_class(port: int) -> None:
    result = run(block(port, "/missing"))
    assert {outcome for _, outcome, _, _ in result.recorded} == {"http_4xx"}
    assert result.first_errors[0] == ("http_4xx", "status 404: ok")


def test_users_wait_for_their_answers(port: int) -> None:
    result = run(replace(block(port), arrivals=ClosedLoop(3)))
    assert result.max_in_flight == 3
    assert result.completed == result.sent > 3


def test_a_block_is_cancelled_at_once(port: int) -> None:
    running = _engine.start(replace(block(port), duration_s=60.0).as_json(), {})
    assert running.wait(0.3) is None
    asked_s = time.monotonic()
    running.cancel()
    result = running.wait()
    assert result is not None
    assert result.cancelled
    assert result.seconds < 2.0
    assert time.monotonic() - asked_s < 1.0


def test_nobody_at_the_address_is_an_error() -> None:
    with pytest.raises(_engine.EngineError, match="no connection"):
        _engine.start(block(1).as_json(), {}).wait()
