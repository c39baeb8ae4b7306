"""A shop that shops by itself: that of the checkouts' tests, with plans and their executor."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import msgspec
import pytest
from shop_intents import Act, CartLine, Intent, Item, Variant
from shop_kit.testing import Kafka, Postgres, free_port, wait_for


def _checkouts() -> ModuleType:
    """The shop that it adds to."""
    file = Path(__file__).parents[2] / "checkout-orchestrator" / "tests" / "conftest.py"
    spec = importlib.util.spec_from_file_location("checkouts_conftest", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHECKOUTS = _checkouts()
MANDATE_SECRET = "a secret for the tests of mandates, long enough"
OURS = {"generator": "plan_generator", "executor": "plan_executor", "parser": "intent_parser"}
SECOND = "second"
"""Another executor, of the same stores."""
PRODUCTS = """
    INSERT INTO categories VALUES ('home', NULL, 'Home', ARRAY['home', 'Home']);
    INSERT INTO brands VALUES ('acme', 'Acme');
    INSERT INTO products (id, title, brand_id, category_id, price_from_minor) VALUES
        ('mug', 'Mug', 'acme', 'home', 500), ('jug', 'Jug', 'acme', 'home', 900),
        ('tray', 'Tray', 'acme', 'home', 100), ('cup', 'Cup', 'acme', 'home', 300);
    INSERT INTO variants (id, product_id, position, sku, currency, price_minor, available) VALUES
        ('mug-s', 'mug', 0, 'MUG-S', 'EUR', 500, 100000),
        ('mug-l', 'mug', 1, 'MUG-L', 'EUR', 700, 100000),
        ('mug-x', 'mug', 2, 'MUG-X', 'EUR', 650, 100000),
        ('jug-1', 'jug', 0, 'JUG-1', 'EUR', 900, 0),
        ('tray-1', 'tray', 0, 'TRAY-1', 'EUR', 100, 100000),
        ('cup-1', 'cup', 0, 'CUP-1', 'EUR', 300, 50),
        ('cup-2', 'cup', 1, 'CUP-2', 'EUR', 350, 50);
