"""What a lookup does while its store is away, and what it sees when the store changed."""

from __future__ import annotations

import asyncio
import time

import grpc
import pytest
from shop_kit.testing import wait_for

pytestmark = pytest.mark.integration

SERVICE = "shop.lookup.v1.ProductLookup"
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE

A_MUG = """
    INSERT INTO brands VALUES ('b', 'Heath');
    INSERT INTO categories VALUES ('c', NULL, 'Mugs', '{Mugs}');
    INSERT INTO products (id, title, brand_id, category_id) VALUES ('mug', 'Mug', 'b', 'c');
    INSERT INTO variants VALUES ('mug-1', 'mug', 0, 'SKU-1', '[]', 'EUR', 1999, 5);
"""


@pytest.fixture
def mug(postgres, empty_catalogue: str) -> None:
    """The store is up and sells one mug."""
    postgres.start()
    asyncio.run(postgres.sql(empty_catalogue, A_MUG))


@pytest.fixture
def only(reads: str, request: pytest.FixtureRequest) -> None:
    """For tests that are about one kind of reads: `indirect` says which."""
    if reads != request.param:
        pytest.skip(f"about reads from {request.param}")


about_snapshot = pytest.mark.parametrize("only", ["snapshot"], indirect=True)
about_store = pytest.mark.parametrize("only", ["store"], indirect=True)


@pytest.mark.usefixtures("mug")
def test_without_a_store_it_is_up_not_ready_and_keeps_trying(launch, postgres) -> None:
    postgres.stop()
    lookup = launch()
    lookup.wait_up()
    status, reason = lookup.http("/readyz")
    assert status == 503
    assert reason.strip()
    assert lookup.http("/healthz")[0] == 200
    assert (lookup.health(""), lookup.health(SERVICE)) == ("NOT_SERVING", "NOT_SERVING")
    assert lookup.code("mug") is UNAVAILABLE
    assert lookup.code("") is grpc.StatusCode.INVALID_ARGUMENT

    postgres.start()
    lookup.wait_ready()
    assert (lookup.health(""), lookup.health(SERVICE)) == ("SERVING", "SERVING")
    assert lookup.get("mug").title == "Mug"


@about_snapshot
@pytest.mark.usefixtures("mug", "only")
def test_a_snapshot_serves_on_and_says_how_old_it_is(launch, postgres) -> None:
    lookup = launch()
    lookup.wait_ready()
    postgres.stop()
    wait_for(lambda: lookup.metric("lookup_snapshot_age_seconds") > 1.5)
    assert lookup.get("mug").title == "Mug"
    assert lookup.http("/readyz")[0] == 200
    assert lookup.health(SERVICE) == "SERVING"

    postgres.start()
    change = "UPDATE products SET title = 'Large mug', version = version + 1"
    asyncio.run(postgres.sql(change))
    wait_for(lambda: lookup.get("mug").title == "Large mug")
    wait_for(lambda: lookup.metric("lookup_snapshot_age_seconds") < 1)


@about_store
@pytest.mark.usefixtures("mug", "only")
def test_reads_from_a_lost_store_fail_at_once_and_recover(launch, postgres) -> None:
    lookup = launch()
    lookup.wait_ready()
    assert lookup.get("mug").title == "Mug"
    postgres.stop()
    began = time.monotonic()
    assert lookup.code("mug") is UNAVAILABLE
    assert time.monotonic() - began < 2.5
    with pytest.raises(grpc.RpcError) as caught:
        lookup.batch_get(["mug"])
    assert caught.value.code() is UNAVAILABLE

    postgres.start()
    wait_for(lambda: lookup.code("mug") is grpc.StatusCode.OK)


@about_store
@pytest.mark.usefixtures("mug", "only")
def test_reads_from_a_silent_store_fail_within_the_deadline(launch, postgres) -> None:
    lookup = launch(LOOKUP_POOL_MAX="2")
    lookup.wait_ready()
    assert lookup.get("mug").title == "Mug"
    with postgres.frozen():
        began = time.monotonic()
        # More than there are connections: waiting for one is within the deadline too.
        calls = [lookup.get_later("mug") for _ in range(6)]
        assert [call.code() for call in calls] == [UNAVAILABLE] * 6
        assert 1.5 < time.monotonic() - began < 3
    wait_for(lambda: lookup.code("mug") is grpc.StatusCode.OK)


@pytest.mark.usefixtures("mug")
def test_changes_appear(launch, postgres) -> None:
    lookup = launch()
    lookup.wait_ready()

    def change(*statements: str) -> None:
        asyncio.run(postgres.sql(*statements))

    change(
        "UPDATE variants SET price_minor = 1799, available = 4 WHERE id = 'mug-1';"
        "UPDATE products SET version = version + 1 WHERE id = 'mug'"
    )
    wait_for(lambda: lookup.get("mug").version == 2)
    variant = lookup.get("mug").variants[0]
    assert (variant.price.amount_minor, variant.available) == (1799, 4)

    change(
        "INSERT INTO products (id, title, brand_id, category_id) VALUES ('pot', 'Pot', 'b', 'c')"
    )
    wait_for(lambda: lookup.code("pot") is grpc.StatusCode.OK)

    change("DELETE FROM variants; DELETE FROM products WHERE id = 'mug'")
    wait_for(lambda: lookup.code("mug") is grpc.StatusCode.NOT_FOUND)
    assert list(lookup.batch_get(["mug", "pot"]).missing) == ["mug"]


@pytest.mark.usefixtures("mug")
def test_a_change_that_commits_late_appears(launch, postgres) -> None:
    """The trap for time stamps and rising numbers: an early transaction commits after a later."""
    asyncio.run(postgres.sql("INSERT INTO products VALUES ('pot', 'Pot', '', 'b', 'c')"))
    lookup = launch()
    lookup.wait_ready()

    async def late_and_early() -> None:
        async with postgres.connection() as late, late.transaction():
            await late.execute("UPDATE products SET title = 'Late', version = 2 WHERE id = 'pot'")
            await postgres.sql("UPDATE products SET title = 'Early', version = 9 WHERE id = 'mug'")
            await asyncio.to_thread(wait_for, lambda: lookup.get("mug").title == "Early")

    asyncio.run(late_and_early())
    wait_for(lambda: lookup.get("pot").title == "Late")
