"""Requests that cannot be answered: told by their fields, and nothing is stored or charged."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
import httpx
import jwt
import pytest

pytestmark = pytest.mark.integration

CARD = "4111 1111 1111 1111"
MUG = {"product_id": "mug", "variant_id": "mug-s", "quantity": 1}
GOOD = {"items": [MUG], "payment_method": "pm_ok"}
STORED = {
    "checkout": ("checkouts", "checkout_history", "cart_items"),
    "inventory": ("reservations",),
    "payment": ("payments",),
    "orders": ("orders",),
}


@pytest.fixture(scope="module")
def shop(open_shop):
    return open_shop("saga")


@pytest.fixture(scope="module")
def ann(shop) -> Iterator[httpx.Client]:
    with shop.user() as client:
        yield client


@pytest.fixture(scope="module")
def carts(ann: httpx.Client) -> None:
    """Ann's `full`, and `mixed` in two currencies."""
    yen = {"product_id": "yen", "variant_id": "yen-1"}
    for cart_id, item in (("full", MUG), ("mixed", MUG), ("mixed", yen)):
        ann.post(f"/api/carts/{cart_id}/items", json=item).raise_for_status()


def stored(shop) -> dict[str, int]:
    """Rows by table, and entries of the provider's ledger."""

    async def counted(database: str, tables: tuple[str, ...]) -> dict[str, int]:
        connection = await asyncpg.connect(shop.postgres.dsn_of(database))
        try:
            return {
                table: await connection.fetchval(f"SELECT count(*) FROM {table}")
                for table in tables
            }
        finally:
            await connection.close()

    async def all_of_them() -> list[dict[str, int]]:
        return await asyncio.gather(*(counted(*each) for each in STORED.items()))

    counts = {"ledger": len(shop.ledger())}
    for some in asyncio.run(all_of_them()):
        counts |= some
    return counts


@pytest.fixture
def unchanged(shop, carts) -> Iterator[None]:
    before = stored(shop)
    yield
    assert stored(shop) == before


