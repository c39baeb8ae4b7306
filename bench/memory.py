"""Memory: the engine's after a short and a long run, and the lookups' with 100,000 products."""

from __future__ import annotations

import sys
from pathlib import Path

from assay.load.spec import BlockSpec, HttpCall, OpenLoop, Request, Target
from bench import peers
from bench.engine.throughput import run_ours
from bench.lookup import running_lookup

RATE_PER_S = 2_000
SHORT_S, LONG_S = 5, 60


def main() -> None:
    """Print the peaks and their ratio, and what each lookup holds once it is ready."""
    port = peers.free_port()
    script = str(Path(__file__).with_name("engine") / "stalling_server.py")
    with peers.server([sys.executable, script, str(port)], port):
        short_mb, long_mb = _engine_peak_mb(port, SHORT_S), _engine_peak_mb(port, LONG_S)
    print(
        f"\nengine, peak resident at {RATE_PER_S}/s: {short_mb:.1f} MB after {SHORT_S} s, "
        f"{long_mb:.1f} MB after {LONG_S} s, ratio {long_mb / short_mb:.2f}"
    )
    for kind in ("rust", "python"):
        with running_lookup(kind) as lookup:
            held_mb = lookup.rss_bytes / 1e6
            print(f"product-lookup-{kind}, {len(lookup.ids):,} products: {held_mb:.0f} MB")


def _engine_peak_mb(port: int, seconds: float) -> float:
    spec = BlockSpec(
        Target("http1", "127.0.0.1", port),
        OpenLoop(RATE_PER_S),
        (Request("/", HttpCall("GET", "/")),),
        seconds,
        seed=1,
        hiccups=False,
        core=peers.CLIENT_CORE,
    )
    return float(run_ours(spec)["peak_rss_kb"]) / 1e3
