"""A gRPC method's messages, learnt from a real server and from a .proto file."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from assay.load.descriptors import by_reflection, from_proto
from assay.load.errors import LoadError

CHECK = "grpc.health.v1.Health/Check"


@pytest.fixture(params=[True, False], ids=["with reflection", "without"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, bool]]:
    server = grpc.server(ThreadPoolExecutor(2))
    health_pb2_grpc.add_HealthServicer_to_server(health.HealthServicer(), server)
    if request.param:
        names = [health_pb2.DESCRIPTOR.services_by_name["Health"].full_name]
        reflection.enable_server_reflection([*names, reflection.SERVICE_NAME], server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}", request.param
    server.stop(0).wait()


@pytest.mark.integration
def test_a_server_says_what_its_methods_take(server: tuple[str, bool]) -> None:
    address, has_reflection = server
    if not has_reflection:
        with pytest.raises(LoadError, match=r"no gRPC reflection; name the contract with `proto:"):
            by_reflection(address, CHECK, None, tls=False)
        return
    method = by_reflection(address, CHECK, None, tls=False)
    assert method.path == "/grpc.health.v1.Health/Check"
    assert method.input == "grpc.health.v1.HealthCheckRequest"
    files = FileDescriptorSet.FromString(base64.b64decode(method.descriptors))
    assert [file.package for file in files.file] == ["grpc.health.v1"]
    with pytest.raises(LoadError, match=r"has no method `Chek`; did you mean `Check`"):
        by_reflection(address, "grpc.health.v1.Health/Chek", None, tls=False)
    with pytest.raises(
        LoadError, match=r"has no service `no.Such`; there is `grpc.health.v1.Health`"
    ):
        by_reflection(address, "no.Such/Check", None, tls=False)


@pytest.mark.integration
def test_nobody_at_the_address_is_said() -> None:
    with pytest.raises(LoadError, match=r"no gRPC reflection from 127\.0\.0\.1:1"):
        by_reflection("127.0.0.1:1", CHECK, None, tls=False)


PROTO = """
syntax = "proto3";
package bakery.v1;
import "google/protobuf/duration.proto";
service Oven { rpc Bake(Loaf) returns (Loaf); }
message Loaf { string kind = 1; google.protobuf.Duration time = 2; }
"""


def test_a_proto_file_says_what_its_methods_take(tmp_path: Path) -> None:
    file = tmp_path / "oven.proto"
    file.write_text(PROTO)
    method = from_proto(file, "bakery.v1.Oven/Bake")
    assert method.input == "bakery.v1.Loaf"
    files = FileDescriptorSet.FromString(base64.b64decode(method.descriptors))
    # Imports come before those that import them, so that a pool can be filled in this order.
    assert [file.name for file in files.file] == ["google/protobuf/duration.proto", "oven.proto"]


def test_a_proto_file_that_does_not_compile_is_explained(tmp_path: Path) -> None:
    file = tmp_path / "oven.proto"
    file.write_text("service Oven {")
    with pytest.raises(LoadError, match="does not compile"):
        from_proto(file, "Oven/Bake")
