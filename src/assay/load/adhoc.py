"""`assay load`: one address, one block, and its figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from assay import _engine
from assay.load.cores import divide_cores
from assay.load.descriptors import by_reflection
from assay.load.errors import LoadError
from assay.load.spec import (
    BlockSpec,
    ClosedLoop,
    GrpcCall,
    HttpCall,
    OpenLoop,
    Request,
    Target,
)

PERCENTILES = ("50", "90", "95", "99", "99.9")
DEFAULT_RATE_PER_S = 100.0


@dataclass(frozen=True)
class AdHoc:
    """What the command line asked for."""

    url: str
    duration_s: float
    rate_per_s: float | None = None
    users: int | None = None
    timeout_s: float = 10.0
    connections: int = 16
    method: str = "GET"
    headers: tuple[str, ...] = ()
    body: str | None = None
    message: str = "{}"
    verify: bool = True
    seed: int = 1


def spec_of(asked: AdHoc) -> BlockSpec:
    """The block that was asked for. Raises LoadError with what would do instead."""
    if asked.rate_per_s is not None and asked.users is not None:
        raise LoadError("both --rate (open loop) and --users (closed loop) are given; choose one")
    arrivals = (
        ClosedLoop(asked.users)
        if asked.users is not None
        else OpenLoop(asked.rate_per_s or DEFAULT_RATE_PER_S)
    )
    target, request = _addressed(asked)
    cores = divide_cores()
    return BlockSpec(
        target=target,
        arrivals=arrivals,
        requests=(request,),
        duration_s=asked.duration_s,
        seed=asked.seed,
        timeout_s=asked.timeout_s,
        core=cores.generator,
        awake=tuple(cores.system or ()) if isinstance(arrivals, OpenLoop) else (),
    )


def _addressed(asked: AdHoc) -> tuple[Target, Request]:
    parts = urlsplit(asked.url)
    ports = {"http": 80, "https": 443, "grpc": 50051, "grpcs": 443}
    if parts.scheme not in ports or not parts.hostname:
        raise LoadError(
            f"`{asked.url}` is no address to load; http://host:port/path or "
            "grpc://host:port/package.Service/Method would do (https and grpcs with TLS)"
        )
    try:
        port = parts.port or ports[parts.scheme]
    except ValueError as error:
        raise LoadError(f"`{asked.url}` has no usable port: {error}") from error
    tls = parts.scheme in ("https", "grpcs")
    is_grpc = parts.scheme in ("grpc", "grpcs")
    target = Target(
        protocol="grpc" if is_grpc else "http1",
        host=parts.hostname,
        port=port,
        tls=tls,
        tls_server_name=parts.hostname if tls else None,
        tls_verify=asked.verify,
        connections=asked.connections,
    )
    if is_grpc:
        return target, _grpc_request(asked, f"{parts.hostname}:{port}", parts.path.strip("/"), tls)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # Braces are no placeholders here: an ad hoc load draws from no feeds.
    literal = path.replace("{", "{{").replace("}", "}}")
    call = HttpCall(asked.method.upper(), literal, _headers(asked.headers), asked.body)
    return target, Request(path, call)


def _grpc_request(asked: AdHoc, address: str, method: str, tls: bool) -> Request:
    try:
        message = json.loads(asked.message)
    except json.JSONDecodeError as error:
        raise LoadError(f"--message is no JSON: {error}") from error
    if not isinstance(message, dict):
        raise LoadError(f"--message is {asked.message}; a JSON object would do")
    found = by_reflection(address, method, None, tls)
    fields = cast("dict[str, Any]", message)
    call = GrpcCall(found.path, found.input, found.descriptors, fields, _headers(asked.headers))
    return Request(method, call)


def _headers(lines: Sequence[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise LoadError(f"--header `{line}` has no colon; `Name: value` would do")
        headers[name.strip().lower()] = value.strip()
    return headers


def summary(spec: BlockSpec, result: _engine.Result) -> dict[str, Any]:
    """The figures of one block as one JSON document; times in ms, rates per second.

    Latency and service time are those of the requests that were answered as expected; the failed
    ones stand in `errors`, by outcome.
    """
    errors: dict[str, int] = {}
    times = {"latency": _engine.Histogram(), "service": _engine.Histogram()}
    for _, outcome, clock, histogram in result.recorded:
        if outcome == "ok":
            times[clock].merge(histogram)
        elif clock == "latency":
            errors[outcome] = errors.get(outcome, 0) + histogram.count
    seconds = max(result.seconds, 1e-9)
    asked = spec.arrivals.rate_per_s if isinstance(spec.arrivals, OpenLoop) else None
    return {
        "latency_ms": _in_ms(times["latency"]),
        "service_ms": _in_ms(times["service"]),
        "rate": {
            "asked": asked,
            "sent": round(result.sent / seconds, 3),
            "completed": round(result.completed / seconds, 3),
        },
        "requests": {
            "scheduled": result.scheduled,
            "sent": result.sent,
            "ok": times["latency"].count,
        },
        "errors": errors,
        "seconds": round(result.seconds, 3),
        "engine": {
            "cpu": round(result.engine_cpu, 3),
            "lag_p99_us": result.lag.quantile(0.99),
            "max_in_flight": result.max_in_flight,
        },
    }


def _in_ms(times: _engine.Histogram) -> dict[str, float | None]:
    """Percentiles, largest and mean in ms; null where nothing was answered."""
    if times.count == 0:
        return dict.fromkeys([*(f"p{p}" for p in PERCENTILES), "max", "mean"])
    row: dict[str, float | None] = {
        f"p{p}": times.quantile(float(p) / 100) / 1e3 for p in PERCENTILES
    }
    return row | {"max": times.max / 1e3, "mean": round(times.mean / 1e3, 4)}
