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
from bench.lookup import running_lookup

SECONDS = 5
ROUNDS = 5
CONNECTIONS = 64
STREAMS = 16
NGINX = """
worker_processes 1; daemon off; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 1000000000;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "ok"; }} }} }}
"""


@dataclass(frozen=True)
class Rate:
    per_s: float
    per_cpu_s: float
    """Requests per second of the client's processor time: what one core can send."""


def main() -> None:
    """Print the medians of alternating rounds and the ratios ours / peer."""
    peers.need("wrk", "h2load", "nginx")
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        port = peers.free_port()
        config = Path(folder) / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, port=port))
        with peers.server(["nginx", "-e", "stderr", "-c", str(config)], port):
            _compare("HTTP/1.1, nginx", "wrk", lambda: _wrk(port), lambda: _ours_http(port))
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
        ratios = [m / t for m, t in zip(mine, theirs, strict=True)]
        print(
            f"  {label:<22} {peer_name} {statistics.median(theirs):>9.0f}   "
            f"assay {statistics.median(mine):>9.0f}   ratio {statistics.median(ratios):.2f} "
            f"[{min(ratios):.2f}, {max(ratios):.2f}]"
        )


def _wrk(port: int) -> Rate:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", f"http://127.0.0.1:{port}/"]
    finished = peers.run_client(command)
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