"""
PRICES = {
    "mug-s": 500, "mug-l": 700, "mug-x": 650, "jug-1": 900, "tray-1": 100, "cup-1": 300,
    "cup-2": 350,
}  # fmt: skip


class Shopping(CHECKOUTS.Shop):
    """Its processes, by name; `generator` and `executor` among them."""

    def __init__(self, postgres: Postgres, kafka: Kafka, folder: Path, **env: str) -> None:
        super().__init__(postgres, kafka, folder, "async", **env)
        self.ports |= {name: free_port() for name in (*OURS, SECOND)}

    def start(self, *names: str) -> None:
        ours = ("generator", "executor")  # the parser only where a sentence is to be read
        super().start(*(names or ("provider", "lookup", *CHECKOUTS.SERVICES, *ours)))

    def begin(self, name: str) -> None:
        if name not in (*OURS, SECOND):
            super().begin(name)
            return
        env, module = self._env(), OURS.get(name, OURS["executor"])
        if name == SECOND:
            env["PLAN_EXECUTOR_HTTP_ADDR"] = f"127.0.0.1:{self.ports[SECOND]}"
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", module], env=env, stdout=log, stderr=log
            )

    def terminate(self, name: str) -> int:
        process = self._processes.pop(name)
        process.terminate()
        return process.wait(20)

    def died(self, name: str) -> bool:
        return self._processes[name].poll() == -9

    def _env(self) -> dict[str, str]:
        lookup = f"127.0.0.1:{self.ports['lookup']}"
        ours = {"PLAN_MANDATE_SECRET": MANDATE_SECRET}
        for name, database in (("generator", "plans"), ("executor", "executions")):
            ours |= {
                f"PLAN_{name.upper()}_DSN": self.postgres.dsn_of(database),
                f"PLAN_{name.upper()}_HTTP_ADDR": f"127.0.0.1:{self.ports[name]}",
                f"PLAN_{name.upper()}_LOOKUP": lookup,
            }
        ours |= {
            "PLAN_EXECUTOR_CHECKOUT": self.url("checkout"),
            "PLAN_EXECUTOR_ORDER": self.url("order"),
            "PLAN_EXECUTOR_GENERATOR": self.url("generator"),
            "PLAN_EXECUTOR_PARSER": self.url("parser"),
            "INTENT_PARSER_DSN": self.postgres.dsn_of("catalogue"),
            "INTENT_PARSER_HTTP_ADDR": f"127.0.0.1:{self.ports['parser']}",
        }
        return {**super()._env(), **ours, **self._more}

    # -- as a user ---------------------------------------------------------------------------------

    @contextmanager
    def shopper(self, cap_minor: int | None = 1_000_000) -> Iterator[Shopper]:
        """Somebody new, whose token lets plans spend so much in EUR; None: nothing."""
        name = f"ann-{uuid.uuid4().hex[:8]}"
        scopes = ["shop"] if cap_minor is None else ["shop", f"spend:EUR:{cap_minor}"]
        token = self.signer.token(name, scopes, ttl_s=3600)
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(headers=headers, timeout=60, trust_env=False) as client:
            yield Shopper(self, name, client)

    def sql(self, database: str, statement: str) -> None:
        self.rows(database, statement)

    def priced(self, variant_id: str, price_minor: int, available: int | None = None) -> None:
        """In the catalogue, and in what the lookup tells."""
        units = "" if available is None else f", available = {available}"
        self.sql(
            "catalogue",
            f"UPDATE variants SET price_minor = {price_minor}{units} WHERE id = '{variant_id}';",
        )
        self.sql(
            "catalogue",
            "UPDATE products SET version = version + 1 WHERE id ="
            f" (SELECT product_id FROM variants WHERE id = '{variant_id}');",
        )

    def on_hand(self, variant_id: str, units: int) -> None:
        """In the inventory alone: the catalogue goes on to say what it said."""
        self.sql(
            "inventory",
            f"UPDATE stock SET received = received + {units} - on_hand, on_hand = {units}"
            f" WHERE variant_id = '{variant_id}'",
        )

    def charges(self, user_id: str) -> list[tuple[str, int]]:
        """What the provider has of the checkouts of a user: kind and amount."""
        query = "SELECT checkout_id FROM checkouts WHERE user_id = $1"
        ids = {row["checkout_id"] for row in self.rows("checkout", query, user_id)}
        return [
            (each["kind"], each["amount_minor"])
            for each in self.ledger()
            if each["reference"] in ids
        ]

    def paid_orders(self, user_id: str) -> list[dict[str, int]]:
        """Units by variant, an order each."""
        query = "SELECT lines FROM orders WHERE user_id = $1 AND state = 'confirmed'"
        return [
            {line["variant_id"]: line["quantity"] for line in msgspec.json.decode(row["lines"])}
            for row in self.rows("orders", query, user_id)
        ]


class Shopper:
    """A user, and what they do."""

    def __init__(self, shop: Shopping, name: str, client: httpx.Client) -> None:
        self.shop, self.name, self.client = shop, name, client

    def put(self, *lines: tuple[str, int]) -> None:
        """Into the cart `main`."""
        for variant_id, quantity in lines:
            body = {
                "product_id": variant_id.partition("-")[0],
                "variant_id": variant_id,
                "quantity": quantity,
            }
            url = f"{self.shop.url('checkout')}/api/carts/main/items"
            self.client.post(url, json=body).raise_for_status()

    def cart(self) -> dict[str, int]:
        url = f"{self.shop.url('checkout')}/api/carts/main/items"
        items = self.client.get(url).raise_for_status().json()["items"]
        return {each["variant_id"]: each["quantity"] for each in items}

    def generate(self, *acts: Act, most_minor: int | None = None, **more: Any) -> httpx.Response:
        intent = Intent(text="do it", acts=acts, currency="EUR", total_most_minor=most_minor)  # type: ignore[arg-type]
        cart = [
            CartLine(product_id=name.partition("-")[0], variant_id=name, quantity=quantity)
            for name, quantity in self.cart().items()
        ]
        body = {"intent": intent, "cart_id": "main", "cart": cart, "payment_method": "pm_ok"}
        headers = {"Content-Type": "application/json", **more.pop("headers", {})}
        content = msgspec.json.encode(body | more)
        url = f"{self.shop.url('generator')}/generate-plan"
        return self.client.post(url, content=content, headers=headers)

    def plan(self, *acts: Act, **more: Any) -> dict[str, Any]:
        answer = self.generate(*acts, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def execute(self, plan: dict[str, Any], key: str = "") -> httpx.Response:
        url = f"{self.shop.url('executor')}/execute-plan"
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self.client.post(url, json={"plan": plan}, headers=headers)

    def begun(self, *acts: Act, **more: Any) -> str:
        """Of a plan that needs no approval: its execution."""
        answer = self.execute(self.plan(*acts, **more))
        assert answer.status_code == 202, answer.text
        return answer.json()["execution_id"]

    def execution(self, execution_id: str, wait_s: int = 0) -> dict[str, Any]:
        url = f"{self.shop.url('executor')}/executions/{execution_id}"
        answer = self.client.get(url, headers={"Prefer": f"wait={wait_s}"})
        return answer.raise_for_status().json()

    def ended(self, execution_id: str, within_s: float = 90.0) -> dict[str, Any]:
        found: dict[str, Any] = {}

        def over() -> bool:
            nonlocal found
            found = self.execution(execution_id, wait_s=5)
            return found["state"] == "ended"

        wait_for(over, within_s)
        return found

    def done(self, *acts: Act, **more: Any) -> dict[str, Any]:
        return self.ended(self.begun(*acts, **more))


def item(*names: str, quantity: int = 1, **more: Any) -> Item:
    """Of these variants, the best first, at the catalogue's prices."""
    variants = tuple(
        Variant(
            product_id=name.partition("-")[0], variant_id=name, title=name,
            price_minor=PRICES[name], available=100,
        )
        for name in names
    )  # fmt: skip
    return Item(words=" or ".join(names), quantity=quantity, variants=variants, **more)


