"""Requests a second of our engine beside wrk (HTTP/1.1) and h2load (gRPC frames), a core each.

Server on one core, client on another. With two cores the server is often the limit, so the figure
that says what a client can do is requests per second of its own processor time.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from assay.load.descriptors import by_reflection
from assay.load.spec import BlockSpec, ClosedLoop, GrpcCall, HttpCall, Request, Target
from bench import peers
from bench.figures import ratio
from bench.lookup import running_lookup
from bench.nginx import nginx

SECONDS = 5
ROUNDS = 5
CONNECTIONS = 64
STREAMS = 16


@dataclass(frozen=True)
class Rate:
    per_s: float
    per_cpu_s: float
    """Requests per second of the client's processor time: what one core can send."""


def main() -> None:
    """Print the medians of alternating rounds and the ratios ours / peer."""
    peers.need("wrk", "h2load", "nginx")
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        with nginx(Path(folder), 'return 200 "ok";') as port:
            url = f"http://127.0.0.1:{port}/"
            _compare("HTTP/1.1, nginx", "wrk", lambda: wrk(url), lambda: _ours_http(port))
        with running_lookup("rust") as lookup:
            frame = Path(folder) / "frame"
            frame.write_bytes(_grpc_frame(lookup.ids[0]))
            _compare(
                "gRPC, product-lookup-rust",
                "h2load",
                lambda: _h2load(lookup.port, frame),
                lambda: _ours_grpc(lookup.port, lookup.ids[0]),
            )


def _compare(title: str, peer_name: str, peer, ours) -> None:
    rounds = [(peer(), ours()) for _ in range(ROUNDS)]
    print(f"\n{title}: {CONNECTIONS} in flight, {SECONDS} s, {ROUNDS} rounds in turn (medians)")
    for label, figure in (("requests/s", "per_s"), ("requests/client cpu s", "per_cpu_s")):
        theirs = [getattr(p, figure) for p, _ in rounds]
        mine = [getattr(o, figure) for _, o in rounds]
        print(
            f"  {label:<22} {peer_name} {statistics.median(theirs):>9.0f}   "
            f"assay {statistics.median(mine):>9.0f}   ratio {ratio(mine, theirs)}"
        )


def wrk(url: str, connections: int = CONNECTIONS, seconds: int = SECONDS) -> Rate:
    """What wrk gets from a server with one thread. RuntimeError where an answer is not 2xx."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", url]
    finished = peers.run_client(command)
    if "Non-2xx" in finished.output:
        raise RuntimeError(f"{url} did not answer all requests with 2xx:\n{finished.output}")
    found = re.search(r"(\d+) requests in ([\d.]+)s", finished.output)
    assert found, finished.output
    return _rate(int(found[1]), float(found[2]), finished.cpu_s)


def _h2load(port: int, frame: Path) -> Rate:
    command = ["h2load", "-t1", f"-c{CONNECTIONS // STREAMS}", f"-m{STREAMS}", f"-D{SECONDS}"]
    command += ["-d", str(frame), "-H", "content-type: application/grpc", "-H", "te: trailers"]
    url = f"http://127.0.0.1:{port}/shop.lookup.v1.ProductLookup/Get"
    finished = peers.run_client([*command, url])
    found = re.search(r"(\d+) succeeded", finished.output)
    assert found, finished.output
    return _rate(int(found[1]), SECONDS, finished.cpu_s)


def _ours_http(port: int) -> Rate:
    request = Request("/", HttpCall("GET", "/"))
    return _ours(Target("http1", "127.0.0.1", port, connections=CONNECTIONS), request)


def _ours_grpc(port: int, product_id: str) -> Rate:
    method = by_reflection(f"127.0.0.1:{port}", "shop.lookup.v1.ProductLookup/Get", None, False)
    call = GrpcCall(method.path, method.input, method.descriptors, {"product_id": product_id})
    return _ours(Target("grpc", "127.0.0.1", port, streams=STREAMS), Request("Get", call))


def _ours(target: Target, request: Request) -> Rate:
    spec = BlockSpec(
        target,
        ClosedLoop(CONNECTIONS),
        (request,),
        SECONDS,
        seed=1,
        lead_in_s=0.0,
        hiccups=False,
        core=peers.CLIENT_CORE,
    )
    figures = run_ours(spec)
    return _rate(figures["completed"], figures["seconds"], figures["cpu_s"])


def run_ours(spec: BlockSpec) -> dict:
    """The figures of `bench.engine.ours`, run on the client's core."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(spec.as_json())
        file.flush()
        command = ["sh", "-c", f"{sys.executable} -m bench.engine.ours < {file.name}"]
        return json.loads(peers.run_client(command).output)


def _rate(requests: int, seconds: float, cpu_s: float) -> Rate:
    return Rate(requests / seconds, requests / cpu_s)


def _grpc_frame(product_id: str) -> bytes:
    from shop.lookup.v1.product_lookup_pb2 import GetRequest

    message = GetRequest(product_id=product_id).SerializeToString()
    return b"\0" + len(message).to_bytes(4, "big") + message
