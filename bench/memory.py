"""Memory: the engine's after a short and a long run, the lookups' and the whole stack's at rest."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from assay.load.spec import BlockSpec, HttpCall, OpenLoop, Request, Target
from bench import peers
from bench.engine.throughput import run_ours
from bench.lookup import running_lookup
from bench.stack import CHOICES, running

RATE_PER_S = 2_000
SHORT_S, LONG_S = 5, 60
REST_S = 10
STACK_LIMIT_MB = 3_000


def main() -> None:
    """Print the peaks and their ratio, what each lookup holds once ready, and the stack's sum."""
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
    _print_stack()


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


def _print_stack() -> None:
    """Every process of the stack, ready and without load."""
    with running(pinned=False) as shop:
        time.sleep(REST_S)
        processes = shop.processes()
        held_mb = {name: _pss_mb(family) for name, family in processes.items()}
        heaps = {name: _heap_limit(family) for name, family in processes.items()}
    print(f"\nthe whole stack, variant `{CHOICES}`, at rest (PSS: shared pages are divided)")
    for name, mb in sorted(held_mb.items(), key=lambda item: -item[1]):
        heap = f"   of a JVM whose heap may take {heaps[name]}" if heaps[name] else ""
        print(f"  {name:<16}{mb:>7.0f} MB{heap}")
    total_mb = sum(held_mb.values())
    verdict = "within" if total_mb <= STACK_LIMIT_MB else "OVER"
    print(f"  {'in all':<16}{total_mb:>7.0f} MB, {verdict} the limit of {STACK_LIMIT_MB:,} MB")


def _pss_mb(family: Iterable[psutil.Process]) -> float:
    """Proportional: Postgres's processes share buffers, which RSS would count in each."""
    kb = 0
    for process in family:
        with suppress(OSError):  # it has ended
            rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
            kb += int(rollup.partition("\nPss:")[2].split()[0])
    return kb * 1024 / 1e6


def _heap_limit(family: Iterable[psutil.Process]) -> str | None:
    """As its command line sets it: `512m`."""
    for process in family:
        with suppress(psutil.Error):
            if found := re.search(r"(?<!\S)-Xmx(\S+)", " ".join(process.cmdline())):
                return found[1]
    return None