def is_problem(answer: httpx.Response, status: int, *fields: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert [error["field"] for error in told.get("errors", ())] == list(fields)
    assert all(error["expected"] for error in told.get("errors", ()))
    assert "4111" not in answer.text


def _item(**differs: object) -> dict[str, object]:
    return GOOD | {"items": [MUG | differs]}


def _but(**differs: object) -> dict[str, object]:
    return GOOD | differs


def _with(*items: dict[str, object]) -> dict[str, object]:
    return GOOD | {"items": [MUG, *items]}


def _cart(cart_id: object) -> dict[str, object]:
    return {"cart_id": cart_id, "payment_method": "pm_ok"}


# What is wrong, the body, the field that is told.
BODIES: list[tuple[str, object, str]] = [
    ("nothing", b"", "body"),
    ("no JSON", b"{items: 1}", "body"),
    ("half a JSON", b'{"items": [', "body"),
    ("half a JSON with a card in it", b'{"payment_method": "4111 1111 1111 1111",', "body"),
    ("no UTF-8", b'{"payment_method": "\xff"}', "body"),
    ("a lone surrogate", rb'{"payment_method": "\ud800"}', "body"),
    ("nested without end", b'{"items":' * 10_000, "body"),
    ("a list", [], "body"),
    ("null", b"null", "body"),
    ("an unknown field", _but(card=CARD), "card"),
    ("an unknown field of an item", _item(unit_price_minor=1), "items[0].unit_price_minor"),
    ("no payment method", {"items": [MUG]}, "payment_method"),
    ("an empty payment method", _but(payment_method=""), "payment_method"),
    ("a card for a payment method", _but(payment_method=CARD), "payment_method"),
    ("a payment method too long", _but(payment_method="p" * 65), "payment_method"),
    ("a payment method with NUL", _but(payment_method="pm\0"), "payment_method"),
    ("a payment method that is a number", _but(payment_method=4111111111111111), "payment_method"),
    ("neither items nor a cart", {"payment_method": CARD.replace(" ", "")}, "body"),
    ("both items and a cart", _but(cart_id="full"), "body"),
    ("no items", _but(items=[]), "items"),
    ("items that are a text", _but(items="mug"), "items"),
    ("an item that is null", _but(items=[None]), "items[0]"),
    ("too many items", _but(items=[MUG] * 101), "items"),
    ("no product", _but(items=[{"variant_id": "mug-s"}]), "items[0].product_id"),
    ("an unknown product", _item(product_id="cup"), "items[0].product_id"),
    ("an empty product", _item(product_id=""), "items[0].product_id"),
    ("a product that is a number", _item(product_id=1), "items[0].product_id"),
    ("a product with NUL", _item(product_id="mug\0"), "items[0].product_id"),
    ("a product with a newline", _item(product_id="mug\n"), "items[0].product_id"),
    ("a product too long", _item(product_id="m" * 65), "items[0].product_id"),
    ("an unknown variant", _item(variant_id="mug-xl"), "items[0].variant_id"),
    ("a variant of another product", _item(variant_id="jug-1"), "items[0].variant_id"),
    ("a variant twice", _with(MUG), "items[1].variant_id"),
    ("a quantity of 0", _item(quantity=0), "items[0].quantity"),
    ("a quantity below 0", _item(quantity=-1), "items[0].quantity"),
    ("a quantity too high", _item(quantity=1001), "items[0].quantity"),
    ("a quantity over 64 bits", _item(quantity=2**64 + 1), "items[0].quantity"),
    ("a quantity of many digits", _item(quantity=10**4000), "items[0].quantity"),
    ("a quantity with a fraction", _item(quantity=1.5), "items[0].quantity"),
    ("a quantity written 1.0", _item(quantity=1.0), "items[0].quantity"),
    ("a quantity without end", _item(quantity=float("inf")), "items[0].quantity"),
    ("a quantity that is a text", _item(quantity="1"), "items[0].quantity"),
    ("a quantity that is true", _item(quantity=True), "items[0].quantity"),
    ("a quantity that is null", _item(quantity=None), "items[0].quantity"),
    ("two currencies", _with({"product_id": "yen", "variant_id": "yen-1"}), "items[1].variant_id"),
    (
        "a total too high",
        _but(items=[{"product_id": "gold", "variant_id": "gold-1", "quantity": 1000}]),
        "items[0].quantity",
    ),
    (
        "a total of nothing",
        _but(items=[{"product_id": "leaf", "variant_id": "leaf-1", "quantity": 1}]),
        "items",
    ),
    ("an empty cart", _cart("empty"), "cart_id"),
    ("a cart in two currencies", _cart("mixed"), "items[1].variant_id"),
    ("a cart with a space", _cart("a b"), "cart_id"),
    ("a cart with NUL", _cart("a\0"), "cart_id"),
    ("a cart that is a number", _cart(1), "cart_id"),
]  # fmt: skip


def _sent(body: object) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return {"content": content, "headers": {"Content-Type": "application/json"}}


@pytest.mark.parametrize(
    ("body", "field"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES]
)
def test_a_bad_body_is_told_by_its_field(ann, unchanged, body: object, field: str) -> None:
    sent = _sent(body)
    sent["headers"] |= {"Idempotency-Key": uuid.uuid4().hex}
    answer = ann.post("/api/checkout", **sent)
    is_problem(answer, 400, field)


# What is wrong, headers in place of the good ones, the status, the fields that are told.
HEADERS: list[tuple[str, list[tuple[str, str | bytes]], int, list[str]]] = [
    ("no key", [("Content-Type", "application/json")], 400, ["Idempotency-Key"]),
    ("an empty key", [("Idempotency-Key", "")], 400, ["Idempotency-Key"]),
    ("a key too long", [("Idempotency-Key", "k" * 201)], 400, ["Idempotency-Key"]),
    ("a key not ASCII", [("Idempotency-Key", "schlüssel".encode())], 400, ["Idempotency-Key"]),
    ("a key with a tab", [("Idempotency-Key", "a\tb")], 400, ["Idempotency-Key"]),
    ("two keys", [("Idempotency-Key", "a"), ("Idempotency-Key", "b")], 400, ["Idempotency-Key"]),
    ("a form", [("Idempotency-Key", "f"), ("Content-Type", "text/plain")], 415, ["Content-Type"]),
    ("no type", [("Idempotency-Key", "none"), ("Content-Type", "")], 415, ["Content-Type"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "status", "fields"), [row[1:] for row in HEADERS], ids=[row[0] for row in HEADERS]
)
def test_a_bad_header_is_told(ann, unchanged, headers, status: int, fields: list[str]) -> None:
    is_problem(ann.post("/api/checkout", json=GOOD, headers=headers), status, *fields)


@pytest.mark.parametrize("path", ["/api/checkout", "/api/carts/full/items"])
def test_no_body_over_the_limit_is_read(ann, unchanged, path: str) -> None:
    sent = _sent(json.dumps(GOOD).encode() + b" " * 256 * 1024)
    sent["headers"] |= {"Idempotency-Key": "large"}
    is_problem(ann.post(path, **sent), 413)

    def pieces() -> Iterator[bytes]:
        for _ in range(5):
            yield b" " * 64 * 1024

    is_problem(ann.post(path, **(sent | {"content": pieces()})), 413)


# The method, the address, the body, the fields that are told (of none: it is not there).
CARTS: list[tuple[str, str, object, list[str]]] = [
    ("POST", "full", MUG | {"quantity": 0}, ["quantity"]),
    ("POST", "full", MUG | {"quantity": 1000}, ["quantity"]),
    ("POST", "full", MUG | {"quantity": 1.5}, ["quantity"]),
    ("POST", "full", MUG | {"quantity": 10**30}, ["quantity"]),
    ("POST", "full", MUG | {"product_id": "cup"}, ["product_id"]),
    ("POST", "full", MUG | {"variant_id": "jug-1"}, ["variant_id"]),
    ("POST", "full", MUG | {"price_minor": 1}, ["price_minor"]),
    ("POST", "full", b"{", ["body"]),
    ("POST", "a b", MUG, ["id"]),
    ("POST", "a\0", MUG, ["id"]),
    ("POST", "c" * 65, MUG, ["id"]),
    ("GET", "ü", None, ["id"]),
    ("DELETE", "a\0", None, ["id"]),
    ("PUT", "full/mug-s", {"quantity": 0}, ["quantity"]),
    ("PUT", "full/mug-s", {"quantity": "2"}, ["quantity"]),
    ("PUT", "full/mug-s", {}, ["quantity"]),
    ("PUT", "full/mug-s", MUG, ["product_id", "variant_id"]),
    ("PUT", "full/mug\0", {"quantity": 1}, ["variant_id"]),
    ("PUT", "full/jug-1", {"quantity": 1}, []),
    ("DELETE", "full/jug-1", None, []),
    ("DELETE", "full/mug\0", None, ["variant_id"]),
]


@pytest.mark.parametrize(("method", "where", "body", "fields"), CARTS)
def test_a_bad_change_of_a_cart_is_told(
    ann, unchanged, method: str, where: str, body: object, fields: list[str]
) -> None:
    before = ann.get("/api/carts/full/items").json()
    cart_id, _, variant_id = (part.replace("\0", "%00") for part in where.partition("/"))
    path = f"/api/carts/{cart_id}/items" + (f"/{variant_id}" if variant_id else "")
    answer = ann.request(method, path, **({} if body is None else _sent(body)))
    is_problem(answer, 400 if fields else 404, *fields)
    assert ann.get("/api/carts/full/items").json() == before


HOLD = {"type": "ReserveStock", "checkout_id": "bad-1"}
LINE = {**MUG, "unit_price_minor": 500}
PAY = {
    "type": "AuthorisePayment", "checkout_id": "bad-2", "amount_minor": 500, "currency": "EUR",
    "payment_method": "pm_ok",
}  # fmt: skip
CONFIRM = {
    "type": "ConfirmOrder", "checkout_id": "bad-3", "user_id": "ann", "lines": [LINE],
    "total_minor": 500, "currency": "EUR",
}  # fmt: skip
# The service, the command, the field that is told; none of what can never be carried out.
COMMANDS: list[tuple[str, object, list[str]]] = [
    ("inventory", b"", ["type"]),
    ("inventory", b"{", ["body"]),
    ("inventory", PAY, ["type"]),
    ("inventory", {"type": "\0"}, ["type"]),
    ("inventory", HOLD, ["lines"]),
    ("inventory", HOLD | {"lines": []}, ["lines"]),
    ("inventory", HOLD | {"lines": [LINE] * 101}, ["lines"]),
    ("inventory", HOLD | {"lines": [LINE | {"quantity": 0}]}, ["lines[0].quantity"]),
    ("inventory", HOLD | {"lines": [LINE | {"quantity": 10**30}]}, ["lines[0].quantity"]),
    ("inventory", HOLD | {"lines": [LINE | {"variant_id": "a\0"}]}, ["lines[0].variant_id"]),
    ("inventory", {"type": "ReleaseStock", "checkout_id": "a\0"}, ["checkout_id"]),
    ("inventory", {"type": "CommitStock", "checkout_id": "nobody's"}, []),
    ("payment", PAY | {"amount_minor": 0}, ["amount_minor"]),
    ("payment", PAY | {"currency": "EUR\n"}, ["currency"]),
    ("payment", PAY | {"checkout_id": "a\nb"}, ["checkout_id"]),
    ("payment", PAY | {"payment_method": CARD}, ["payment_method"]),
    ("payment", {"type": "CapturePayment", "checkout_id": "nobody's"}, []),
    ("order", CONFIRM | {"user_id": "a\0"}, ["user_id"]),
    ("order", CONFIRM | {"total_minor": 10**13}, ["total_minor"]),
    ("order", {"type": "CancelOrder", "checkout_id": "bad-4", "reason": "\0"}, ["reason"]),
]


@pytest.mark.parametrize(("service", "command", "fields"), COMMANDS)
def test_a_bad_command_is_told(shop, unchanged, service: str, command, fields: list[str]) -> None:
    token = shop.signer.token("orchestrator", ["commands"], ttl_s=60)
    sent = _sent(command)
    sent["headers"] |= {"Authorization": f"Bearer {token}"}
    answer = httpx.post(f"{shop.url(service)}/commands", trust_env=False, timeout=20, **sent)
    is_problem(answer, 400 if fields else 409, *fields)


def _signed(shop, algorithm: str = "HS256", secret: str = "", **claims: object) -> str:
    good = {"iss": "shop", "sub": "ann", "scope": "shop commands", "exp": int(time.time()) + 60}
    whole = {name: value for name, value in (good | claims).items() if value is not None}
    key = secret or ("" if algorithm == "none" else shop.signer._secret)
    return jwt.encode(whole, key, algorithm)


# What is wrong with a token, what makes it so; the status.
TOKENS = [
    ("expired", {"exp": 1}, 401),
    ("forged", {"secret": "another secret, long enough for HS256"}, 401),
    ("unsigned", {"algorithm": "none"}, 401),
    ("of another issuer", {"iss": "elsewhere"}, 401),
    ("without an end", {"exp": None}, 401),
    ("of nobody", {"sub": ""}, 401),
    ("of a name with NUL", {"sub": "ann\0"}, 401),
    ("of half a character", {"sub": "\ud800"}, 401),
    ("of another scope", {"scope": "shopping catalogue:write"}, 403),
    ("without a scope", {"scope": None}, 403),
]
ADDRESSES = [
    ("checkout", "POST", "/api/checkout"),
    ("checkout", "GET", "/api/checkout/{id}"),
    ("checkout", "GET", "/api/checkout/{id}/events"),
    ("checkout", "GET", "/api/carts/full/items"),
    ("checkout", "POST", "/api/carts/full/items"),
    ("checkout", "DELETE", "/api/carts/full/items"),
    ("checkout", "PUT", "/api/carts/full/items/mug-s"),
    ("checkout", "DELETE", "/api/carts/full/items/mug-s"),
    ("order", "GET", "/api/orders"),
    ("order", "GET", "/api/orders/{order}"),
    ("inventory", "POST", "/commands"),
    ("payment", "POST", "/commands"),
    ("order", "POST", "/commands"),
]


@pytest.fixture(scope="module")
def ended(shop, ann) -> dict:
    """A checkout of Ann's, confirmed."""
    found = shop.ended(ann, shop.checkout(ann, ("mug", "mug-s", 1)).json()["checkout_id"])
    assert found["state"] == "confirmed"
    return found


@pytest.mark.parametrize(
    ("claims", "status"), [row[1:] for row in TOKENS], ids=[row[0] for row in TOKENS]
)
def test_nothing_is_told_or_done_for_a_bad_token(shop, ended, unchanged, claims, status) -> None:
    token = _signed(shop, **claims)
    for answer in everywhere(shop, ended, f"Bearer {token}"):
        is_problem(answer, status)
        assert answer.headers["www-authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("given", [None, "Bearer", "Bearer a.b.c", "Basic YTpi", "Bearer ü"])
def test_nothing_is_told_or_done_without_a_token(shop, ended, unchanged, given) -> None:
    for answer in everywhere(shop, ended, given):
        is_problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer ")


def everywhere(shop, ended: dict, authorization: str | None) -> Iterator[httpx.Response]:
    with httpx.Client(trust_env=False, timeout=20) as client:
        for service, method, path in ADDRESSES:
            where = path.format(id=ended["checkout_id"], order=ended["order_id"])
            sent = _sent(PAY if path == "/commands" else GOOD) if method in ("POST", "PUT") else {}
            headers = {"Idempotency-Key": uuid.uuid4().hex, **sent.pop("headers", {})}
            if authorization is not None:
                headers["Authorization"] = authorization.encode()
            yield client.request(method, shop.url(service) + where, headers=headers, **sent)


def test_a_name_too_long_buys_nothing(shop, unchanged) -> None:
    with shop.user("a" * 201) as nobody:
        is_problem(shop.checkout(nobody, ("mug", "mug-s", 1)), 401)
        is_problem(nobody.post("/api/carts/full/items", json=MUG), 401)


def test_what_is_anothers_is_not_there(shop, ended, unchanged) -> None:
    with shop.user("bob") as bob:
        for path in ("", "/events"):
            is_problem(bob.get(f"/api/checkout/{ended['checkout_id']}{path}"), 404)
        for unknown in ("no", "k-" + "0" * 32, "a%00b"):
            is_problem(bob.get(f"/api/checkout/{unknown}"), 404)
            is_problem(bob.get(shop.url("order") + f"/api/orders/{unknown}"), 404)
        is_problem(bob.get(shop.url("order") + f"/api/orders/{ended['order_id']}"), 404)
        assert bob.get(shop.url("order") + "/api/orders").json() == {"orders": []}
        assert bob.get("/api/carts/full/items").json()["items"] == []
        headers = {"Idempotency-Key": "of bob"}
        is_problem(bob.post("/api/checkout", json=_cart("full"), headers=headers), 400, "cart_id")
        is_problem(bob.delete("/api/carts/full/items/mug-s"), 404)
        assert bob.delete("/api/carts/full/items").status_code == 200


def test_a_key_is_good_for_one_request(shop, ann) -> None:
    one = shop.checkout(ann, ("mug", "mug-s", 1), key="used").json()["checkout_id"]
    shop.ended(ann, one)
    before = stored(shop)
    for differs in ({"items": [MUG | {"quantity": 2}]}, {"payment_method": "pm_other"}):
        headers = {"Idempotency-Key": "used"}
        is_problem(ann.post("/api/checkout", json=GOOD | differs, headers=headers), 422)
    assert shop.checkout(ann, ("mug", "mug-s", 1), key="used").json()["checkout_id"] == one
    assert stored(shop) == before


def test_a_key_is_good_for_one_request_at_a_time(shop, ann) -> None:
    """The first waits for its prices; the second is told so, and neither is lost."""
    before = stored(shop)["checkouts"]
    shop.suspend("lookup")
    with ThreadPoolExecutor(1) as pool:
        try:
            first = pool.submit(shop.checkout, ann, ("mug", "mug-s", 1), key="slow")
            time.sleep(0.5)
            with shop.user() as again:
                is_problem(shop.checkout(again, ("mug", "mug-s", 1), key="slow"), 409)
                is_problem(shop.checkout(again, ("mug", "mug-s", 2), key="slow"), 409)
        finally:
            shop.resume("lookup")
        assert first.result().status_code == 202
    again_id = shop.checkout(ann, ("mug", "mug-s", 1), key="slow").json()["checkout_id"]
    assert again_id == first.result().json()["checkout_id"]
    assert shop.ended(ann, again_id)["state"] == "confirmed"
    assert stored(shop)["checkouts"] == before + 1
