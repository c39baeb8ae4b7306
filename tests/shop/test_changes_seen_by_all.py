"""10,000 random changes under read load: no reader ever goes back, and all come to agree."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import grpc
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from shop.lookup.v1 import product_lookup_pb2 as pb
from shop.lookup.v1 import product_lookup_pb2_grpc as rpc
from shop_kit.auth import Signer
from shop_kit.testing import wait_for

from assay.documents import Document
from assay.load.feeds import read_values
from assay.systems import LocalSystem, Stack, read_stack

pytestmark = pytest.mark.long


def with_products(products: int, stack: Document[Stack]) -> Document[Stack]:
    """The shop's stack with a smaller catalogue, which is sooner there."""
    whole = stack.value.processes["catalogue"]
    assert whole.run is not None
    run = tuple(str(products) if word == "100000" else word for word in whole.run)
    assert run != whole.run
    processes = stack.value.processes | {"catalogue": whole.model_copy(update={"run": run})}
    return replace(stack, value=stack.value.model_copy(update={"processes": processes}))


STACK = with_products(5_000, read_stack(Path(__file__).parents[2] / "shop" / "stack.yaml"))
SECRET = str(STACK.value.processes["product-write"].env["SHOP_JWT_SECRET"])
BOTH = {"reads": "snapshot", "changes": "heard", "pages": "hour"}
ARMS = {
    "after": BOTH | {"lookup": "rust", "catalogue": "cached"},
    "before": BOTH | {"lookup": "python", "catalogue": "uncached"},
}
USED = ("lookup", "lookup-http", "product-read", "product-write", "catalogue.ids")
CHANGES = 10_000
WRITERS = 16
PRODUCTS = 300
CONNECTIONS = 2
"""Of each reader."""
PAUSE_S = 0.04
"""Between two reads of a connection: the writers need the processors too."""
WORST_STALENESS_P99_S = 5.0
"""A shop on two cores, its load beside it; what is measured is printed."""


@dataclass(frozen=True)
class Shop:
    system: LocalSystem
    ids: list[str]

    def authority(self, arm: str, service: str) -> str:
        return self.system.address(arm, service).authority

    def url(self, arm: str, service: str) -> str:
        return f"http://{self.authority(arm, service)}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with asyncio.Runner() as runner:
        system = LocalSystem(STACK, ARMS, tmp_path_factory.mktemp("logs"))
        try:
            runner.run(system.up(list(ARMS), USED))
            yield Shop(system, read_values(system.provided("after", "catalogue.ids")))
        finally:
            runner.run(system.down())


Read = Callable[[str], int]
"""The version of a product, as one connection is told it."""


@dataclass
class Reader:
    """One connection that reads at random, and remembers what it saw."""

    name: str
    read: Read
    seen: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    went_back: list[tuple[str, int, int]] = field(default_factory=list)
    reads: int = 0

    def look(self, product_id: str) -> int:
        version = self.read(product_id)
        if version < self.seen[product_id]:
            self.went_back.append((product_id, self.seen[product_id], version))
        self.seen[product_id] = max(version, self.seen[product_id])
        self.reads += 1
        return version

    def look_around(self, ids: list[str], stop: threading.Event, seed: int) -> None:
        chance = random.Random(seed)
        while not stop.wait(PAUSE_S):
            self.look(chance.choice(ids))


def _over_http(url: str, closing: ExitStack) -> Read:
    limits = httpx.Limits(max_connections=1)
    client = closing.enter_context(
        httpx.Client(base_url=url, timeout=10, trust_env=False, limits=limits)
    )
    return lambda product_id: (
        client.get(f"/api/products/{product_id}").raise_for_status().json()["version"]
    )


def _over_grpc(authority: str, closing: ExitStack) -> Read:
    options = [("grpc.use_local_subchannel_pool", 1)]
    channel = closing.enter_context(grpc.insecure_channel(authority, options=options))
    stub = rpc.ProductLookupStub(channel)
    return lambda product_id: (
        stub.Get(pb.GetRequest(product_id=product_id), timeout=10).product.version
    )


