"""What the server is sent: the values that the feeds give, in the order that the seed makes."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from assay.load.feeds import feed_of
from assay.load.spec import HttpCall, OpenLoop, Request, Target

pytestmark = pytest.mark.integration

VALUES = [f"v{i}" for i in range(50)]


def paths(server) -> list[str]:
    return [path for path, _, _ in server.asked]


def item(block, port: int, **changed):
    """Over one connection, so that the requests come in the order in which they were drawn."""
    request = Request("item", HttpCall("GET", "/ok/{item}"))
    target = Target("http1", "127.0.0.1", port, connections=1)
    return block(port, target=target, requests=(request,), **changed)


def test_one_after_the_other(server, block, run) -> None:
    run(item(block, server.server_port), {"item": feed_of(VALUES, "sequential", 1.0, "here")})
    assert paths(server) == [f"/ok/v{i % 50}" for i in range(80)]


def test_each_as_often(server, block, run) -> None:
    spec = item(block, server.server_port, arrivals=OpenLoop(600.0), duration_s=1.0)
    run(spec, {"item": feed_of(VALUES, "uniform", 1.0, "here")})
    often = Counter(paths(server))
    assert len(often) == 50
    assert max(often.values()) < 30


def test_the_first_most_often(server, block, run) -> None:
    spec = item(block, server.server_port, arrivals=OpenLoop(600.0), duration_s=1.0)
    result = run(spec, {"item": feed_of(VALUES, "zipf", 1.0, "here")})
    often = Counter(paths(server))
    shares = [often[f"/ok/v{i}"] / result.sent for i in range(4)]
    # 1 / (rank * H(50)), H(50) = 4.499.
    assert shares == pytest.approx([0.222, 0.111, 0.074, 0.056], abs=0.05)


def test_the_seed_makes_the_requests(server, block, run) -> None:
    def sent(seed: int) -> list[str]:
        server.asked.clear()
        feed = feed_of(VALUES, "uniform", 1.0, "here")
        run(item(block, server.server_port, seed=seed), {"item": feed})
        return paths(server)

    assert sent(1) == sent(1)
    assert sent(1) != sent(2)


def test_values_are_escaped_for_where_they_stand(server, block, run) -> None:
    odd = 'a b/ü"?&#%'
    call = HttpCall("POST", "/ok/{item}", {"x-item": "<{item}>"}, '{"item": "{item}"}')
    spec = block(server.server_port, requests=(Request("odd", call),), duration_s=0.02)
    run(spec, {"item": feed_of([odd], "uniform", 1.0, "here")})
    path, headers, body = server.asked[0]
    assert path == "/ok/a%20b%2F%C3%BC%22%3F%26%23%25"
    assert json.loads(body) == {"item": odd}
    sent = headers.get("x-item") or headers["X-Item"]
    assert sent.encode("latin-1").decode() == f"<{odd}>"
