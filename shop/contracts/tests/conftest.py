"""Real services for the contracts' tests: a Postgres of one's own, and lookups of every kind."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client.parser import text_string_to_metric_families
from shop.lookup.v1 import product_lookup_pb2 as pb
from shop.lookup.v1 import product_lookup_pb2_grpc as rpc
from shop_kit.collecting import Collector
from shop_kit.testing import Postgres, free_port, listens, wait_for

ROOT = Path(__file__).parents[3]
RUST = Path(os.environ.get("PRODUCT_LOOKUP_RUST", ROOT / "target/release/product-lookup-rust"))
SERVICE = "shop.lookup.v1.ProductLookup"


class Lookup:
    """One process that serves the contract, known by its addresses."""

    def __init__(self, implementation: str, log: Path, **env: str) -> None:
        command = [sys.executable, "-m", "product_lookup"]
        self.grpc_port, self.http_port = free_port(), free_port()
        self.log = log
        settings = {
            "LOOKUP_GRPC_ADDR": f"127.0.0.1:{self.grpc_port}",
            "LOOKUP_HTTP_ADDR": f"127.0.0.1:{self.http_port}",
        }
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("LOOKUP_", "OTEL_"))}
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [str(RUST)] if implementation == "rust" else command,
                env=inherited | settings | env,
                stdout=output,
                stderr=output,
            )
        self.channel = grpc.insecure_channel(
            f"127.0.0.1:{self.grpc_port}",
            # A test that waits for a service to come back should not wait for the client's backoff.
            options=[("grpc.max_reconnect_backoff_ms", 100)],
        )
        self._stub = rpc.ProductLookupStub(self.channel)
        self._health = health_pb2_grpc.HealthStub(self.channel)

    def get(self, product_id: str, **call: object) -> pb.Product:
        return self._stub.Get(pb.GetRequest(product_id=product_id), timeout=10, **call).product

    def code(self, product_id: str) -> grpc.StatusCode:
        """How Get ends."""
        try:
            self.get(product_id)
        except grpc.RpcError as error:
            return error.code()
        return grpc.StatusCode.OK

    def batch_get(self, product_ids: list[str]) -> pb.BatchGetResponse:
        return self._stub.BatchGet(pb.BatchGetRequest(product_ids=product_ids), timeout=10)

    def get_later(self, product_id: str) -> grpc.Future:
        return self._stub.Get.future(pb.GetRequest(product_id=product_id), timeout=10)

    def health(self, service: str = "") -> str:
        request = health_pb2.HealthCheckRequest(service=service)
        status = self._health.Check(request, timeout=10, wait_for_ready=True).status
        return health_pb2.HealthCheckResponse.ServingStatus.Name(status)

    def watch_health(self) -> Iterator[health_pb2.HealthCheckResponse]:
        return self._health.Watch(health_pb2.HealthCheckRequest(service=SERVICE), timeout=20)

    def http(self, path: str) -> tuple[int, str]:
        url = f"http://127.0.0.1:{self.http_port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def metric(self, name: str, **labels: str) -> float:
        """The value of one sample; 0 for what was never counted."""
        status, text = self.http("/metrics")
        assert status == 200
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return sample.value
        return 0.0

    def has_metric(self, name: str) -> bool:
        return f"\n{name}" in self.http("/metrics")[1]

    def wait_up(self) -> None:
        wait_for(lambda: self._alive() and listens(self.http_port) and listens(self.grpc_port))

    def wait_ready(self) -> None:
        self.wait_up()
        wait_for(lambda: self._alive() and self.http("/readyz")[0] == 200)

    def _alive(self) -> bool:
        assert self.process.poll() is None, f"ended by itself:\n{self.log.read_text()}"
        return True

    def stop(self) -> int:
        """The exit code after SIGTERM; SIGKILL where it does not come within 10 s."""
        self.channel.close()
        self.process.terminate()
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.stop()


@pytest.fixture(scope="module", params=["python", "rust"])
def implementation(request: pytest.FixtureRequest) -> str:
    if request.param == "rust" and not RUST.exists():
        pytest.skip("product-lookup-rust is not built; `make setup` builds it")
    return request.param


@pytest.fixture(scope="module", params=["snapshot", "store"])
def reads(request: pytest.FixtureRequest) -> str:
    return request.param


Launch = Callable[..., Lookup]


@pytest.fixture(scope="module")
def launch(
    implementation: str,
    reads: str,
    postgres: Postgres,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Launch]:
    """Starts lookups of the kind under test, on `postgres`; settings are keywords."""
    folder = tmp_path_factory.mktemp("lookup")
    started: list[Lookup] = []

    def start(**env: str) -> Lookup:
        defaults = {"LOOKUP_DSN": postgres.dsn, "LOOKUP_READS": reads, "LOOKUP_REFRESH_S": "0.2"}
        log = folder / f"{len(started)}.log"
        lookup = Lookup(implementation, log, **(defaults | env))
        started.append(lookup)
        return lookup

    yield start
    for lookup in started:
        if lookup.process.poll() is None:
            lookup.stop()


@pytest.fixture(autouse=True, scope="session")
def _no_proxy() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "127.0.0.1")
        yield
