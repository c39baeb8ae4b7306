"""`python -m bench [NAME]…` runs the benchmarks named, or all."""

from __future__ import annotations

import sys

from bench import memory, redis_outage
from bench.audits import a_million, a_million_operations
from bench.breakers import conformance
from bench.catalogue import hot_page
from bench.checkout import completed, relay
from bench.engine import accuracy, throughput
from bench.faults import idle_link
from bench.intent import reading

BENCHMARKS = {
    "engine": (throughput.main, accuracy.main),
    "catalogue": (hot_page.main,),
    "memory": (memory.main,),
    "redis-outage": (redis_outage.main,),
    "audits": (a_million.main,),
    "histories": (a_million_operations.main,),
    "breakers": (conformance.main,),
    "checkout": (completed.main, relay.main),
    "intent": (reading.main,),
    "faults": (idle_link.main,),
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        for part in BENCHMARKS[name]:
            part()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
