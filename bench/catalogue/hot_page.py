"""One hot page: product-read from its cache, nginx from a file, and the bare GET in Redis.

What can be had at most on a core: nginx sends the same bytes and does nothing else, Redis hands out
the same entry and speaks no HTTP. product-read shares its core with the Redis that it asks.
"""

from __future__ import annotations

import csv
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import valkey

from assay.load.spec import BlockSpec, HttpCall, OpenLoop, Request, Target
from bench import peers
from bench.engine.throughput import run_ours, wrk
from bench.figures import ratio
from bench.nginx import nginx
from bench.stack import Running, running
from bench.warming import warm

SECONDS = 5
ROUNDS = 5
CONNECTIONS = 16
GETS = 200_000
RATE_PER_S = 500
RATE_SECONDS = 10
RATE_ROUNDS = 3
QUANTILES = (0.5, 0.99)


@dataclass(frozen=True)
class Redis:
    port: int
    database: int
    key: str


def main() -> None:
    """Print medians of alternating rounds, the ratios, and both servers' latency at one rate."""
    benchmark = peers.either("valkey-benchmark", "redis-benchmark")
    peers.need("wrk", "nginx", benchmark)
    with (
        tempfile.TemporaryDirectory(prefix="assay-bench-") as folder,
        running("product-read", "catalogue.ids") as shop,
    ):
        port, product_id = shop.address("product-read").port, shop.ids[0]
        path = f"/api/products/{product_id}"
        page = _page(port, path)
        redis = _redis(shop, product_id)
        file = Path(folder) / path.strip("/")
        file.parent.mkdir(parents=True)
        file.write_bytes(page)
        location = f"default_type application/json; root {folder};"
        with nginx(Path(folder), location) as nginx_port:
            assert _page(nginx_port, path) == page
            warm(lambda: _pages_per_s(port, path))
            print(f"the page: {len(page)} bytes, {_entry_bytes(redis)} as Redis holds it")
            _throughput(
                {
                    "product-read": lambda: _pages_per_s(port, path),
                    "nginx": lambda: _pages_per_s(nginx_port, path),
                    "Redis GET": lambda: _gets_per_s(benchmark, redis),
                }
            )
            _latency({"product-read": port, "nginx": nginx_port}, path)


def _throughput(sides) -> None:
    rounds = [{name: side() for name, side in sides.items()} for _ in range(ROUNDS)]
    print(
        f"\none hot page: {CONNECTIONS} connections, no pipelining, {ROUNDS} rounds in turn "
        "(medians)"
    )
    per_s = {name: [each[name] for each in rounds] for name in sides}
    ours, *others = per_s
    for name, rates in per_s.items():
        print(f"  {name:<14}{statistics.median(rates):>9.0f} requests/s")
    for other in others:
        print(f"  {ours} / {other:<12} ratio {ratio(per_s[ours], per_s[other])}")


def _latency(ports: dict[str, int], path: str) -> None:
    rounds = [
        {name: _quantiles_ms(port, path) for name, port in ports.items()}
        for _ in range(RATE_ROUNDS)
    ]
    print(f"\nlatency in ms at {RATE_PER_S}/s, {RATE_SECONDS} s, {RATE_ROUNDS} rounds in turn")
    for name in ports:
        medians = [statistics.median(each[name][q] for each in rounds) for q in QUANTILES]
        cells = "   ".join(
            f"p{q * 100:g} {median:>6.2f}" for q, median in zip(QUANTILES, medians, strict=True)
        )
        print(f"  {name:<14}{cells}")


def _page(port: int, path: str) -> bytes:
    answer = httpx.get(f"http://127.0.0.1:{port}{path}", timeout=10, trust_env=False)
    return answer.raise_for_status().content


def _redis(shop: Running, product_id: str) -> Redis:
    """Where product-read was told to keep its entries."""
    address = urlsplit(shop.told("PRODUCT_READ_REDIS"))
    assert address.port
    return Redis(address.port, int(address.path.strip("/") or 0), f"product:{product_id}")


def _entry_bytes(redis: Redis) -> int:
    with valkey.Valkey(port=redis.port, db=redis.database) as client:
        size = client.strlen(redis.key)
    assert size, f"Redis holds nothing under {redis.key}"
    return size


def _pages_per_s(port: int, path: str) -> float:
    return wrk(f"http://127.0.0.1:{port}{path}", CONNECTIONS, SECONDS).per_s


def _gets_per_s(benchmark: str, redis: Redis) -> float:
    command = [benchmark, "-h", "127.0.0.1", "-p", str(redis.port), "--dbnum", str(redis.database)]
    command += ["-c", str(CONNECTIONS), "-n", str(GETS), "--csv", "GET", redis.key]
    (row,) = csv.DictReader(peers.run_client(command).output.splitlines())
    return float(row["rps"])


def _quantiles_ms(port: int, path: str) -> dict[float, float]:
    spec = BlockSpec(
        Target("http1", "127.0.0.1", port, connections=CONNECTIONS),
        OpenLoop(RATE_PER_S),
        (Request("page", HttpCall("GET", path)),),
        RATE_SECONDS,
        seed=1,
        hiccups=False,
        core=peers.CLIENT_CORE,
    )
    figures = run_ours(spec)["quantiles_ms"]
    return {q: figures[str(q)] for q in QUANTILES}