@pytest.fixture(scope="session")
def wish() -> Callable[..., Item]:
    """Makes items of variants by their names."""
    return item


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory, empty_catalogue: str) -> Iterator[Postgres]:
    folder = tmp_path_factory.mktemp("stores")
    for parent in (folder, *folder.parents[:3]):
        if parent.stat().st_mode & 0o077 == 0:
            parent.chmod(0o755)
    databases = ("inventory", "payment", "orders", "checkout", "plans", "executions")
    server = Postgres(folder / "data", *databases)
    server.start()
    asyncio.run(server.sql(empty_catalogue, PRODUCTS))
    filling = [sys.executable, "-m", "inventory.filling"]
    where = ["--catalogue", server.dsn_of("catalogue"), "--dsn", server.dsn_of("inventory")]
    subprocess.run([*filling, *where], check=True)
    yield server
    server.stop()


Opened = Callable[..., Shopping]


@pytest.fixture(scope="module")
def open_shopping(stores: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """Opens a shop; only one at a time, on the same stores. It needs no broker."""
    opened: list[Shopping] = []

    def shopping(**env: str) -> Shopping:
        for other in opened:
            other.stop()
        more = {"LOOKUP_READS": "store"} | env
        one = Shopping(stores, None, tmp_path_factory.mktemp("shop"), **more)  # type: ignore[arg-type]
        opened.append(one)
        one.start()
        return one

    yield shopping
    for one in opened:
        one.stop()
