"""What was acknowledged is in the ledger, once, for good: whatever dies, and whoever tries."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
import uuid
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import reduce

import httpx
import msgspec
import pytest
from payment_provider.rules import Authorisation, Entry, after

pytestmark = pytest.mark.integration

ASKED = {"amount_minor": 1200, "currency": "EUR", "payment_method": "pm_ok", "reference": "r"}

FORBIDDEN = [
    ("an update", "UPDATE ledger SET amount_minor = 1"),
    ("a delete", "DELETE FROM ledger"),
    ("a replacement", "INSERT OR REPLACE INTO ledger SELECT * FROM ledger WHERE seq = 1"),
    ("an upsert", "INSERT INTO ledger SELECT * FROM ledger WHERE true ON CONFLICT (seq) DO UPDATE"
     " SET amount_minor = 1"),
    ("an entry in between", "INSERT INTO ledger SELECT -5, at, kind, authorisation_id, reference,"
     " amount_minor, currency, 'new', reason FROM ledger LIMIT 1"),
    ("a replacement by the key", "INSERT OR REPLACE INTO ledger SELECT (SELECT max(seq) + 1 FROM"
     " ledger), at, kind, authorisation_id, reference, 1, currency, idempotency_key, reason"
     " FROM ledger LIMIT 1"),
]  # fmt: skip


@pytest.mark.parametrize(
    "statement", [row[1] for row in FORBIDDEN], ids=[row[0] for row in FORBIDDEN]
)
def test_sqlite_itself_keeps_the_ledger_as_it_is(provider, statement: str) -> None:
    provider.authorised()
    before = provider.rows("SELECT * FROM ledger")
    with (
        closing(sqlite3.connect(provider.ledger_file)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="only added to"),
    ):
        connection.execute(statement)
    assert provider.rows("SELECT * FROM ledger") == before


def test_the_ledger_is_read_in_pages(provider) -> None:
    for _ in range(5):
        provider.authorised()
    entries = provider.entries()
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    page = provider.client.get("/v1/ledger", params={"after": 2, "limit": 2}).json()
    assert (page["entries"], page["next"]) == (entries[2:4], 4)
    last = len(entries)
    beyond = provider.client.get("/v1/ledger", params={"after": last}).json()
    assert beyond == {"entries": [], "next": last}


def _state(entries: list[dict]) -> dict[str, Authorisation]:
    """What the ledger says of each authorisation."""
    of: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        of[entry["authorisation_id"]].append(msgspec.convert(entry, Entry))
    return {each: reduce(after, told, None) for each, told in of.items()}


class _Buyers:
    """Pay, capture and refund without end; note what was acknowledged, by its key."""

    def __init__(self, provider, seed: int) -> None:
        self.provider = provider
        self.sent: dict[str, tuple[str, object]] = {}
        self.acknowledged: dict[str, tuple[int, bytes]] = {}
        self._seed = seed

    def run(self, number: int) -> None:
        chance = random.Random(f"{self._seed} {number}")
        headers = self.provider.client.headers
        with httpx.Client(base_url=self.provider.url, headers=headers, trust_env=False) as client:
            try:
                while True:
                    held = self._post(client, "", ASKED | {"reference": f"buyer {number}"})
                    path = f"/{held['id']}/{chance.choice(['capture', 'void'])}"
                    if self._post(client, path)["status"] == "captured":
                        self._post(client, f"/{held['id']}/refund", {"amount_minor": 100})
            except httpx.TransportError:  # it was killed
                return

    def _post(self, client: httpx.Client, path: str, body: object = None) -> dict:
        key = uuid.uuid4().hex
        self.sent[key] = (path, body)
        url = f"/v1/authorisations{path}"
        answer = client.post(url, json=body, headers={"Idempotency-Key": key})
        self.acknowledged[key] = (answer.raise_for_status().status_code, answer.content)
        return answer.json()


def test_what_was_acknowledged_outlives_kill_9(launch) -> None:
    provider = launch()
    for seed in range(3):
        buyers = _Buyers(provider, seed)
        with ThreadPoolExecutor(8) as threads:
            running = [threads.submit(buyers.run, number) for number in range(8)]
            deadline = time.monotonic() + 20
            while len(buyers.acknowledged) < 150 + 40 * seed and time.monotonic() < deadline:
                time.sleep(0.005)
            provider.kill()
            for each in running:
                each.result()
        assert len(buyers.acknowledged) >= 150
        provider.start()

        entries = provider.entries()
        by_key = {entry["idempotency_key"]: entry for entry in entries}
        assert len(by_key) == len(entries)
        assert buyers.acknowledged.keys() <= by_key.keys()

        # Sent again, what was answered is answered as it was; what was not has its effect once.
        for key, (path, body) in buyers.sent.items():
            again = provider.post(path, body, key)
            if key in buyers.acknowledged:
                assert (again.status_code, again.content) == buyers.acknowledged[key]
            assert ("idempotent-replayed" in again.headers) == (key in by_key)
            assert again.is_success
        after_all = provider.entries()
        assert after_all[: len(entries)] == entries
        assert len(after_all) == len(entries) + len(buyers.sent.keys() - by_key.keys())

    for authorisation_id, told in list(_state(after_all).items())[:50]:
        now = provider.client.get(f"/v1/authorisations/{authorisation_id}").json()
        assert msgspec.convert(now, Authorisation) == told


def test_a_ledger_that_cannot_be_written_has_not_taken_place(launch) -> None:
    provider = launch()
    before = provider.authorised(reference="before")
    key = uuid.uuid4().hex
    with closing(sqlite3.connect(provider.ledger_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # longer than the writer waits
        with ThreadPoolExecutor(8) as threads:
            asked = ASKED | {"reference": "meanwhile"}
            several = [threads.submit(provider.post, "", asked) for _ in range(7)]
            captured = threads.submit(provider.post, f"/{before['id']}/capture", None, key)
            assert {each.result().status_code for each in (captured, *several)} == {503}
        other.execute("ROLLBACK")
    assert provider.by_reference("meanwhile") == []
    assert provider.by_reference("before") == [before]
    again = provider.post(f"/{before['id']}/capture", None, key)
    assert (again.status_code, again.json()["status"]) == (200, "captured")
    assert "idempotent-replayed" not in again.headers
    assert [entry["kind"] for entry in provider.entries()] == ["authorised", "captured"]


def test_one_process_has_the_ledger(launch) -> None:
    provider = launch()
    port = {"PAYMENT_PROVIDER_HTTP_ADDR": "127.0.0.1:0"}
    second = subprocess.run(
        [sys.executable, "-m", "payment_provider"],
        env=provider.env | port, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert second.returncode == 2
    assert "another process has" in second.stderr
    assert provider.authorised()["status"] == "authorised"
