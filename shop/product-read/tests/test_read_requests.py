"""What a reader may ask, and what each mistake is answered with."""

from __future__ import annotations

import socket

import pytest

pytestmark = pytest.mark.integration

LIST = "/api/products"
BAD_LISTS = [
    ("page_size=0", "page_size"),
    ("page_size=101", "page_size"),
    ("page_size=-1", "page_size"),
    ("page_size=", "page_size"),
    ("page_size=ten", "page_size"),
    ("page_size=1.5", "page_size"),
    ("page_size=1e2", "page_size"),
    ("page_size=%2B5", "page_size"),
    ("page_size=%C2%B2", "page_size"),  # a superscript two is a digit to Unicode
    ("page_size=99999999999999999999", "page_size"),
    ("page_size=5&page_size=6", "page_size"),
    ("price_min=-1", "price_min"),
    ("price_min=", "price_min"),
    ("price_min=cheap", "price_min"),
    ("price_min=9.99", "price_min"),
    ("price_min=1000000000001", "price_min"),
    ("price_min=9223372036854775808", "price_min"),
    ("price_min=1&price_min=2", "price_min"),
    ("price_max=-1", "price_max"),
    ("price_max=NaN", "price_max"),
    ("price_max=0x10", "price_max"),
    ("price_max=1000000000001", "price_max"),
    ("price_min=2000&price_max=1999", "price_max"),
    ("category=", "category"),
    ("category=a%20b", "category"),
    ("category=%00", "category"),
    ("category=" + "c" * 65, "category"),
    ("category=c-1'--", "category"),
    ("category=c-1&category=c-2", "category"),
    ("q=", "q"),
    ("q=%20%20", "q"),
    ("q=%00", "q"),
    ("q=a%0Ab", "q"),
    ("q=" + "w" * 101, "q"),
    ("q=one&q=two", "q"),
    ("cursor=", "cursor"),
    ("cursor=nonsense", "cursor"),
    ("cursor=%%%", "query"),
    ("cursor=MTphYmM", "cursor"),
    ("cursor=" + "A" * 3000, "cursor"),
]
BAD_IDS = ["a%20b", "%00", "x" * 65, "caf%C3%A9", "a%0Ab", "p-1'--", "%F0%9F%98%80"]


@pytest.mark.parametrize(("query", "field"), BAD_LISTS, ids=[query[:40] for query, _ in BAD_LISTS])
def test_a_bad_list_names_its_field(cached, query: str, field: str) -> None:
    answer = _raw(cached, f"{LIST}?{query}")
    assert answer.startswith("HTTP/1.1 400")
    assert "application/problem+json" in answer
    assert f'"field":"{field}"' in answer
    assert '"expected":"' in answer


@pytest.mark.parametrize("product_id", BAD_IDS)
def test_a_bad_id_is_said_to_be_one(cached, product_id: str) -> None:
    answer = _raw(cached, f"{LIST}/{product_id}")
    assert answer.startswith("HTTP/1.1 400")
    assert '"field":"' in answer


def test_all_that_is_wrong_is_said_at_once(cached) -> None:
    answer = cached.get(f"{LIST}?page_size=0&price_min=x&q=")
    assert [each["field"] for each in answer.json()["errors"]] == ["q", "price_min", "page_size"]


def test_what_is_unknown_is_not_found(cached) -> None:
    answer = cached.get(f"{LIST}/p-nobody")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "there is no product p-nobody"
    assert cached.get("/api/baskets").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_catalogue_is_read_only(cached, ids, method: str) -> None:
    answer = cached.client.request(method, f"{LIST}/{ids[0]}")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_page_has_all_that_a_shopper_looks_at(cached, ids) -> None:
    page = cached.get(f"{LIST}/{ids[0]}").json()
    assert page["id"] == ids[0]
    assert page["category"]["path"]
    assert page["variants"]
    prices = [variant["price"]["amount_minor"] for variant in page["variants"]]
    assert page["price_from"] == {"currency": "EUR", "amount_minor": min(prices)}
    for variant in page["variants"]:
        assert (variant["stock"]["level"] == "sold_out") == (variant["stock"]["available"] == 0)
    assert page["rating"]["count"] == sum(page["rating"]["stars"])
    assert ids[0] not in [related["id"] for related in page["related"]]


