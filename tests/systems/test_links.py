"""What shows that trouble of a link bit is of that trouble alone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from assay.systems.links import Links, Picked, Trouble, Wire

CLIENT, KEY, SERVER = "shop", "shop.after", "till"


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server that answers one connection, with what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def echo() -> None:
            connection, _ = listener.accept()
            with connection:
                while heard := connection.recv(64):
                    connection.sendall(heard)

        threading.Thread(target=echo, daemon=True).start()
        yield listener.getsockname()[1]


@pytest.mark.integration
def test_trouble_that_met_nobody_did_not_bite_though_the_one_before_did(port: int) -> None:
    links = Links(wanted=[Wire(CLIENT, SERVER)])
    own = links.between(CLIENT, KEY, SERVER, {"port": str(port), "scratch": "/tmp/till"})
    assert own["scratch"] == "/tmp/till"
    assert own["port"] != str(port)
    slow = Trouble("slow", delay_us=1000)
    with socket.create_connection(("127.0.0.1", int(own["port"])), timeout=5) as client:
        links.trouble(KEY, SERVER, slow)
        client.sendall(b"hello")
        assert client.recv(64) == b"hello"
        assert links.heal(KEY, SERVER) == "1 pieces of answers came late"
        links.trouble(KEY, SERVER, slow)
        assert links.heal(KEY, SERVER) == ""
        assert links.heal(KEY, SERVER) == ""
    links.close(KEY)


def test_who_is_not_to_be_troubled_is_told_the_port_itself() -> None:
    links = Links(wanted=[Wire(CLIENT, SERVER)])
    assert links.between("other", "other", SERVER, {"port": "80"}) == {"port": "80"}
    with pytest.raises(KeyError):
        links.trouble("other", SERVER, Trouble("reset"))


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.mark.integration
def test_some_calls_fail_and_others_beside_them_do_not() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    links = Links(wanted=[Wire(CLIENT, SERVER), Wire(CLIENT, SERVER, calls=True)])
    own = links.between(CLIENT, KEY, SERVER, {"port": str(server.server_port)})
    with httpx.Client(base_url=f"http://127.0.0.1:{own['port']}", trust_env=False) as client:

        def statuses(*paths: str) -> list[int]:
            return [client.get(path).status_code for path in paths]

        assert statuses("/orders/1") == [200]
        fails = Trouble("fail", picked=Picked("GET", "/orders/{id}", 2))
        links.trouble(KEY, SERVER, fails)
        assert statuses("/", "/orders/1", "/orders/2", "/orders/3") == [200, 503, 503, 200]
        assert links.heal(KEY, SERVER) == "2 calls were failed"
        links.trouble(KEY, SERVER, fails)
        assert links.heal(KEY, SERVER) == ""
        assert statuses("/orders/1") == [200]
    links.close(KEY)
    server.shutdown()
    server.server_close()