@pytest.fixture
def readers(shop: Shop) -> Iterator[list[Reader]]:
    with ExitStack() as closing:
        ways = {
            "product-read, cached": lambda: _over_http(shop.url("after", "product-read"), closing),
            "product-read, uncached": lambda: _over_http(
                shop.url("before", "product-read"), closing
            ),
            "lookup, Rust": lambda: _over_grpc(shop.authority("after", "lookup"), closing),
            "lookup, Python": lambda: _over_grpc(shop.authority("before", "lookup"), closing),
        }
        yield [
            Reader(name, connect()) for name, connect in ways.items() for _ in range(CONNECTIONS)
        ]


def _variants(shop: Shop, ids: list[str]) -> dict[str, str]:
    """The first of each product."""
    with httpx.Client(base_url=shop.url("before", "product-read"), trust_env=False) as client:
        pages = {each: client.get(f"/api/products/{each}").json() for each in ids}
    return {each: page["variants"][0]["id"] for each, page in pages.items()}


async def _change(shop: Shop, variants: dict[str, str]) -> dict[str, int]:
    """Make the changes, `WRITERS` at a time; gives the last version of each product.

    `variants` has one variant of each product that is to be changed.
    """
    last: dict[str, int] = {}
    token = Signer(SECRET.encode()).token("admin", ["catalogue:write"], ttl_s=600)
    chance = random.Random(1)
    remaining = iter(range(CHANGES))
    async with httpx.AsyncClient(
        base_url=shop.url("after", "product-write"),
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
        trust_env=False,
    ) as client:

        async def write() -> None:
            for number in remaining:
                product_id = chance.choice([*variants])
                variant = {"id": variants[product_id]}
                what: dict[str, object] = chance.choice(
                    [
                        {"title": f"Changed {number} times"},
                        {"variants": [variant | {"price_minor": chance.randrange(1, 99_999)}]},
                        {"variants": [variant | {"available": chance.randrange(0, 500)}]},
                    ]
                )
                answer = await client.patch(f"/api/products/{product_id}", json=what)
                assert answer.status_code == 200, answer.text
                version = answer.json()["version"]
                last[product_id] = max(version, last.get(product_id, 0))

        async with asyncio.TaskGroup() as group:
            for _ in range(WRITERS):
                group.create_task(write())
    return last


@pytest.mark.integration
@pytest.mark.timeout(300)
def test_no_reader_goes_back_and_all_agree(
    shop: Shop, readers: list[Reader], capsys: pytest.CaptureFixture[str]
) -> None:
    ids = random.Random(1).sample(shop.ids, PRODUCTS)
    stop = threading.Event()
    with ThreadPoolExecutor(len(readers)) as pool:
        work: list[Future[None]] = [
            pool.submit(reader.look_around, ids, stop, seed) for seed, reader in enumerate(readers)
        ]
        try:
            last = asyncio.run(_change(shop, _variants(shop, ids)))
        finally:
            stop.set()
        for each in work:
            each.result()

    assert sum(last.values()) - len(last) == CHANGES
    for reader in readers:
        wait_for(lambda r=reader: all(r.look(each) == last[each] for each in last), within_s=30)
        assert not reader.went_back, (reader.name, reader.went_back[:10])
        assert reader.reads > PRODUCTS

    with capsys.disabled():
        print()
        for name, p50_s, p99_s in _staleness(shop):
            print(f"staleness of {name}: p50 {p50_s * 1000:.0f} ms, p99 {p99_s * 1000:.0f} ms")
            assert p50_s <= p99_s < WORST_STALENESS_P99_S


def _staleness(shop: Shop) -> Iterator[tuple[str, float, float]]:
    """Of each reader that keeps something: as its own histogram tells it, bounds of buckets."""
    for name, arm, service in (
        ("product-read", "after", "product-read"),
        ("lookup, Rust", "after", "lookup-http"),
        ("lookup, Python", "before", "lookup-http"),
    ):
        text = httpx.get(f"{shop.url(arm, service)}/metrics", trust_env=False).text
        buckets = sorted(
            (float(sample.labels["le"]), sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "catalogue_staleness_seconds_bucket"
        )
        count = buckets[-1][1]
        # Of every change: product-read hears each, a snapshot takes several over at once.
        assert count > 0, name
        yield name, _bound(buckets, 0.50 * count), _bound(buckets, 0.99 * count)


def _bound(buckets: list[tuple[float, float]], rank: float) -> float:
    return next(bound for bound, below in buckets if below >= rank)
