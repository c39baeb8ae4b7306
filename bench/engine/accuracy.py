"""Latency error of our engine, wrk and h2load against a server of known latency.

500 requests a second, evenly, at a server that stalls for 200 ms every 2 s: the true open-loop
percentiles can be computed (`stalling_server.true_quantile_ms`). wrk has no schedule, so it is
asked for as many connections as it takes to keep the server busy; that is the point.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from assay.load.spec import BlockSpec, HttpCall, OpenLoop, Request, Target
from bench import peers
from bench.engine.stalling_server import PERIOD_S, STALL_S, true_quantile_ms
from bench.engine.throughput import run_ours

RATE_PER_S = 500
SECONDS = 20
QUANTILES = (0.5, 0.9, 0.95, 0.99, 0.999)


def main() -> None:
    """Print each tool's percentiles beside the truth, and its error at p99."""
    peers.need("wrk", "h2load")
    port = peers.free_port()
    script = str(Path(__file__).with_name("stalling_server.py"))
    with peers.server([sys.executable, script, str(port)], port):
        rows = {
            "truth": {q: true_quantile_ms(q) for q in QUANTILES},
            "assay": _ours(port),
            "h2load --rps": _h2load(port),
            "wrk": _wrk(port),
        }
    print(
        f"\nlatency in ms at {RATE_PER_S}/s against a server that stalls "
        f"{STALL_S * 1e3:.0f} ms every {PERIOD_S:.0f} s, {SECONDS} s"
    )
    print(
        f"  {'':<14}"
        + "".join(f"{'p' + format(q * 100, 'g'):>9}" for q in QUANTILES)
        + "   p99 / truth"
    )
    for name, row in rows.items():
        cells = "".join(f"{row[q]:>9.2f}" for q in QUANTILES)
        print(f"  {name:<14}{cells}   {row[0.99] / rows['truth'][0.99]:.2f}")


def _ours(port: int) -> dict[float, float]:
    spec = BlockSpec(
        Target("http1", "127.0.0.1", port, connections=128),
        OpenLoop(RATE_PER_S, "constant"),
        (Request("/", HttpCall("GET", "/")),),
        SECONDS,
        seed=1,
        hiccups=False,
        core=peers.CLIENT_CORE,
    )
    figures = run_ours(spec)["quantiles_ms"]
    return {q: figures[str(q)] for q in QUANTILES}


def _h2load(port: int) -> dict[float, float]:
    """h2load sends on a schedule per connection; its log has each request's time in us."""
    with tempfile.NamedTemporaryFile() as log:
        command = [
            "h2load",
            "--h1",
            "-t1",
            "-c10",
            "-m1",
            f"-D{SECONDS}",
            f"--rps={RATE_PER_S // 10}",
        ]
        peers.run_client([*command, f"--log-file={log.name}", f"http://127.0.0.1:{port}/"])
        lines = Path(log.name).read_text().splitlines()
    times_ms = sorted(int(line.split("\t")[2]) / 1e3 for line in lines)
    return {q: times_ms[min(len(times_ms) - 1, int(q * len(times_ms)))] for q in QUANTILES}


def _wrk(port: int) -> dict[float, float]:
    """wrk prints p50, p75, p90 and p99; a script has it print the others too."""
    script = (
        "done = function(s, l, r) for _, p in ipairs({50,90,95,99,99.9}) do "
        "print('q', p, l:percentile(p)) end end"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", "-c4", f"-d{SECONDS}s", "-s", file.name]
        output = peers.run_client([*command, f"http://127.0.0.1:{port}/"]).output
    found = re.findall(r"^q\t([\d.]+)\t(\d+)", output, re.MULTILINE)
    return {round(float(p) / 100, 4): int(us) / 1e3 for p, us in found}
