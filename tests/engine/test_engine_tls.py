"""HTTP and gRPC over TLS: certificates are verified unless that is switched off."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import grpc
import pytest
from grpc_health.v1 import health, health_pb2_grpc
from grpc_health.v1 import health_pb2 as messages

from assay import _engine
from assay.load.descriptors import from_proto
from assay.load.spec import BlockSpec, GrpcCall, Request, Target

pytestmark = pytest.mark.integration

PROTO = """
syntax = "proto3";
package grpc.health.v1;
message HealthCheckRequest { string service = 1; }
message HealthCheckResponse { int32 status = 1; }
service Health { rpc Check(HealthCheckRequest) returns (HealthCheckResponse); }
"""


def with_tls(spec, roots: str | None, verify: bool = True):
    return replace(
        spec,
        target=replace(
            spec.target,
            tls=True,
            tls_server_name="localhost",
            tls_roots_pem=roots,
            tls_verify=verify,
        ),
    )


def test_a_trusted_certificate(tls_server, authority, block, run, counts) -> None:
    roots = authority.cert_pem.bytes().decode()
    result = run(with_tls(block(tls_server.server_port), roots))
    assert counts(result) == {"ok": 80}


def test_nobodys_certificate_is_refused(tls_server, block, run) -> None:
    with pytest.raises(_engine.EngineError, match=r"no connection to .*certificate"):
        run(with_tls(block(tls_server.server_port), None))


def test_another_name_is_refused(tls_server, authority, block, run) -> None:
    spec = with_tls(block(tls_server.server_port), authority.cert_pem.bytes().decode())
    other = replace(spec, target=replace(spec.target, tls_server_name="other.example"))
    with pytest.raises(_engine.EngineError, match="not valid for name"):
        run(other)


def test_verification_can_be_switched_off(tls_server, block, run, counts) -> None:
    assert counts(run(with_tls(block(tls_server.server_port), None, verify=False))) == {"ok": 80}


def test_plain_text_to_a_server_with_tls_is_told(tls_server, block, run, counts) -> None:
    result = run(block(tls_server.server_port))
    assert set(counts(result)) <= {"connection", "protocol"}
    assert sum(counts(result).values()) == 80


@pytest.fixture
def check(authority, block, tmp_path) -> Iterator[BlockSpec]:
    """Calls of a gRPC server with a certificate of the authority."""
    certificate = authority.issue_cert("localhost")
    chain = b"".join(pem.bytes() for pem in certificate.cert_chain_pems)
    server = grpc.server(ThreadPoolExecutor(4))
    servicer = health.HealthServicer()
    servicer.set("", messages.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    keys = grpc.ssl_server_credentials([(certificate.private_key_pem.bytes(), chain)])
    port = server.add_secure_port("127.0.0.1:0", keys)
    server.start()
    proto = tmp_path / "health.proto"
    proto.write_text(PROTO)
    method = from_proto(proto, "grpc.health.v1.Health/Check")
    call = GrpcCall(method.path, method.input, method.descriptors, {})
    target = Target("grpc", "127.0.0.1", port, connections=2)
    yield block(port, target=target, requests=(Request("check", call),))
    server.stop(0).wait()


def test_grpc_over_tls(authority, check, run, counts) -> None:
    assert counts(run(with_tls(check, authority.cert_pem.bytes().decode()))) == {"ok": 80}
    assert counts(run(with_tls(check, None, verify=False))) == {"ok": 80}


def test_nobodys_certificate_is_refused_for_grpc_too(check, run) -> None:
    with pytest.raises(_engine.EngineError, match=r"no connection to .*certificate"):
        run(with_tls(check, None))
