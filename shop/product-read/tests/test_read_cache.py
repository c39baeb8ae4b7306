"""The cache: one load for all, never back to an older page, no harm when a store goes."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import asyncpg
import httpx
import pytest
import valkey
from shop_kit.testing import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.long]

PAGE, TOMBSTONE = 1, 2
HEAD = ">qBqqi"
FRESH_TO_AT = 17


@pytest.fixture
def entries(redis) -> valkey.Valkey:
    """Redis, empty."""
    client = valkey.Valkey(port=redis.port)
    client.flushall()
    return client


def _page(product_id: str) -> str:
    return f"/api/products/{product_id}"


def _expire(entries: valkey.Valkey, product_id: str) -> None:
    """As if its time had passed a moment ago."""
    entries.setrange(f"product:{product_id}", FRESH_TO_AT, struct.pack(">q", 1))


def _settled(cached, product_id: str) -> None:
    """Until it is answered from the cache: just started, on a busy machine, it may give up once."""
    wait_for(lambda: " hit" in cached.get(_page(product_id)).headers.get("cache-status", ""))


def test_a_miss_then_hits(cached, entries, ids) -> None:
    _settled(cached, ids[1])
    answers = [cached.get(_page(ids[2])) for _ in range(3)]
    statuses = [answer.headers["cache-status"].split(";")[1] for answer in answers]
    assert statuses == [" fwd=miss", " hit", " hit"]
    assert len({answer.content for answer in answers}) == 1
    assert 0 < entries.pttl(f"product:{ids[2]}") < 2 * 3600_000


def test_an_entry_is_smaller_than_its_page(cached, entries, ids) -> None:
    page = cached.get(_page(ids[3])).content
    assert entries.strlen(f"product:{ids[3]}") < 0.5 * len(page)


async def test_a_thousand_readers_of_an_expired_page_load_it_once(
    cached, entries, ids, postgres
) -> None:
    hot = ids[4]
    # Again where the machine was so busy that the load gave up before all had asked.
    for _ in range(5):
        _settled(cached, hot)
        _expire(entries, hot)
        before = cached.metric("store_loads_total", kind="page")
        answers = await _read_while_loading(cached, hot, postgres)
        if answers:
            break
    assert {answer.split()[1] for answer in answers} == {b"200"}
    assert cached.metric("store_loads_total", kind="page") - before == 1


async def _read_while_loading(cached, hot: str, postgres) -> list[bytes]:
    """Status lines of a thousand readers; none where the load did not wait for all of them."""
    request = f"GET {_page(hot)} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n".encode()
    with ExitStack() as open_sockets:
        readers = [open_sockets.enter_context(_connected(cached.url)) for _ in range(1000)]
        async with postgres.connection() as holder:
            lock = holder.transaction()
            await lock.start()
            # The load waits here until all have asked; for less than the store's time-out of 1 s.
            await holder.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
            for reader in readers:
                reader.sendall(request)
            deadline = time.monotonic() + 2
            while (  # noqa: ASYNC110 (Postgres has no event for it)
                await _waiting(holder) == 0 and time.monotonic() < deadline
            ):
                await asyncio.sleep(0.01)
            waiting = await _waiting(holder)
            assert waiting <= 1
            await lock.rollback()
        answers = [reader.makefile("rb").readline() for reader in readers]
    return answers if waiting == 1 else []


def _connected(url: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=30)


async def _waiting(connection: asyncpg.Connection) -> int:
    return await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE application_name = 'product-read' AND wait_event_type = 'Lock'"
    )


def test_who_is_unknown_is_asked_for_once(cached, entries) -> None:
    before = cached.metric("store_loads_total", kind="page")
    assert {cached.get(_page("p-unknown")).status_code for _ in range(5)} == {404}
    assert cached.metric("store_loads_total", kind="page") - before == 1


def test_an_older_page_does_not_replace_a_newer(cached, entries, ids) -> None:
    """Redis was told of a change (here: by another process) that our load did not see yet."""
    future = struct.pack(HEAD, 99, TOMBSTONE, 0, 0, 0)
    entries.set(f"product:{ids[5]}", future)
    assert cached.get(_page(ids[5])).json()["version"] == 1
    assert entries.get(f"product:{ids[5]}") == future


async def test_nobody_goes_back_to_what_was_replaced(cached, entries, ids, postgres) -> None:
    """Redis holds an old page, as when it was away while the change came."""
    first = cached.get(_page(ids[6]))
    # A busy Redis may be too slow to take it.
    wait_for(lambda: cached.get(_page(ids[6])) and entries.exists(f"product:{ids[6]}"))
    old = entries.get(f"product:{ids[6]}")
    await postgres.sql(f"UPDATE products SET version = version + 1 WHERE id = '{ids[6]}'")
    _expire(entries, ids[6])
    # At once, but for a Redis that was too slow to be asked: then the page may be a second old.
    wait_for(lambda: cached.get(_page(ids[6])).json()["version"] == first.json()["version"] + 1)
    entries.set(f"product:{ids[6]}", old)
    assert cached.get(_page(ids[6])).json()["version"] == first.json()["version"] + 1


def test_what_redis_holds_damaged_is_loaded_anew(cached, entries, ids) -> None:
    for nonsense in (b"", b"x", b"\0" * 29, b"\0" * 8 + b"\1" + b"\xff" * 60):
        entries.set(f"product:{ids[7]}", nonsense)
        answer = cached.get(_page(ids[7]))
        assert answer.status_code == 200
        assert answer.json()["id"] == ids[7]


def test_a_full_redis_is_no_harm(cached, entries, ids) -> None:
    before = cached.metric("cache_not_put_total")
    entries.config_set("maxmemory-policy", "noeviction")
    entries.config_set("maxmemory", "1")
    try:
        statuses = {cached.get(_page(each)).status_code for each in ids[150:250]}
        loads = cached.metric("store_loads_total", kind="page")
        began_s = time.monotonic()
        often = {cached.get(_page(ids[149])).status_code for _ in range(100)}
        took_s = time.monotonic() - began_s
        loads = cached.metric("store_loads_total", kind="page") - loads
    finally:
        entries.config_set("maxmemory", "64mb")
        entries.config_set("maxmemory-policy", "allkeys-lfu")
    assert statuses == often == {200}
    assert cached.metric("cache_not_put_total") - before >= 100
    # What Redis does not take is asked of the store once a second.
    assert 1 <= loads <= 2 + took_s
    assert cached.breaker("redis") == "closed"


class Readers:
    """Four that read at random until told to stop; `seen` has each status code."""

    def __init__(self, url: str, ids: list[str]) -> None:
        self.seen: list[int] = []
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(4)
        self._work = [self._pool.submit(self._read, url, ids, i) for i in range(4)]

    def _read(self, url: str, ids: list[str], first: int) -> None:
        with httpx.Client(base_url=url, timeout=10, trust_env=False) as client:
            i = first
            while not self._stop.is_set():
                self.seen.append(client.get(_page(ids[i % len(ids)])).status_code)
                i += 7

    def stop(self) -> None:
        self._stop.set()
        for work in self._work:
            work.result(20)
        self._pool.shutdown()


@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_redis_goes_and_comes_back_under_load(cached, redis, entries, ids, how: str) -> None:
    readers = Readers(cached.url, ids)
    try:
        wait_for(lambda: len(readers.seen) > 500)
        if how == "killed":
            redis.kill()
            _breaker_opens_while_readers_read(cached, readers)
            redis.start()
        else:
            with redis.frozen():
                _breaker_opens_while_readers_read(cached, readers)
        wait_for(lambda: cached.breaker("redis") == "closed")
        hits = cached.metric("cache_hits_total")
        wait_for(lambda: cached.metric("cache_hits_total") > hits + 100)
    finally:
        redis.start()
        readers.stop()
    assert set(readers.seen) == {200}
    assert cached.metric("cache_degraded_total") >= 500


def _breaker_opens_while_readers_read(cached, readers: Readers) -> None:
    wait_for(lambda: cached.breaker("redis") == "open")
    seen = len(readers.seen)
    wait_for(lambda: len(readers.seen) > seen + 500)


def test_postgres_goes_and_what_is_cached_still_answers(launch, entries, ids, postgres) -> None:
    service = launch()
    service.get(_page(ids[8]))
    service.get(_page(ids[9]))
    _expire(entries, ids[9])
    postgres.stop()
    try:
        wait_for(lambda: service.breaker("postgres") != "closed")
        fresh, expired = service.get(_page(ids[8])), service.get(_page(ids[9]))
        began_s = time.monotonic()
        absent = service.get(_page(ids[10]))
        took_s = time.monotonic() - began_s
        ready = service.get("/readyz").status_code
    finally:
        postgres.start()
    for answer in (fresh, expired):
        assert answer.status_code == 200
        assert answer.headers["warning"].startswith("111 ")
        assert "store-down" in answer.headers["cache-status"]
    assert absent.status_code == 503
    assert absent.headers["retry-after"] == "1"
    assert absent.headers["content-type"] == "application/problem+json"
    assert took_s < 2
    assert ready == 200
    wait_for(lambda: service.get(_page(ids[10])).status_code == 200)
    wait_for(lambda: "warning" not in service.get(_page(ids[8])).headers)


def test_uncached_asks_the_store_each_time(launch, cached, ids) -> None:
    service = launch(PRODUCT_READ_CATALOGUE="uncached", PRODUCT_READ_REDIS="redis://127.0.0.1:1")
    answers = [service.get(_page(ids[11])) for _ in range(3)]
    assert service.metric("store_loads_total", kind="page") == 3
    assert "cache-status" not in answers[0].headers
    assert answers[0].json() == cached.get(_page(ids[11])).json()
    assert service.stop() == 143


def test_wrong_settings_are_told_by_name(launch, cached, ids) -> None:
    with pytest.raises(AssertionError, match="ended by itself") as told:
        launch(PRODUCT_READ_CATALOGUE="maybe", PRODUCT_READ_TTL_S="0", PRODUCT_READ_DSN="here")
    for words in (
        "PRODUCT_READ_CATALOGUE=maybe: write cached or uncached",
        "PRODUCT_READ_TTL_S=0: not a whole number from 1 to 86400",
        "PRODUCT_READ_DSN=here: not a JDBC URL",
    ):
        assert words in str(told.value)
