"""What a link costs that nothing troubles: ours beside HAProxy, and beside no proxy at all.

And what it costs to tell its calls apart.

nginx answers a few bytes; all but the clients share its core, as the processes of a system do.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from assay import _engine
from assay.load.spec import BlockSpec, ClosedLoop, HttpCall, Request, Target
from bench import peers
from bench.engine.throughput import run_ours
from bench.figures import ratio
from bench.nginx import nginx

SECONDS = 4
ROUNDS = 5
USERS = (1, 16)
MOST_US = 100
PEERS = {"our link": "HAProxy", "our calls": "HAProxy of HTTP"}
HAPROXY = """
global
    nbthread 1
defaults
    mode {mode}
    timeout connect 5s
    timeout client 60s
    timeout server 60s
listen idle
    bind 127.0.0.1:{port}
    server nginx 127.0.0.1:{server}
"""


def main() -> None:
    """Print medians of alternating rounds, and the ratios; exit 1 over 100 us a round trip."""
    peers.need("nginx", "haproxy")
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as name, ExitStack() as closing:
        folder = Path(name)
        server = closing.enter_context(nginx(folder, "return 200 ok;"))
        ports = {
            "no proxy": server,
            "our link": closing.enter_context(_link(server)),
            "HAProxy": closing.enter_context(_haproxy(folder, server, "tcp")),
            "our calls": closing.enter_context(_link(server, calls=True)),
            "HAProxy of HTTP": closing.enter_context(_haproxy(folder, server, "http")),
        }
        added_us, _ = (_compared(ports, users) for users in USERS)
    for name, us in added_us.items():
        print(f"\n{name} add{'s' if name == 'our link' else ''} {us:.0f} us to a round trip")
    if added_us["our link"] > MOST_US:
        raise SystemExit(f"a link is to add less than {MOST_US} us")


def _compared(ports: dict[str, int], users: int) -> dict[str, float]:
    """What a link, and one that tells calls apart, add to the median of one round trip, us."""
    rounds = [{name: _round_us(port, users) for name, port in ports.items()} for _ in range(ROUNDS)]
    print(
        f"\n{users} connections in a closed loop, {ROUNDS} rounds of {SECONDS} s in turn (medians)"
    )
    p50_us = {name: [each[name][0] for each in rounds] for name in ports}
    per_s = {name: [each[name][1] for each in rounds] for name in ports}
    for name in ports:
        p50, rate = statistics.median(p50_us[name]), statistics.median(per_s[name])
        print(f"  {name:<15} p50 {p50:>6.0f} us {rate:>9.0f} requests/s")
    for ours, peer in PEERS.items():
        for other in ("no proxy", peer):
            told = ratio(p50_us[ours], p50_us[other])
            print(f"  p50 of {ours} / {other:<15} ratio {told}")
    return {
        ours: statistics.median(
            us - direct for us, direct in zip(p50_us[ours], p50_us["no proxy"], strict=True)
        )
        for ours in PEERS
    }


def _round_us(port: int, users: int) -> tuple[float, float]:
    """Median of a round trip in us, and requests a second."""
    spec = BlockSpec(
        Target("http1", "127.0.0.1", port, connections=users),
        ClosedLoop(users),
        (Request("page", HttpCall("GET", "/")),),
        SECONDS,
        seed=1,
        hiccups=False,
        core=peers.CLIENT_CORE,
    )
    figures = run_ours(spec)
    return figures["quantiles_ms"]["0.5"] * 1e3, figures["completed"] / figures["seconds"]


@contextmanager
def _link(server: int, calls: bool = False) -> Iterator[int]:
    """Its threads are on the core of the thread that opens it. `calls`: they are told apart, by a
    second proxy behind it."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {peers.SERVER_CORE})
    try:
        behind = _engine.Calls(server) if calls else None
        link = _engine.Link(server if behind is None else behind.port)
    finally:
        os.sched_setaffinity(0, everywhere)
    try:
        yield link.port
    finally:
        link.close()
        if behind is not None:
            behind.close()


@contextmanager
def _haproxy(folder: Path, server: int, mode: str) -> Iterator[int]:
    port = peers.free_port()
    config = folder / f"haproxy-{mode}.cfg"
    config.write_text(HAPROXY.format(mode=mode, port=port, server=server))
    with peers.server(["haproxy", "-db", "-f", str(config)], port):
        yield port
