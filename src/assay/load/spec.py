"""One block of load in plain data: what the engine is asked to do.

Field for field the JSON document that `assay._engine.start` reads.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Target:
    """Where the requests go, and over how many connections."""

    protocol: Literal["http1", "grpc"]
    host: str
    port: int
    tls: bool = False
    tls_server_name: str | None = None
    tls_roots_pem: str | None = None
    """Trusted roots instead of the well-known ones."""
    tls_verify: bool = True
    connections: int = 16
    streams: int = 32
    """Requests under way at once on one HTTP/2 connection."""


@dataclass(frozen=True)
class OpenLoop:
    """Requests begin when the schedule says, however slowly the system answers."""

    rate_per_s: float
    process: Literal["poisson", "constant"] = "poisson"


@dataclass(frozen=True)
class ClosedLoop:
    """Each user begins the next request when the last one was answered."""

    users: int


@dataclass(frozen=True)
class Expect:
    """What a right answer looks like; status codes of HTTP, or names of gRPC's."""

    status: tuple[int | str, ...] = ()
    """Empty: any 2xx, or OK."""
    contains: str | None = None


@dataclass(frozen=True)
class HttpCall:
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: str | None = None


@dataclass(frozen=True)
class GrpcCall:
    path: str
    """`/package.Service/Method`"""
    input: str
    """Full name of the request's message type."""
    descriptors: str
    """FileDescriptorSet of the method, base64."""
    message: dict[str, Any]
    metadata: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Request:
    """One kind of request of a workload; words in braces are drawn from feeds."""

    name: str
    call: HttpCall | GrpcCall
    weight: float = 1.0
    expect: Expect = Expect()

    def as_json(self) -> dict[str, Any]:
        kind = "http" if isinstance(self.call, HttpCall) else "grpc"
        document: dict[str, Any] = {
            "name": self.name,
            "weight": self.weight,
            kind: asdict(self.call),
        }
        expect: dict[str, Any] = {}
        if self.expect.status:
            expect["status"] = list(self.expect.status)
        if self.expect.contains is not None:
            expect["contains"] = self.expect.contains
        if expect:
            document["expect"] = expect
        return document


@dataclass(frozen=True)
class BlockSpec:
    """Everything that one call of the engine needs, but the feeds' values."""

    target: Target
    arrivals: OpenLoop | ClosedLoop
    requests: tuple[Request, ...]
    duration_s: float
    seed: int
    lead_in_s: float = 0.3
    """Load before the block proper that is not recorded: it fills connections and caches."""
    timeout_s: float = 10.0
    threads: int = 1
    poll: Literal["spin", "sleep"] = "spin"
    core: int | None = None
    """Pins the engine's thread, so that it and the system do not chase each other."""
    slice_s: float = 0.25
    hiccups: bool = True
    awake: tuple[int, ...] = ()
    """Cores that are kept from going idle meanwhile: how long a core sleeps is no property of the
    system that is measured."""

    def as_json(self) -> str:
        document = asdict(self)
        match self.arrivals:
            case OpenLoop(rate_per_s, process):
                document["arrivals"] = {"open": {"rate": rate_per_s, "process": process}}
            case ClosedLoop(users):
                document["arrivals"] = {"closed": {"users": users}}
        document["requests"] = [request.as_json() for request in self.requests]
        return json.dumps(document)
