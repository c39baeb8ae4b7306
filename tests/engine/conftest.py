"""Real servers for the engine to load, and what it is asked to do with them."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme

from assay import _engine
from assay.load.spec import BlockSpec, HttpCall, OpenLoop, Request, Target


class Answers(BaseHTTPRequestHandler):
    """Remembers what it was asked; the path says what is done."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        # The body's length is known: there is none, or the header says it.
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.take_down(self.path, dict(self.headers), body)
        try:
            getattr(self, self.path.strip("/").partition("/")[0] or "ok", self.ok)()
        except ConnectionError:
            self.close_connection = True

    do_POST = do_GET

    def setup(self) -> None:
        super().setup()
        self.server.opened += 1

    def ok(self, status: int = 200, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("content-length", "2"), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"ok")

    def missing(self) -> None:
        self.ok(404)

    def broken(self) -> None:
        self.ok(503)

    def closing(self) -> None:
        self.ok(200, ("connection", "close"))
        self.close_connection = True

    def hanging(self) -> None:
        self.server.released.wait(20)
        self.close_connection = True

    def stalling(self) -> None:
        if len(self.server.asked) == 20:
            self.server.released.wait(0.3)
        self.ok()

    def half(self, length: int = 100) -> None:
        self.send_response(200)
        self.send_header("content-length", str(length))
        self.end_headers()
        self.wfile.write(b"only this")
        self.close_connection = True

    def boundless(self) -> None:
        self.half(2**64 - 1)

    def gibberish(self) -> None:
        self.wfile.write(b"220 mail.example ESMTP\r\n\r\n")
        self.close_connection = True

    def chunked(self) -> None:
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for chunk in (b"5\r\nhello\r\n", b"6; a=b\r\n world\r\n", b"0\r\n\r\n"):
            self.wfile.write(chunk)

    def endless(self) -> None:
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        while not self.server.released.wait(0.01):
            self.wfile.write(b"5\r\nhello\r\n")

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.opened = 0
        self.released = threading.Event()
        self._news = threading.Condition()
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def take_down(self, path: str, headers: dict[str, str], body: bytes) -> None:
        with self._news:
            self.asked.append((path, headers, body))
            self._news.notify_all()

    def go_away_after(self, count: int) -> None:
        """Take no connection any more, once so many requests have come."""
        with self._news:
            self._news.wait_for(lambda: len(self.asked) >= count, 5)
        self.shutdown()
        self.socket.close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is what some of the tests are about."""


def serving(server: Server) -> Iterator[Server]:
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    yield from serving(Server())


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls_server(authority: trustme.CA) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    yield from serving(Server(context))


@pytest.fixture(scope="session")
def block() -> Callable[..., BlockSpec]:
    """A short open loop on a path of a server; more of the spec by name."""

    def block(port: int, path: str = "/", **changed: object) -> BlockSpec:
        asked: dict[str, object] = {
            "target": Target("http1", "127.0.0.1", port, connections=4),
            "arrivals": OpenLoop(200.0, "constant"),
            "requests": (Request(path, HttpCall("GET", path)),),
            "duration_s": 0.4,
            "seed": 7,
            "lead_in_s": 0.0,
            "poll": "sleep",
            "hiccups": False,
        }
        return BlockSpec(**(asked | changed))  # type: ignore[arg-type]

    return block


@pytest.fixture(scope="session")
def run() -> Callable[..., _engine.Result]:
    def run(spec: BlockSpec, feeds: dict[str, _engine.Feed] | None = None) -> _engine.Result:
        result = _engine.start(spec.as_json(), feeds or {}).wait()
        assert result is not None
        return result

    return run


@pytest.fixture(scope="session")
def counts() -> Callable[[_engine.Result], dict[str, int]]:
    """How many requests ended how."""

    def counts(result: _engine.Result) -> dict[str, int]:
        return {o: h.count for _, o, clock, h in result.recorded if clock == "latency"}

    return counts
