"""A/A on a live service: the same process as both variants, claimed to be 1.05x faster than itself.

`python tests/calibration/live.py [--runs 20] [--budget 60s]` runs `assay prove` so often and fails
if any claim is PROVED.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

SERVER = Path(__file__).parents[1] / "run" / "programs" / "known_latency.py"
QUANTILES = ("p50", "p90", "p95", "p99")
CLAIMS = """
assay: 1
system: {{ a: {{ page: "{url}" }}, b: {{ page: "{url}" }} }}
workloads:
  page: {{ to: page, get: /, rate: 700/s, connections: 64 }}
claims:
"""
CLAIM = """  {q}:
    says: The service is 1.05x faster than itself at {q}.
    prove: a.page.{q} / b.page.{q} >= 1.05
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--budget", default="60s")
    arguments = parser.parse_args()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    server = subprocess.Popen([sys.executable, SERVER, str(port), "1"])
    verdicts: Counter[tuple[str, str]] = Counter()
    try:
        _wait_for(port)
        with tempfile.TemporaryDirectory(prefix="assay-live-") as folder:
            claims = Path(folder) / "claims.yaml"
            text = CLAIMS.format(url=f"http://127.0.0.1:{port}")
            claims.write_text(text + "".join(CLAIM.format(q=q) for q in QUANTILES))
            for seed in range(1, arguments.runs + 1):
                found = _prove(claims, seed, arguments.budget)
                verdicts.update((each["name"], each["verdict"]) for each in found)
                figures = ", ".join(f"{e['name']} {e['verdict']} {e['estimate']}" for e in found)
                print(f"run {seed} of {arguments.runs}: {figures}", flush=True)
    finally:
        server.terminate()
        server.wait()
    print(f"\n{arguments.runs} runs of A/A, claimed >= 1.05x")
    for q in QUANTILES:
        of_q = {verdict: count for (name, verdict), count in verdicts.items() if name == q}
        print(f"  {q}: " + ", ".join(f"{count} {verdict}" for verdict, count in of_q.items()))
    return int(any(verdict == "PROVED" for _, verdict in verdicts))


def _prove(claims: Path, seed: int, budget: str) -> list[dict]:
    options = ["--seed", str(seed), "--budget", budget, "--out", str(claims.parent), "--json"]
    program = [sys.executable, "-c", "from assay.cli import main; main()"]
    ran = subprocess.run(
        [*program, "prove", str(claims), *options], capture_output=True, text=True, check=False
    )
    if not ran.stdout:
        sys.exit(ran.stderr)
    return json.loads(ran.stdout)["claims"]


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    sys.exit("the server does not listen")


if __name__ == "__main__":
    sys.exit(main())
