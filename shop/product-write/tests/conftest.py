"""Real services for product-write's tests: Postgres with three products, and the process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from shop_kit.auth import Signer
from shop_kit.testing import Postgres, free_port, wait_for

SECRET = "a secret for the tests of product-write"
PRODUCTS = """
    INSERT INTO categories VALUES ('home', NULL, 'Home', ARRAY['home', 'Home']);
    INSERT INTO brands VALUES ('acme', 'Acme');
    INSERT INTO products (id, title, brand_id, category_id, price_from_minor) VALUES
        ('mug', 'Mug', 'acme', 'home', 500), ('jug', 'Jug', 'acme', 'home', 900),
        ('tray', 'Tray', 'acme', 'home', 100);
    INSERT INTO variants (id, product_id, position, sku, currency, price_minor, available) VALUES
        ('mug-s', 'mug', 0, 'MUG-S', 'EUR', 500, 3), ('mug-l', 'mug', 1, 'MUG-L', 'EUR', 700, 5),
        ('jug-1', 'jug', 0, 'JUG-1', 'EUR', 900, 1), ('tray-1', 'tray', 0, 'TRAY-1', 'EUR', 100, 9);
"""


class ProductWrite:
    """One process, known by its address."""

    def __init__(self, log: Path, **env: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PRODUCT_WRITE_", "OTEL"))}
        settings = kept | {"PRODUCT_WRITE_HTTP_ADDR": f"127.0.0.1:{port}"} | env
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "product_write"], env=settings, stdout=output, stderr=output
            )
        self.token = Signer(SECRET.encode()).token("admin", ["catalogue:write"], ttl_s=600)
        self.client = httpx.Client(
            base_url=self.url,
            timeout=10,
            trust_env=False,
            headers={"Authorization": f"Bearer {self.token}"},
        )

    def change(self, product_id: str, what: object, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.patch(f"/api/products/{product_id}", json=what, headers=named)

    def metric(self, name: str, /, **labels: str) -> float:
        """The sum of the samples that have these labels; 0 for what was never counted."""
        return sum(
            sample.value
            for family in text_string_to_metric_families(self.client.get("/metrics").text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def readiness(self) -> str:
        """What `/readyz` says; empty where nobody listens yet."""
        assert self.process.poll() is None, f"ended by itself:\n{self.log.read_text()}"
        try:
            return self.client.get("/readyz").text.strip()
        except httpx.TransportError:
            return ""

    def wait_ready(self) -> None:
        wait_for(lambda: self.readiness() == "ready")

    def stop(self) -> int:
        """The exit code after SIGTERM; SIGKILL where it does not come within 15 s."""
        self.client.close()
        self.process.terminate()
        try:
            return self.process.wait(15)
        finally:
            self.process.kill()
            self.process.wait()


Launch = Callable[..., ProductWrite]
Rows = Callable[..., list[asyncpg.Record]]


@pytest.fixture(scope="module")
def rows(postgres: Postgres) -> Rows:
    """The rows of a query."""

    async def fetch(query: str, *values: object) -> list[asyncpg.Record]:
        async with postgres.connection() as connection:
            return await connection.fetch(query, *values)

    return lambda query, *values: asyncio.run(fetch(query, *values))


@pytest.fixture(scope="module")
def launch(
    postgres: Postgres, empty_catalogue: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Launch]:
    """Starts a product-write on `postgres`; settings are keywords."""
    asyncio.run(postgres.sql(empty_catalogue, PRODUCTS))
    folder = tmp_path_factory.mktemp("product-write")
    started: list[ProductWrite] = []

    def start(ready: bool = True, **env: str) -> ProductWrite:
        defaults = {"PRODUCT_WRITE_DSN": postgres.dsn, "SHOP_JWT_SECRET": SECRET}
        service = ProductWrite(folder / f"{len(started)}.log", **(defaults | env))
        started.append(service)
        if ready:
            service.wait_ready()
        return service

    yield start
    for service in started:
        service.stop()


@pytest.fixture(scope="module")
def service(launch: Launch) -> ProductWrite:
    return launch()
