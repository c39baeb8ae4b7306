"""What a lookup answers, whatever it is written in and wherever it reads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator

import asyncpg
import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from shop.lookup.v1 import product_lookup_pb2 as pb

pytestmark = pytest.mark.integration

SERVICE = "shop.lookup.v1.ProductLookup"


def variant(key: str, price_minor: int, available: int, *options: tuple[str, str]) -> pb.Variant:
    return pb.Variant(
        id=key,
        sku=f"SKU-{key}",
        options=[pb.Option(name=name, value=value) for name, value in options],
        price=pb.Money(currency="EUR", amount_minor=price_minor),
        available=available,
    )


def product(key: str, title: str, version: int, *variants: pb.Variant) -> pb.Product:
    return pb.Product(
        id=key,
        title=title,
        brand="Heath & Clay",
        category_path=["Home", "Kitchen", "Mugs"],
        variants=variants,
        version=version,
    )


LONGEST = "ü" * 64
PRODUCTS = {
    each.id: each
    for each in (
        product(
            "mug-1",
            "Stoneware mug",
            3,
            # Option order is the shop's, neither alphabetical nor of insertion by name.
            variant("mug-1-b", 1999, 5, ("Size", "M"), ("Colour", "Sea Green")),
            variant("mug-1-a", 2499, 0, ("Size", "L"), ("Colour", "Charcoal")),
        ),
        product("bare", "A product without variants", 1),
        product("gift-card", "Gift card", 2**40, variant("gift-card-1", 2**40, 2**31 - 1)),
        product(LONGEST, "Kännchen „Blau“ 茶", 1, variant("t", 1, 1, ("Größe", "0,5 l"))),
        product("big", "Many", 7, *(variant(f"big-{i:03}", i, i) for i in range(150))),
    )
}
KNOWN = list(PRODUCTS)


async def fill(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("INSERT INTO brands VALUES ('heath', 'Heath & Clay')")
    await connection.execute(
        "INSERT INTO categories VALUES ('mugs', NULL, 'Mugs', '{Home,Kitchen,Mugs}')"
    )
    for each in PRODUCTS.values():
        await connection.execute(
            "INSERT INTO products (id, title, brand_id, category_id, version)"
            " VALUES ($1, $2, 'heath', 'mugs', $3)",
            *(each.id, each.title, each.version),
        )
        # Last first: the order that counts is that of `position`.
        for position, one in reversed(list(enumerate(each.variants))):
            await connection.execute(
                "INSERT INTO variants VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                *(one.id, each.id, position, one.sku),
                json.dumps([[option.name, option.value] for option in one.options]),
                *(one.price.currency, one.price.amount_minor, one.available),
            )
    await connection.close()


@pytest.fixture(scope="module")
def postgres(postgres, empty_catalogue: str) -> object:
    asyncio.run(postgres.sql(empty_catalogue))
    asyncio.run(fill(postgres.dsn))
    return postgres


@pytest.fixture(scope="module")
def lookup(launch) -> object:
    lookup = launch()
    lookup.wait_ready()
    return lookup


@pytest.fixture
def refused(lookup) -> Callable[[Callable[[], object]], tuple[grpc.StatusCode, str]]:
    def refused(call: Callable[[], object]) -> tuple[grpc.StatusCode, str]:
        with pytest.raises(grpc.RpcError) as caught:
            call()
        return caught.value.code(), caught.value.details()

    return refused


@pytest.mark.parametrize("product_id", KNOWN)
def test_get_gives_the_whole_product(lookup, product_id: str) -> None:
    assert lookup.get(product_id) == PRODUCTS[product_id]


@pytest.mark.parametrize(
    "product_id", ["mug", "MUG-1", "mug-1 ", "%", "' OR 1=1 --", "a\0b", "ö" * 64, "🍵" * 64]
)
def test_an_unknown_id_is_not_found(lookup, product_id: str) -> None:
    assert lookup.code(product_id) is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize(
    ("product_id", "words"),
    [
        ("", "product_id is empty"),
        ("x" * 65, "product_id has 65 characters, at most 64 are allowed"),
        ("ü" * 65, "product_id has 65 characters, at most 64 are allowed"),
        ("x" * 100_000, "product_id has 100000 characters, at most 64 are allowed"),
    ],
    ids=["empty", "65", "65-of-two-bytes", "100000"],
)
def test_an_id_that_cannot_be_is_refused_with_a_reason(lookup, refused, product_id, words) -> None:
    assert refused(lambda: lookup.get(product_id)) == (grpc.StatusCode.INVALID_ARGUMENT, words)


def test_a_batch_keeps_the_order_once_each_and_lists_what_is_missing(lookup) -> None:
    answer = lookup.batch_get(["nope", "mug-1", "bare", "mug-1", "nope", "a\0b", LONGEST])
    assert list(answer.products) == [PRODUCTS[each] for each in ("mug-1", "bare", LONGEST)]
    assert list(answer.missing) == ["nope", "a\0b"]


def test_a_batch_may_have_a_thousand_ids(lookup) -> None:
    unknown = [f"unknown-{i}" for i in range(1_000 - len(KNOWN))]
    answer = lookup.batch_get([*unknown, *KNOWN])
    assert list(answer.products) == list(PRODUCTS.values())
    assert list(answer.missing) == unknown


def test_a_thousand_are_counted_before_they_are_merged(lookup, refused) -> None:
    code, _ = refused(lambda: lookup.batch_get(["mug-1"] * 1_001))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert list(lookup.batch_get(["mug-1"] * 1_000).products) == [PRODUCTS["mug-1"]]


@pytest.mark.parametrize(
    ("product_ids", "words"),
    [
        ([], "product_ids is empty, 1 to 1000 ids are needed"),
        ([f"p{i}" for i in range(1_001)], "product_ids has 1001 ids, at most 1000 are allowed"),
        (["mug-1", "bare", ""], "product_ids[2] is empty"),
        (["x" * 65, "mug-1"], "product_ids[0] has 65 characters, at most 64 are allowed"),
    ],
    ids=["none", "1001", "an-empty-one", "a-long-one"],
)
def test_a_batch_that_cannot_be_is_refused_with_a_reason(
    lookup, refused, product_ids, words
) -> None:
    found = refused(lambda: lookup.batch_get(product_ids))
    assert found == (grpc.StatusCode.INVALID_ARGUMENT, words)


def test_a_batch_is_a_map_of_get(lookup) -> None:
    some_ids = st.sampled_from([*KNOWN, "nope", "mug-2", "\0"])
    any_ids = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=64)

    @settings(max_examples=40, deadline=None)
    @given(st.lists(some_ids | any_ids, min_size=1, max_size=30))
    def holds(product_ids: list[str]) -> None:
        wanted = list(dict.fromkeys(product_ids))
        one_by_one = {each: lookup.code(each) for each in wanted}
        found = [each for each in wanted if one_by_one[each] is grpc.StatusCode.OK]
        answer = lookup.batch_get(product_ids)
        assert list(answer.products) == [lookup.get(each) for each in found]
        assert list(answer.missing) == [each for each in wanted if each not in found]
        assert {one_by_one[each] for each in answer.missing} <= {grpc.StatusCode.NOT_FOUND}

    holds()


def test_bytes_that_are_no_message_harm_nobody(lookup, refused) -> None:
    send = lookup.channel.unary_unary(f"/{SERVICE}/Get")
    code, _ = refused(lambda: send(b"\x0a\xff\xff", timeout=10))
    # Which it is, is the gRPC library's choice.
    assert code in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)
    assert lookup.get("mug-1") == PRODUCTS["mug-1"]


def test_health_is_told_for_the_server_and_for_the_service(lookup, refused) -> None:
    assert lookup.health("") == "SERVING"
    assert lookup.health(SERVICE) == "SERVING"
    code, _ = refused(lambda: lookup.health("shop.no.Such"))
    assert code is grpc.StatusCode.NOT_FOUND
    assert lookup.http("/healthz")[0] == 200
    assert lookup.http("/readyz")[0] == 200


def test_reflection_tells_what_the_methods_take(lookup) -> None:
    reflected = ProtoReflectionDescriptorDatabase(lookup.channel)
    assert {SERVICE, "grpc.health.v1.Health"} <= set(reflected.get_services())
    service = DescriptorPool(reflected).FindServiceByName(SERVICE)
    assert {method.name: method.input_type.full_name for method in service.methods} == {
        "Get": "shop.lookup.v1.GetRequest",
        "BatchGet": "shop.lookup.v1.BatchGetRequest",
    }
    field = service.methods_by_name["Get"].input_type.fields_by_name["product_id"]
    assert (field.number, field.type) == (1, field.TYPE_STRING)


def test_requests_are_counted_by_method_and_code(lookup) -> None:
    def counts() -> Iterator[float]:
        for method, code in (
            ("Get", "OK"),
            ("Get", "NOT_FOUND"),
            ("Get", "INVALID_ARGUMENT"),
            ("BatchGet", "OK"),
        ):
            yield lookup.metric("lookup_requests_total", method=method, code=code)
        yield lookup.metric("lookup_request_seconds_count", method="Get")

    before = list(counts())
    lookup.get("mug-1")
    lookup.get("bare")
    assert lookup.code("nope") is grpc.StatusCode.NOT_FOUND
    assert lookup.code("") is grpc.StatusCode.INVALID_ARGUMENT
    lookup.batch_get(["mug-1"])
    assert [now - then for now, then in zip(counts(), before, strict=True)] == [2, 1, 1, 1, 4]


def test_what_is_held_is_measured(lookup, reads: str) -> None:
    if reads == "snapshot":
        assert lookup.metric("lookup_snapshot_products") == len(PRODUCTS)
        assert 0 <= lookup.metric("lookup_snapshot_age_seconds") < 5
    else:
        assert not lookup.has_metric("lookup_snapshot_age_seconds")
        lookup.get("mug-1")
        idle = lookup.metric("lookup_pool_connections", state="idle")
        used = lookup.metric("lookup_pool_connections", state="used")
        assert 1 <= idle + used <= 10
