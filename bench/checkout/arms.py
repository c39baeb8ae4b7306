"""The two arms, each started with stores of its own, as what a buyer can do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import asyncpg
import httpx
from shop_kit.auth import Signer

from bench import peers
from bench.checkout.buyers import Buy, Item, for_sale
from bench.checkout.setting import Setting
from bench.stack import VARIANT, Running, running

WAIT_S = 20
TOKEN_S = 3_600
TIMEOUT = aiohttp.ClientTimeout(total=60)


@dataclass(frozen=True)
class Books:
    """What must be the same number in the end."""

    orders: int
    captures: int


@dataclass(frozen=True)
class Arm:
    shop: Running
    units: Sequence[Item]
    url: str
    orders: str
    """DSN of the database with the table of orders."""
    buying: Callable[[aiohttp.ClientSession], Buy]

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Buy]:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(self.url, connector=connector, timeout=TIMEOUT) as session:
            yield self.buying(session)

    def books(self) -> Books:
        provider = self.shop.address("provider")
        key = self.shop.system.provided(VARIANT, "provider.key")
        captures = _captures(f"http://{provider.host}:{provider.port}", key)
        return Books(asyncio.run(_orders(self.orders)), captures)


@contextmanager
def saga(setting: Setting) -> Iterator[Arm]:
    """The whole shop: a lookup, four services, their stores, Kafka."""
    with running("checkout", "filling.units", "provider.key", checkout="saga") as shop:
        _behave(shop, setting)
        address = shop.address("checkout")
        secret = shop.system.provided(VARIANT, "checkout.secret")
        token = Signer(secret.encode()).token("buyer", ["shop"], TOKEN_S)
        yield Arm(
            shop,
            _units(shop),
            f"http://{address.host}:{address.port}",
            shop.system.provided(VARIANT, "books.order"),
            lambda session: _saga_buyer(session, token),
        )


@contextmanager
def dbos(setting: Setting) -> Iterator[Arm]:
    """One process and Postgres; nothing else of the shop is up but the provider."""
    with running("books.order", "filling.units", "provider.key", checkout="saga") as shop:
        _behave(shop, setting)
        provider = shop.address("provider")
        provided = shop.system.provisions(VARIANT)
        port = peers.free_port()
        command = [sys.executable, "-m", "bench.checkout.with_dbos", "--port", str(port)]
        command += ["--system", provided["books.checkout"], "--store", provided["books.inventory"]]
        command += ["--provider", f"http://{provider.host}:{provider.port}"]
        command += ["--key", provided["provider.key"]]
        with peers.server(command, port):
            yield Arm(
                shop,
                _units(shop),
                f"http://127.0.0.1:{port}",
                provided["books.inventory"],
                _dbos_buyer,
            )


ARMS: dict[str, Callable[[Setting], AbstractContextManager[Arm]]] = {"saga": saga, "dbos": dbos}


def _saga_buyer(session: aiohttp.ClientSession, token: str) -> Buy:
    known = {"Authorization": f"Bearer {token}"}

    async def buy(key: str, items: Sequence[Item]) -> str:
        headers = known | {"Idempotency-Key": key}
        async with session.post("/api/checkout", json=_body(items), headers=headers) as answer:
            if answer.status != 202:
                return f"http {answer.status}"
            checkout_id = (await answer.json())["checkout_id"]
        headers = known | {"Prefer": f"wait={WAIT_S}"}
        async with session.get(f"/api/checkout/{checkout_id}", headers=headers) as answer:
            return (await answer.json())["state"] if answer.ok else f"http {answer.status}"

    return buy


def _dbos_buyer(session: aiohttp.ClientSession) -> Buy:
    async def buy(key: str, items: Sequence[Item]) -> str:
        body = _body(items) | {"user_id": "buyer"}
        headers = {"Idempotency-Key": key}
        async with session.post("/api/checkout", json=body, headers=headers) as answer:
            return (await answer.json())["state"] if answer.ok else f"http {answer.status}"

    return buy


def _body(items: Sequence[Item]) -> dict[str, object]:
    told = [{"product_id": p, "variant_id": v, "quantity": 1} for p, v in items]
    return {"items": told, "payment_method": "pm_ok"}


def _units(shop: Running) -> list[Item]:
    return for_sale(Path(shop.system.provided(VARIANT, "filling.units")))


def _behave(shop: Running, setting: Setting) -> None:
    provider = shop.address("provider")
    key = shop.system.provided(VARIANT, "provider.key")
    latency = {"median_ms": setting.median_ms, "p99_ms": setting.p99_ms}
    httpx.put(
        f"http://{provider.host}:{provider.port}/admin/behaviour",
        json={"latency": latency},
        headers={"Authorization": f"Bearer {key}"},
        trust_env=False,
    ).raise_for_status()


async def _orders(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval("SELECT count(*) FROM orders WHERE state = 'confirmed'")
    finally:
        await connection.close()


def _captures(provider: str, key: str) -> int:
    captures = after = 0
    with httpx.Client(headers={"Authorization": f"Bearer {key}"}, trust_env=False) as client:
        while True:
            asked = {"after": after, "limit": 1_000}
            answer = client.get(f"{provider}/v1/ledger", params=asked).raise_for_status().json()
            if not answer["entries"]:
                return captures
            captures += sum(entry["kind"] == "captured" for entry in answer["entries"])
            after = answer["next"]
