"""Our engine as a command, for the benchmarks: a block's spec in, its figures out, both JSON."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from assay import _engine

QUANTILES = (0.5, 0.9, 0.95, 0.99, 0.999)


def main() -> None:
    """Read a spec from standard input; `cpu_s` leaves the interpreter's own start out."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    result = _engine.start(sys.stdin.read(), {}).wait()
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert result is not None
    latency = _engine.Histogram()
    for _, outcome, clock, times in result.recorded:
        if clock == "latency" and outcome == "ok":
            latency.merge(times)
    figures = {
        "completed": latency.count,
        "seconds": result.seconds,
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_rss_kb": _peak_rss_kb(),
        "lag_p99_us": result.lag.quantile(0.99),
        "quantiles_ms": {str(q): latency.quantile(q) / 1e3 for q in QUANTILES},
    }
    json.dump(figures, sys.stdout)


def _peak_rss_kb() -> int:
    """Of this program alone; `getrusage` would count what stood here before it, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    main()
