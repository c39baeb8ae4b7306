"""A whole shop for checkouts: real stores, real Kafka, every service as the process that it is."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from shop_kit.auth import Signer
from shop_kit.testing import Kafka, Postgres, free_port, wait_for
from shop_kit.topics import ensure
from shop_messages import PARTITIONS

SECRET = "a secret for the tests of checkouts, long enough"
KEY = "the provider's key"
SERVICES = ("inventory", "payment", "order", "checkout")
PRODUCTS = """
    INSERT INTO categories VALUES ('home', NULL, 'Home', ARRAY['home', 'Home']);
    INSERT INTO brands VALUES ('acme', 'Acme');
    INSERT INTO products (id, title, brand_id, category_id, price_from_minor) VALUES
        ('mug', 'Mug', 'acme', 'home', 500), ('jug', 'Jug', 'acme', 'home', 900),
        ('tray', 'Tray', 'acme', 'home', 100), ('yen', 'Yen', 'acme', 'home', 100),
        ('gold', 'Gold', 'acme', 'home', 1000000000), ('leaf', 'Leaf', 'acme', 'home', 0);
    INSERT INTO variants (id, product_id, position, sku, currency, price_minor, available) VALUES
        ('mug-s', 'mug', 0, 'MUG-S', 'EUR', 500, 100000),
        ('mug-l', 'mug', 1, 'MUG-L', 'EUR', 700, 5), ('jug-1', 'jug', 0, 'JUG-1', 'EUR', 900, 1),
        ('tray-1', 'tray', 0, 'TRAY-1', 'EUR', 100, 9),
        ('yen-1', 'yen', 0, 'YEN-1', 'JPY', 100, 100000),
        ('gold-1', 'gold', 0, 'GOLD-1', 'EUR', 1000000001, 100000),
        ('leaf-1', 'leaf', 0, 'LEAF-1', 'EUR', 0, 100000);
