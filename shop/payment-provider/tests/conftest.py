"""The provider as its callers meet it: a real process, with a ledger in a folder of its own."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from shop_kit.testing import free_port, wait_for

KEY = "a key for the tests"
AT_ONCE = {"PAYMENT_PROVIDER_MEDIAN_MS": "0", "PAYMENT_PROVIDER_P99_MS": "0"}
ASKED = {"amount_minor": 1200, "currency": "EUR", "payment_method": "pm_ok", "reference": "r"}


class Provider:
    """One process, known by its address. Without latency, unless told otherwise."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.ledger_file = folder / "ledger.sqlite"
        self.log = folder / "log"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PAYMENT_", "OTEL"))}
        port = free_port()
        self.env = kept | AT_ONCE | env
        self.env |= {
            "PAYMENT_PROVIDER_HTTP_ADDR": f"127.0.0.1:{port}",
            "PAYMENT_PROVIDER_LEDGER": str(self.ledger_file),
            "PAYMENT_PROVIDER_KEY": KEY,
        }
        self.url = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(
            base_url=self.url,
            timeout=15,
            trust_env=False,
            headers={"Authorization": f"Bearer {KEY}"},
        )
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "payment_provider"],
                env=self.env, stdout=output, stderr=output,
            )  # fmt: skip
        wait_for(self._ready)

    def _ready(self) -> bool:
        assert self.process.poll() is None, f"ended by itself:\n{self.log.read_text()}"
        try:
            return self.client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def post(self, path: str, body: object = None, key: str = "") -> httpx.Response:
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self.client.post(f"/v1/authorisations{path}", json=body, headers=headers)

    @contextmanager
    def begun(self, body: object, key: str) -> Iterator[socket.socket]:
        """A request to authorise that is under way; the answer is still to be read."""
        content = json.dumps(body).encode()
        host = self.url.removeprefix("http://")
        head = (
            f"POST /v1/authorisations HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {KEY}\r\n"
            f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        name, _, port = host.partition(":")
        with socket.create_connection((name, int(port)), timeout=15) as connection:
            connection.sendall(head.encode() + content)
            # What comes after it, and over a connection of its own, is read after it.
            httpx.get(f"{self.url}/healthz", trust_env=False)
            yield connection

    def authorised(self, key: str = "", **more: object) -> dict:
        return self.post("", ASKED | more, key).raise_for_status().json()

    def by_reference(self, reference: str) -> list[dict]:
        answer = self.client.get("/v1/authorisations", params={"reference": reference})
        return answer.raise_for_status().json()["authorisations"]

    def behave(self, **behaviour: object) -> None:
        """Without latency, unless told otherwise."""
        whole = {"latency": {"median_ms": 0, "p99_ms": 0}} | behaviour
        self.client.put("/admin/behaviour", json=whole).raise_for_status()

    def entries(self) -> list[dict]:
        """The whole ledger, page by page."""
        entries: list[dict] = []
        after = 0
        while True:
            page = self.client.get("/v1/ledger", params={"after": after, "limit": 700})
            told = page.raise_for_status().json()
            if not told["entries"]:
                return entries
            entries += told["entries"]
            after = told["next"]

    def rows(self, query: str) -> list[tuple]:
        """As SQLite has them, whatever the process thinks."""
        with closing(sqlite3.connect(self.ledger_file)) as connection:
            return connection.execute(query).fetchall()

    def metric(self, name: str, /, **labels: str) -> float:
        return sum(
            sample.value
            for family in text_string_to_metric_families(self.client.get("/metrics").text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """The exit code after SIGTERM."""
        self.process.terminate()
        try:
            return self.process.wait(15)
        finally:
            self.kill()


Launch = Callable[..., Provider]


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """Starts a provider; settings are keywords."""
    started: list[Provider] = []

    def start(**env: str) -> Provider:
        started.append(Provider(tmp_path_factory.mktemp("provider"), **env))
        return started[-1]

    yield start
    for each in started:
        each.client.close()
        each.kill()


@pytest.fixture(scope="module")
def shared(launch: Launch) -> Provider:
    return launch()


@pytest.fixture
def provider(shared: Provider) -> Provider:
    """Shared by a module's tests; as it was started."""
    shared.behave()
    return shared
