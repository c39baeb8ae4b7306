"""What a link costs that nothing troubles: ours beside HAProxy, and beside no proxy at all.

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
HAPROXY = """
global
    nbthread 1
defaults
    mode tcp
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
            "HAProxy": closing.enter_context(_haproxy(folder, server)),
        }
        added_us, _ = (_compared(ports, users) for users in USERS)
    print(f"\nour link adds {added_us:.0f} us to a round trip")
    if added_us > 100:
        raise SystemExit("it is to add less than 100 us")


def _compared(ports: dict[str, int], users: int) -> float:
    """What the link adds to the median of one round trip, us."""
    rounds = [{name: _round_us(port, users) for name, port in ports.items()} for _ in range(ROUNDS)]
    print(
        f"\n{users} connections in a closed loop, {ROUNDS} rounds of {SECONDS} s in turn (medians)"
    )
    p50_us = {name: [each[name][0] for each in rounds] for name in ports}
    per_s = {name: [each[name][1] for each in rounds] for name in ports}
    for name in ports:
        p50, rate = statistics.median(p50_us[name]), statistics.median(per_s[name])
        print(f"  {name:<10} p50 {p50:>6.0f} us {rate:>9.0f} requests/s")
    for other in ("no proxy", "HAProxy"):
        print(f"  p50 of our link / {other:<9} ratio {ratio(p50_us['our link'], p50_us[other])}")
    return statistics.median(
        ours - direct for ours, direct in zip(p50_us["our link"], p50_us["no proxy"], strict=True)
    )


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
def _link(server: int) -> Iterator[int]:
    """Its thread is on the core of the thread that opens it."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {peers.SERVER_CORE})
    try:
        link = _engine.Link(server)
    finally:
        os.sched_setaffinity(0, everywhere)
    try:
        yield link.port
    finally:
        link.close()


@contextmanager
def _haproxy(folder: Path, server: int) -> Iterator[int]:
    port = peers.free_port()
    config = folder / "haproxy.cfg"
    config.write_text(HAPROXY.format(port=port, server=server))
    with peers.server(["haproxy", "-db", "-f", str(config)], port):
        yield port