"""
PORTS = ("inventory", "payment", "order", "checkout", "provider", "lookup", "lookup-http")


class Shop:
    """Its processes, by name; each can be killed and started again."""

    def __init__(
        self, postgres: Postgres, kafka: Kafka, folder: Path, arm: str, **env: str
    ) -> None:
        self.postgres, self.kafka, self.folder, self.arm = postgres, kafka, folder, arm
        self.ports = {name: free_port() for name in PORTS}
        self.signer = Signer(SECRET.encode())
        self.key = KEY
        # One for as long as the stores are: they are compared.
        self.ledger_file = folder.parent / f"ledger-{postgres.port}.sqlite"
        self._more = env
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def start(self, *names: str) -> None:
        names = names or ("provider", "lookup", *SERVICES)
        for name in names:
            self.begin(name)
        for name in names:
            wait_for(lambda name=name: self._ready(name), within_s=40)

    def begin(self, name: str) -> None:
        """Without waiting for it."""
        module = {
            "checkout": "checkout_orchestrator",
            "provider": "payment_provider",
            "lookup": "product_lookup",
        }.get(name, name)
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", module], env=self._env(), stdout=log, stderr=log
            )

    def suspend(self, name: str) -> None:
        self._processes[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self._processes[name].send_signal(signal.SIGCONT)

    def state(self, checkout_id: str) -> str:
        """As its table has it."""
        [row] = self.rows(
            "checkout", "SELECT state FROM checkouts WHERE checkout_id = $1", checkout_id
        )
        return row["state"]

    def stop(self) -> dict[str, int]:
        """Their exit codes."""
        for process in self._processes.values():
            process.terminate()
            process.send_signal(signal.SIGCONT)
        codes = {}
        for name, process in self._processes.items():
            try:
                codes[name] = process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                codes[name] = process.wait()
        self._processes.clear()
        return codes

    def _ready(self, name: str) -> bool:
        process = self._processes[name]
        log = (self.folder / f"{name}.log").read_text()
        assert process.poll() is None, f"{name} ended by itself:\n{log}"
        port = self.ports["lookup-http" if name == "lookup" else name]
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).is_success
        except httpx.TransportError:
            return False

    def _env(self) -> dict[str, str]:
        ports = self.ports
        dsn = self.postgres.dsn_of
        broker = self.kafka.bootstrap if self.arm == "saga" else ""
        env = {"SHOP_JWT_SECRET": SECRET}
        for name in ("inventory", "payment", "order"):
            prefix = name.upper()
            env |= {
                f"{prefix}_DSN": dsn(name if name != "order" else "orders"),
                f"{prefix}_HTTP_ADDR": f"127.0.0.1:{ports[name]}",
                f"{prefix}_KAFKA": broker,
            }
        env |= {
            "PAYMENT_PROVIDER": self.url("provider"),
            "PAYMENT_PROVIDER_KEY": KEY,
            "PAYMENT_PROVIDER_TIMEOUT_S": "2",
            "PAYMENT_PROVIDER_HTTP_ADDR": f"127.0.0.1:{ports['provider']}",
            "PAYMENT_PROVIDER_LEDGER": str(self.ledger_file),
            "PAYMENT_PROVIDER_MEDIAN_MS": "5",
            "PAYMENT_PROVIDER_P99_MS": "20",
            "LOOKUP_DSN": dsn("catalogue"),
            "LOOKUP_READS": "snapshot",
            "LOOKUP_GRPC_ADDR": f"127.0.0.1:{ports['lookup']}",
            "LOOKUP_HTTP_ADDR": f"127.0.0.1:{ports['lookup-http']}",
            "CHECKOUT_ARM": self.arm,
            "CHECKOUT_DSN": dsn("checkout"),
            "CHECKOUT_LOOKUP": f"127.0.0.1:{ports['lookup']}",
            "CHECKOUT_HTTP_ADDR": f"127.0.0.1:{ports['checkout']}",
            "CHECKOUT_KAFKA": broker,
        }
        env |= {f"CHECKOUT_{n.upper()}": self.url(n) for n in ("inventory", "payment", "order")}
        return {**os.environ, **env, **self._more}

    # -- as a user ---------------------------------------------------------------------------------

    def user(self, name: str = "ann") -> httpx.Client:
        token = self.signer.token(name, ["shop"], ttl_s=3600)
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(
            base_url=self.url("checkout"), headers=headers, timeout=40, trust_env=False
        )

    def checkout(
        self, client: httpx.Client, *items: tuple[str, str, int], key: str = "", **more: object
    ) -> httpx.Response:
        body = {
            "items": [{"product_id": p, "variant_id": v, "quantity": n} for p, v, n in items],
            "payment_method": "pm_ok",
        }
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return client.post("/api/checkout", json=body | more, headers=headers)

    def ended(self, client: httpx.Client, checkout_id: str, within_s: float = 60.0) -> dict:
        found: dict = {}

        def over() -> bool:
            nonlocal found
            answer = client.get(f"/api/checkout/{checkout_id}", headers={"Prefer": "wait=10"})
            found = answer.raise_for_status().json()
            return found["state"] in ("confirmed", "cancelled")

        wait_for(over, within_s)
        return found

    def behave(self, **behaviour: object) -> None:
        """Of the provider."""
        headers = {"Authorization": f"Bearer {KEY}"}
        url = self.url("provider") + "/admin/behaviour"
        answer = httpx.put(url, json=behaviour, headers=headers, trust_env=False)
        assert answer.is_success, answer.text

    def ledger(self) -> list[dict]:
        headers = {"Authorization": f"Bearer {KEY}"}
        url = self.url("provider") + "/v1/ledger?limit=10000"
        return httpx.get(url, headers=headers, trust_env=False).json()["entries"]

    def rows(self, database: str, query: str, *values: object) -> list[asyncpg.Record]:
        async def fetch() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(self.postgres.dsn_of(database))
            try:
                return await connection.fetch(query, *values)
            finally:
                await connection.close()

        return asyncio.run(fetch())


Open = Callable[..., Shop]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory, empty_catalogue: str) -> Iterator[Postgres]:
    folder = tmp_path_factory.mktemp("stores")
    for parent in (folder, *folder.parents[:3]):
        if parent.stat().st_mode & 0o077 == 0:
            parent.chmod(0o755)
    server = Postgres(folder / "data", "inventory", "payment", "orders", "checkout")
    server.start()
    asyncio.run(server.sql(empty_catalogue, PRODUCTS))
    dsn = server.dsn_of
    filling = [sys.executable, "-m", "inventory.filling"]
    where = ["--catalogue", dsn("catalogue"), "--dsn", dsn("inventory")]
    subprocess.run([*filling, *where], check=True)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def open_shop(
    stores: Postgres, kafka: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Open]:
    """Opens a shop of one arm; only one at a time, on the same stores."""
    asyncio.run(ensure(kafka.bootstrap, PARTITIONS))
    opened: list[Shop] = []

    def shop(arm: str = "saga", **env: str) -> Shop:
        for other in opened:
            other.stop()
        one = Shop(stores, kafka, tmp_path_factory.mktemp(arm), arm, **env)
        opened.append(one)
        one.start()
        return one

    yield shop
    for one in opened:
        one.stop()
