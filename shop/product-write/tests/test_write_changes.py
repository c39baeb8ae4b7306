"""Changes of text, price and stock: stored whole, versioned one by one, each with its event."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from product_write.changes import ProductChange
from product_write.changing import change
from shop_kit.store import Store

pytestmark = pytest.mark.integration

PRODUCT = "SELECT title, description, price_from_minor, version, updated_at FROM products"
VARIANT = "SELECT price_minor, available FROM variants"


def _events(rows, product_id: str) -> list[dict[str, object]]:
    found = rows("SELECT topic, payload FROM outbox WHERE key = $1 ORDER BY seq", product_id)
    assert {row["topic"] for row in found} <= {"product-changes"}
    return [json.loads(row["payload"]) for row in found]


def test_text_price_and_stock_are_stored_and_told(service, rows) -> None:
    what = {
        "title": "Müg 👩‍🍳",
        "description": "Two\nlines.",
        "variants": [{"id": "mug-s", "price_minor": 10**12}, {"id": "mug-l", "available": 0}],
    }
    answer = service.change("mug", what)
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == '"2"'
    told = answer.json()
    assert (told["product_id"], told["version"]) == ("mug", 2)
    changed_at = datetime.fromisoformat(told["changed_at"])
    assert changed_at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - changed_at) < timedelta(minutes=1)

    [product] = rows(f"{PRODUCT} WHERE id = 'mug'")
    assert tuple(product) == ("Müg 👩‍🍳", "Two\nlines.", 700, 2, changed_at)
    assert tuple(rows(f"{VARIANT} WHERE id = 'mug-s'")[0]) == (10**12, 3)
    assert tuple(rows(f"{VARIANT} WHERE id = 'mug-l'")[0]) == (700, 0)
    assert _events(rows, "mug") == [told | {"changed": ["price", "stock", "text"]}]


def test_what_is_not_named_stays(service, rows) -> None:
    [before] = rows(f"{PRODUCT} WHERE id = 'tray'")
    assert service.change("tray", {"variants": [{"id": "tray-1", "available": 10**9}]}).json()[
        "version"
    ] == (before["version"] + 1)
    [after] = rows(f"{PRODUCT} WHERE id = 'tray'")
    assert tuple(after)[:3] == tuple(before)[:3]
    assert tuple(rows(f"{VARIANT} WHERE id = 'tray-1'")[0]) == (100, 10**9)
    assert _events(rows, "tray")[-1]["changed"] == ["stock"]


def test_the_same_again_is_a_version_of_its_own(service) -> None:
    first = service.change("tray", {"title": "Tray"}).json()["version"]
    assert service.change("tray", {"title": "Tray"}).json()["version"] == first + 1


def test_changes_at_once_get_versions_one_after_the_other(service, rows) -> None:
    [before] = rows(f"{PRODUCT} WHERE id = 'jug'")

    def cost(price_minor: int) -> tuple[int, int]:
        what = {"variants": [{"id": "jug-1", "price_minor": price_minor}]}
        answer = service.change("jug", what)
        assert answer.status_code == 200, answer.text
        return answer.json()["version"], price_minor

    with ThreadPoolExecutor(16) as threads:
        answers = sorted(threads.map(cost, range(1, 101)))
    versions = [version for version, _ in answers]
    assert versions == [*range(before["version"] + 1, before["version"] + 101)]
    [after] = rows(f"{PRODUCT} WHERE id = 'jug'")
    assert (after["version"], after["price_from_minor"]) == answers[-1]
    events = _events(rows, "jug")
    assert [event["version"] for event in events] == versions
    assert [event["changed_at"] for event in events] == sorted(e["changed_at"] for e in events)


IF_MATCH = [
    ("the version", '"{version}"', 200),
    ("any version", "*", 200),
    ("among others", '"0", "{version}"', 200),
    ("another version", '"{next}"', 412),
    ("a weak one", 'W/"{version}"', 412),
    ("one of somebody else's", '"abc,def"', 412),
    ("no quotes", "{version}", 400),
    ("half a quote", '"{version}', 400),
    ("nothing", "", 400),
]


@pytest.mark.parametrize(("given", "status"), [row[1:] for row in IF_MATCH])
def test_if_match(service, rows, given: str, status: int) -> None:
    [before] = rows(f"{PRODUCT} WHERE id = 'tray'")
    version = before["version"]
    tag = given.format(version=version, next=version + 1)
    answer = service.change("tray", {"title": "Tray"}, If_Match=tag)
    assert answer.status_code == status, answer.text
    [after] = rows(f"{PRODUCT} WHERE id = 'tray'")
    assert after["version"] == version + (status == 200)
    if status == 412:
        assert answer.headers["etag"] == f'"{version}"'
    if status == 400:
        assert answer.json()["errors"][0]["field"] == "If-Match"


async def test_a_change_that_is_rolled_back_leaves_nothing(launch, postgres) -> None:
    state = """SELECT (SELECT count(*) FROM outbox) || ' ' || version FROM products
               WHERE id = 'mug'"""
    store = Store("product-write", postgres.dsn, at_most=1)
    await store.open()
    before = await postgres.value(state)
    with pytest.raises(ZeroDivisionError):
        await _changed_and_failed(store)
    assert await postgres.value(state) == before
    # The connection, the only one, serves on.
    async with store.transaction() as connection:
        await change(connection, "mug", ProductChange(title="Here"), None)
    await store.close()
    assert await postgres.value("SELECT title FROM products WHERE id = 'mug'") == "Here"


async def _changed_and_failed(store: Store) -> None:
    async with store.transaction() as connection:
        await change(connection, "mug", ProductChange(title="Gone"), None)
        raise ZeroDivisionError
