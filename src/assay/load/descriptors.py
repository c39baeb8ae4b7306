"""Learns what a gRPC method takes: from the server itself (reflection), or from a .proto file.

Both give the FileDescriptorSet that the engine encodes messages with. Reflection is the standard
one, grpc.reflection.v1alpha, which every server with reflection speaks.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import grpc
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from assay.documents import nearest
from assay.load.errors import LoadError


@dataclass(frozen=True)
class GrpcMethod:
    path: str
    """`/package.Service/Method`"""
    input: str
    """Full name of the request's message type."""
    descriptors: str
    """FileDescriptorSet of the input and all that it imports, base64."""


def by_reflection(address: str, method: str, roots_pem: bytes | None, tls: bool) -> GrpcMethod:
    """Ask the server at `address` (host:port) about `package.Service/Method`.

    Raises LoadError where the server cannot be reached, has no reflection or no such method.
    """
    channel = (
        grpc.secure_channel(address, grpc.ssl_channel_credentials(roots_pem))
        if tls
        else grpc.insecure_channel(address)
    )
    with channel:
        try:
            database = ProtoReflectionDescriptorDatabase(channel)
            offered = sorted(str(name) for name in database.get_services())
            pool = DescriptorPool(database)
            return _method(pool, method, f"the server at {address}", offered)
        except grpc.RpcError as error:
            status = error.code() if isinstance(error, grpc.Call) else None
            if status == grpc.StatusCode.UNIMPLEMENTED:
                raise LoadError(
                    f"the server at {address} has no gRPC reflection; "
                    "name the contract with `proto: path/to/file.proto`"
                ) from error
            raise LoadError(f"no gRPC reflection from {address}: {error}") from error


def from_proto(file: Path, method: str) -> GrpcMethod:
    """Compile a .proto file and look `package.Service/Method` up. Imports start at its folder."""
    if not file.is_file():
        raise LoadError(f"there is no file {file}")
    with tempfile.TemporaryDirectory(prefix="assay-proto-") as folder:
        out = Path(folder) / "set.pb"
        # The module form finds the well-known types (google/protobuf/*.proto) by itself.
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{file.parent}"]
        command += ["--include_imports", f"--descriptor_set_out={out}", str(file)]
        compiled = subprocess.run(command, capture_output=True, text=True, check=False)
        if compiled.returncode != 0:
            raise LoadError(f"{file} does not compile: {compiled.stderr.strip()}")
        files = FileDescriptorSet.FromString(out.read_bytes())
    pool = DescriptorPool()
    for entry in files.file:
        pool.Add(entry)
    offered = [f"{entry.package}.{s.name}" for entry in files.file for s in entry.service]
    return _method(pool, method, str(file), offered)


def _method(pool: DescriptorPool, method: str, source: str, offered: list[str]) -> GrpcMethod:
    service_name, _, method_name = method.partition("/")
    try:
        service = pool.FindServiceByName(service_name)
    except KeyError:
        raise LoadError(
            f"{source} has no service `{service_name}`; {nearest(service_name, offered)}"
        ) from None
    found: MethodDescriptor | None = service.methods_by_name.get(method_name)
    if found is None:
        raise LoadError(
            f"`{service_name}` of {source} has no method `{method_name}`; "
            f"{nearest(method_name, service.methods_by_name)}"
        )
    files: dict[str, FileDescriptorProto] = {}
    _collect(found.input_type.file, files)
    encoded = FileDescriptorSet(file=files.values()).SerializeToString()
    return GrpcMethod(
        path=f"/{service_name}/{method_name}",
        input=found.input_type.full_name,
        descriptors=base64.b64encode(encoded).decode(),
    )


def _collect(file: FileDescriptor, into: dict[str, FileDescriptorProto]) -> None:
    """Imports first, each file once: the order in which a descriptor pool can be filled."""
    if file.name in into:
        return
    for imported in file.dependencies:
        _collect(imported, into)
    proto = FileDescriptorProto()
    file.CopyToProto(proto)
    into[file.name] = proto
