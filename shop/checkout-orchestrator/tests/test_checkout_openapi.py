"""Requests made of each service's own description: none is our mistake, and none is undescribed."""

from __future__ import annotations

import httpx
import pytest
from shop_kit.conforming import statuses

pytestmark = pytest.mark.integration

CART = "/api/carts/{id}/items"
# The service, its address, and statuses that some of its answers have.
OPERATIONS = [
    ("checkout", "POST", "/api/checkout", {400}),
    ("checkout", "GET", "/api/checkout/{id}", {200, 404}),
    ("checkout", "GET", "/api/checkout/{id}/events", {200, 404}),
    ("checkout", "GET", CART, {200}),
    ("checkout", "POST", CART, {400}),
    ("checkout", "DELETE", CART, {200}),
    ("checkout", "PUT", CART + "/{variant_id}", {400, 404}),
    ("checkout", "DELETE", CART + "/{variant_id}", {404}),
    ("inventory", "POST", "/commands", {200, 400}),
    ("payment", "POST", "/commands", {200, 400}),
    ("order", "POST", "/commands", {200, 400}),
    ("order", "GET", "/api/orders", {200}),
    ("order", "GET", "/api/orders/{id}", {200, 404}),
    ("checkout", "POST", "/api/checkout/{id}/cancellation", {202, 404}),
]


@pytest.fixture(scope="module")
def shop(open_shop):
    return open_shop("async")


@pytest.fixture(scope="module")
def ended(shop) -> dict:
    """A checkout of Ann's, and its order."""
    with shop.user() as ann:
        return shop.ended(ann, shop.checkout(ann, ("mug", "mug-s", 1)).json()["checkout_id"])


@pytest.mark.parametrize(("service", "method", "path", "expected"), OPERATIONS)
def test_no_request_within_the_schema_or_beside_it_is_our_mistake(
    shop, ended: dict, service: str, method: str, path: str, expected: set[int]
) -> None:
    there: list[dict[str, str]] = []
    if "{id}" in path:
        known = {"checkout": ended["checkout_id"], "order": ended["order_id"]}[service]
        nul = {"id": "a\0b", "variant_id": "mug-s"}
        there = [{"id": known, "variant_id": "mug-s"}, nul, nul | {"variant_id": "a\0b"}]
    token = shop.signer.token("ann", ["shop", "commands"], ttl_s=600)
    assert statuses(shop.url(service), path, method, token, there, examples=30) >= expected


def test_all_that_can_be_asked_is_described(shop) -> None:
    """Each operation of each document is among those above."""
    for service in ("checkout", "inventory", "payment", "order"):
        document = httpx.get(f"{shop.url(service)}/openapi.json", trust_env=False).json()
        described = {
            (service, method.upper(), path)
            for path, operations in document["paths"].items()
            for method in operations
        }
        assert described == {row[:3] for row in OPERATIONS if row[0] == service}
