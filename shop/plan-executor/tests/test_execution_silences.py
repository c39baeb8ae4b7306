"""Answers that never come, though what was asked for was done: asked again, and done once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from shop_intents import Add, CheckOut, Remove
from shop_kit.testing import free_port, wait_for

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(300)]

PASSED_ON = ("authorization", "content-type", "idempotency-key", "prefer")


class Swallowing(ThreadingHTTPServer):
    """Passes everything on; of each kind of request, the first answers are swallowed."""

    daemon_threads = True

    def __init__(self, port: int, to: str) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.to = to
        self.swallow: dict[str, int] = {}
        """By method and the path's beginning, how many."""
        self.swallowed: list[str] = []
        self.lock = threading.Lock()

    def takes(self, what: str) -> bool:
        with self.lock:
            for begins, left in self.swallow.items():
                if what.startswith(begins) and left > 0:
                    self.swallow[begins] -= 1
                    self.swallowed.append(what)
                    return True
        return False


class _Handler(BaseHTTPRequestHandler):
    server: Swallowing

    def _pass_on(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        headers = {n: self.headers[n] for n in PASSED_ON if self.headers[n] is not None}
        answer = httpx.request(
            self.command, self.server.to + self.path, content=body, headers=headers, timeout=60,
            trust_env=False,
        )  # fmt: skip
        self.close_connection = True
        if self.server.takes(f"{self.command} {self.path}"):
            return
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers["content-type"])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = do_PUT = do_DELETE = _pass_on

    def log_message(self, *_: object) -> None:
        """Not a word."""


@pytest.fixture(scope="module")
def between(open_shopping) -> Iterator[tuple]:
    """A shop, and what stands between its executor and its checkouts."""
    port = free_port()
    shop = open_shopping(PLAN_EXECUTOR_CHECKOUT=f"http://127.0.0.1:{port}")
    server = Swallowing(port, shop.url("checkout"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield shop, server
    server.shutdown()
    thread.join()
    server.server_close()


LOST = [
    ("adding to the cart", "POST /api/carts", 1),
    ("taking out of the cart", "DELETE /api/carts", 1),
    ("reading the cart", "GET /api/carts", 3),
    ("beginning the checkout", "POST /api/checkout", 2),
    ("its end", "GET /api/checkout", 2),
]


@pytest.mark.parametrize(("says", "what", "times"), LOST, ids=[row[0] for row in LOST])
def test_what_was_not_answered_is_done_once(
    between, wish, says: str, what: str, times: int
) -> None:
    shop, server = between
    with shop.shopper() as ann:
        ann.put(("tray-1", 1), ("mug-s", 2))
        server.swallow = {what: times}
        server.swallowed.clear()
        acts = (Add(item=wish("mug-s")), Add(item=wish("cup-1")), Remove(variant_id="tray-1"))
        found = ann.done(*acts, CheckOut())
        assert len(server.swallowed) == times
        assert found["outcome"] == "completed", found
        assert shop.paid_orders(ann.name) == [{"mug-s": 3, "cup-1": 1}]
        assert shop.charges(ann.name) == [("authorised", 1800), ("captured", 1800)]
        assert ann.cart() == {"mug-s": 3, "cup-1": 1}


def test_a_checkout_of_which_nothing_is_heard_ends_with_the_step(between, wish) -> None:
    """Nothing is assumed of it: in the end it is asked whether it was begun, and it was."""
    shop, server = between
    with shop.shopper() as ann:
        server.swallow = {"POST /api/checkout": 10_000}
        execution_id = ann.begun(Add(item=wish("mug-s")), CheckOut())
        undoing = "SELECT 1 FROM executions WHERE execution_id = $1 AND state <> 'running'"
        wait_for(lambda: shop.rows("executions", undoing, execution_id), within_s=60)
        server.swallow = {}
        found = ann.ended(execution_id)
        assert found["outcome"] == "failed", found
        assert "`check_out` has taken longer than 30 s" in found["says"]
        assert f"it stays: {found['order_ids'][0]}" in found["says"]
        assert shop.charges(ann.name) == [("authorised", 500), ("captured", 500)]
        assert ann.cart() == {}


def test_while_nothing_can_be_looked_up_a_plan_waits(between, wish) -> None:
    shop, server = between
    server.swallow = {}
    with shop.shopper() as ann:
        plan = ann.plan(Add(item=wish("mug-s")))
        shop.terminate("lookup")
        execution_id = ann.execute(plan).json()["execution_id"]
        assert ann.execution(execution_id, wait_s=1)["state"] == "running"
        shop.start("lookup")
        assert ann.ended(execution_id)["outcome"] == "completed"
        assert ann.cart() == {"mug-s": 1}
