"""Real services for product-read's tests: Postgres with a small catalogue, Redis, the JVM."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from shop_kit.testing import Postgres, Redis, free_port, wait_for

JAR = Path(__file__).parents[1] / "target/product-read.jar"
PRODUCTS = 300


class ProductRead:
    """One process, known by its address."""

    def __init__(self, log: Path, **env: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PRODUCT_READ_", "OTEL_"))}
        settings = kept | {"PRODUCT_READ_HTTP_ADDR": f"127.0.0.1:{port}"} | env
        java = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        java += ["-XX:-UsePerfData", f"-Djava.io.tmpdir={log.parent}"]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [*java, "-jar", str(JAR)], env=settings, stdout=output, stderr=output
            )
        self.client = httpx.Client(base_url=self.url, timeout=10, trust_env=False)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers=headers)

    def samples(self, name: str, /, **labels: str) -> list[Sample]:
        """Those of this name that have these labels, as of one moment."""
        text = self.get("/metrics").text
        return [
            sample
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]

    def metric(self, name: str, /, **labels: str) -> float:
        """The sum of the samples that have these labels; 0 for what was never counted."""
        return sum(sample.value for sample in self.samples(name, **labels))

    def breaker(self, name: str) -> str:
        """The state that its circuit breaker of this name is in."""
        states = self.samples("resilience4j_circuitbreaker_state", name=name)
        [state] = [sample.labels["state"] for sample in states if sample.value == 1]
        return state

    def wait_ready(self) -> None:
        wait_for(self._ready, within_s=60)

    def _ready(self) -> bool:
        assert self.process.poll() is None, f"ended by itself:\n{self.log.read_text()}"
        try:
            return self.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """The exit code after SIGTERM; SIGKILL where it does not come within 15 s."""
        self.client.close()
        self.process.terminate()
        try:
            return self.process.wait(15)
        finally:
            self.process.kill()
            self.process.wait()


Launch = Callable[..., ProductRead]


@pytest.fixture(scope="module")
def ids(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Of the products in `postgres`."""
    file = tmp_path_factory.mktemp("catalogue") / "ids.csv"
    command = [sys.executable, "-m", "shop_catalogue", "load", "--products", str(PRODUCTS)]
    env = os.environ | {"CATALOGUE_DSN": postgres.dsn}
    subprocess.run([*command, "--seed", "1", "--ids", str(file)], env=env, check=True)
    return file.read_text().split()[1:]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    server = Redis(tmp_path_factory.mktemp("redis") / "data")
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def launch(
    postgres: Postgres, redis: Redis, ids: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Launch]:
    """Starts a product-read on `postgres` and `redis`; settings are keywords."""
    if not JAR.exists() or shutil.which("java") is None:
        pytest.skip("product-read is not built; `make setup` builds it")
    folder = tmp_path_factory.mktemp("product-read")
    started: list[ProductRead] = []

    def start(**env: str) -> ProductRead:
        address = f"127.0.0.1:{postgres.port}"
        defaults = {
            "PRODUCT_READ_DSN": f"jdbc:postgresql://{address}/catalogue?user=shop",
            "PRODUCT_READ_REDIS": redis.url,
        }
        service = ProductRead(folder / f"{len(started)}.log", **(defaults | env))
        started.append(service)
        service.wait_ready()
        return service

    yield start
    for service in started:
        if service.process.poll() is None:
            assert service.stop() == 143


@pytest.fixture(scope="module")
def cached(launch: Launch) -> ProductRead:
    return launch()
