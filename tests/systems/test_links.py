"""What shows that trouble of a link bit is of that trouble alone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from assay.systems.links import Links, Trouble

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
    links = Links(wanted={(CLIENT, SERVER)})
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
    links = Links(wanted={(CLIENT, SERVER)})
    assert links.between("other", "other", SERVER, {"port": "80"}) == {"port": "80"}
    with pytest.raises(KeyError):
        links.trouble("other", SERVER, Trouble("reset"))