def test_who_has_it_is_not_sent_it_again(cached, ids) -> None:
    first = cached.get(f"{LIST}/{ids[1]}")
    again = cached.get(f"{LIST}/{ids[1]}", **{"If-None-Match": first.headers["etag"]})
    other = cached.get(f"{LIST}/{ids[1]}", **{"If-None-Match": '"another"'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert other.status_code == 200


def test_the_pages_of_a_list_are_all_of_it_once(cached, ids) -> None:
    assert _walk(cached, "page_size=37") == sorted(ids)


def test_filters_hold_for_every_page(cached, ids) -> None:
    pages = {each: cached.get(f"{LIST}/{each}").json() for each in ids}
    category = pages[ids[0]]["category"]["id"]
    price = pages[ids[0]]["price_from"]["amount_minor"]
    cheap = [each for each, page in pages.items() if page["price_from"]["amount_minor"] <= price]
    shelf = [each for each, page in pages.items() if page["category"]["id"] == category]
    assert _walk(cached, f"price_max={price}&page_size=10") == sorted(cheap)
    assert _walk(cached, f"category={category}&page_size=10") == sorted(shelf)
    word = pages[ids[0]]["title"].split()[-1]
    assert ids[0] in _walk(cached, f"q={word.upper()}&page_size=10")


def test_a_cursor_of_other_filters_is_refused(cached) -> None:
    cursor = cached.get(f"{LIST}?page_size=2").json()["next"]
    assert cached.get(f"{LIST}?page_size=5&cursor={cursor}").status_code == 200
    answer = cached.get(f"{LIST}?page_size=2&price_min=1&cursor={cursor}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "cursor"


def _walk(cached, query: str) -> list[str]:
    found: list[str] = []
    cursor = ""
    while True:
        page = cached.get(f"{LIST}?{query}{cursor}").json()
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def _raw(cached, target: str) -> str:
    """What is answered to a request that no client would let pass."""
    host, port = cached.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer.decode()


SAME = [{}, {"If-None-Match": "*"}, {"If-None-Match": '"1-0"'}, {"Accept-Encoding": "gzip"}]


@pytest.mark.parametrize("headers", SAME, ids=str)
def test_the_short_way_and_the_long_one_mean_the_same(cached, ids, headers) -> None:
    """A rare header is left to the framework, which answers as the short way does."""
    path = f"{LIST}/{ids[0]}"
    cached.get(path)
    short = cached.get(path, **headers, Accept="*/*")
    long = cached.get(path, **headers, Accept="application/json, text/html;q=0.1")
    assert (short.status_code, short.content) == (long.status_code, long.content)
    told = ("content-type", "etag", "cache-control", "cache-status")
    assert {k: short.headers.get(k, "").split(";")[:2] for k in told} == {
        k: long.headers.get(k, "").split(";")[:2] for k in told
    }
    known = cached.get(path, **{"If-None-Match": short.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")


def test_both_ways_are_measured_under_one_name(cached, ids) -> None:
    cached.get(f"{LIST}/{ids[0]}")
    lines = cached.get("/metrics").text.splitlines()
    counts = [each for each in lines if each.startswith("http_server_requests_seconds_count")]
    assert any('uri="/api/products/{id}"' in each and 'status="200"' in each for each in counts)
    assert not [each for each in counts if ids[0] in each]


def test_one_connection_answers_all_whoever_answered_the_last(cached, ids) -> None:
    """One thread answers hits, another misses, a third metrics: the next request is never lost."""
    for i, product_id in enumerate(ids[40:80]):
        statuses = [
            cached.get(f"{LIST}/{product_id}").status_code,
            cached.get(f"{LIST}/{product_id}", Accept="application/json, text/*").status_code,
            cached.get("/metrics").status_code,
            cached.get(f"{LIST}/p-not-there-{i}").status_code,
            cached.get("/healthz").status_code,
            cached.get(f"{LIST}?page_size={i + 1}").status_code,
            cached.get(f"{LIST}?page_size=0").status_code,
        ]
        assert statuses == [200, 200, 200, 404, 200, 200, 400]
