"""A journey's process: what it counts, what a broken script says, and that it is never left."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.hosting.orders import Step, Visited, VisitOrder, Visits
from assay.hosting.process import ScriptError
from assay.load.journeys import JourneyResult, result_of, run_journey
from assay.scripts.history import read
from assay.verdicts import level

LIMITED = Path(__file__).parents[1] / "run" / "programs" / "limited.py"
ORDER = VisitOrder(
    *("", "buying:Buyer", "shop", {}, {}, {}),
    users=4, lead_in_s=0.3, duration_s=1.0, drain_s=5.0, timeout_s=5.0, seed=1, block="b",
    history="", parent=os.getpid(),
)  # fmt: skip
BUYER = """
    from assay.scripts import Client, Failed, Journey, Visit

    class Buyer(Journey):
        def headers(self):
            return {"x-user": str(self.user)}

        async def visit(self, client: Client) -> Visit:
            print("this goes to the log")
            with client.operation("order", f"key of {self.user}") as operation:
                answer = await client.post("/orders", json={"n": self.chance.randint(1, 3)})
                operation.ok(answer.json()["id"], answer.status)
            await client.get("/orders", name="GET all")
            return Visit("ok", answer.json()["id"])

    class Failing(Journey):
        async def visit(self, client: Client) -> Visit:
            raise Failed("sold_out says the shop")

    class Stuck(Journey):
        async def visit(self, client: Client) -> Visit:
            import asyncio
            with client.operation("wait", 'a, "b"') as operation:
                await asyncio.sleep(60)
                operation.ok()

    broken = 1
"""
LOCUST = """
    from locust import HttpUser, between, task

    class Shopper(HttpUser):
        wait_time = between(0.01, 0.02)

        @task
        def order(self):
            self.client.post("/orders", name="order")
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VisitOrder]:
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "buying.py").write_text(textwrap.dedent(BUYER))
    (folder / "locustfile.py").write_text(textwrap.dedent(LOCUST))
    (folder / "wrong.py").write_text("import nothing_like_this\n")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    server = subprocess.Popen([sys.executable, LIMITED, str(port), "2"])
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                httpx.get(url, trust_env=False)
                break
            except httpx.TransportError:
                continue
        yield replace(ORDER, folder=str(folder), addresses={"shop": url})
    finally:
        server.terminate()
        server.wait()


def visit(order: VisitOrder, log: Path, bound_s: float = 9.0) -> JourneyResult:
    history = log.with_name("history.csv")
    history.unlink(missing_ok=True)
    return asyncio.run(run_journey(replace(order, history=str(history)), ["ok"], bound_s, log))


@pytest.mark.integration
def test_visits_and_their_steps_are_counted(shop: VisitOrder, tmp_path: Path) -> None:
    found = visit(shop, tmp_path / "log")
    counted = {(name, outcome): h.count for name, outcome, _, h in found.recorded}
    done = counted[shop.entry, "ok"]
    assert 20 < done <= 110  # two slots of 20 ms
    assert counted["POST /orders", "ok"] == pytest.approx(done, abs=8)
    assert counted["GET all", "ok"] == pytest.approx(done, abs=8)
    assert found.completed == done == sum(each.completed for each in found.slices)
    assert len({v.subject for v in found.all_visits}) == len(found.all_visits) > done
    assert "this goes to the log" in (tmp_path / "log").read_text()
    assert 0 < found.engine_cpu < 1
    operations = list(read([str(tmp_path / "history.csv")]))
    assert [o.seen for o in operations] == [v.subject for v in found.all_visits]
    assert {(o.what, o.outcome, o.amount) for o in operations} == {("order", "ok", 200)}
    assert {o.key for o in operations} == {f"key of {n}" for n in range(4)}
    for operation, done in zip(operations, found.all_visits, strict=True):
        began_us = found.started_unix_ns / 1e3 + done.began_s * 1e6
        assert began_us - 1e3 <= operation.began_us <= operation.ended_us
    assert [o.ended_us for o in operations] == sorted(o.ended_us for o in operations)
    subjects = [v.subject for v in found.visits if v.subject]
    assert visit(shop, tmp_path / "log", bound_s=0.001).outcome_of(found.visits[0]) == "late"
    disputed = {outcome: h.count for _, outcome, _, h in found.less(subjects[:3]).recorded}
    assert disputed["disputed"] == 3


@pytest.mark.integration
def test_a_class_of_locusts_runs_as_it_is(shop: VisitOrder, tmp_path: Path) -> None:
    order = replace(shop, entry="locustfile:Shopper")
    found = visit(order, tmp_path / "log")
    counted = {(name, outcome): h.count for name, outcome, _, h in found.recorded}
    assert 20 < counted["locustfile:Shopper", "ok"] <= 110
    assert counted["POST order", "ok"] == counted["locustfile:Shopper", "ok"]


@pytest.mark.integration
def test_a_visit_that_fails_is_counted_by_its_word(shop: VisitOrder, tmp_path: Path) -> None:
    found = visit(replace(shop, entry="buying:Failing"), tmp_path / "log")
    assert {found.outcome_of(each) for each in found.visits} == {"sold_out"}
    assert found.first_errors[0] == ("sold_out", "Failed: sold_out says the shop")


@pytest.mark.integration
def test_a_visit_that_never_ends_is_counted_too(shop: VisitOrder, tmp_path: Path) -> None:
    order = replace(shop, entry="buying:Stuck", drain_s=0.2)
    found = visit(order, tmp_path / "log")
    assert (found.completed, found.unended) == (0, 4)
    assert [(outcome, h.count) for _, outcome, _, h in found.recorded] == [("unended", 4)] * 2
    operations = list(read([str(tmp_path / "history.csv")]))
    assert [(o.key, o.outcome) for o in operations] == [('a, "b"', "unknown")] * 4


BROKEN = [
    ("nowhere:Buyer", "there is no module nowhere"),
    ("buying:Byer", "buying has no `Byer`"),
    ("buying:broken", "is no class of assay.scripts.Journey"),
    ("wrong:Buyer", "No module named 'nothing_like_this'"),
]


@pytest.mark.integration
@pytest.mark.parametrize(("entry", "said"), BROKEN)
def test_a_script_that_cannot_run_says_why(
    shop: VisitOrder, tmp_path: Path, entry: str, said: str
) -> None:
    with pytest.raises(ScriptError, match=said):
        visit(replace(shop, entry=entry), tmp_path / "log")


@pytest.mark.integration
async def test_a_block_that_is_cancelled_leaves_no_process(
    shop: VisitOrder, tmp_path: Path
) -> None:
    history = str(tmp_path / "history.csv")
    order = replace(shop, entry="buying:Stuck", duration_s=60.0, history=history)
    task = asyncio.create_task(run_journey(order, ["ok"], 9.0, tmp_path / "log"))
    me = psutil.Process()
    while not (workers := [p for p in me.children() if "assay.hosting.worker" in p.cmdline()]):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not [p for p in workers if p.is_running()]


TIMES = st.floats(-3, 12, allow_nan=False)
VISITS = st.lists(
    st.builds(
        lambda subject, outcome, a, b: Visited(subject, outcome, min(a, b), max(a, b)),
        st.none() | st.sampled_from("abc"),
        st.sampled_from(["ok", "refused"]),
        TIMES,
        TIMES,
    ),
    max_size=40,
)


@given(VISITS, st.sets(st.sampled_from("abc")), st.floats(0.1, 9))
def test_every_visit_of_the_block_has_one_outcome(
    visits: list[Visited], disputed: set[str], bound_s: float
) -> None:
    order = replace(ORDER, duration_s=8.0)
    steps = [Step("GET /", "ok", v.began_s, v.ended_s) for v in visits]
    found = result_of(order, Visits(0, visits, steps, 0.1, 0), frozenset(["ok"]), bound_s)
    found = found.less(disputed)
    inside = [v for v in visits if 0 <= v.ended_s < 8]
    counted = {
        outcome: h.count
        for name, outcome, clock, h in found.recorded
        if (name, clock) == (order.entry, "latency")
    }
    assert sum(counted.values()) == len(inside) == sum(s.completed for s in found.slices)
    well = [
        v
        for v in inside
        if v.outcome == "ok" and v.subject not in disputed and v.ended_s - v.began_s <= bound_s
    ]
    assert counted.get("ok", 0) == len(well)


@given(st.floats(0.5, 12.0))
def test_steady_visits_are_level_however_long_the_block(seconds: float) -> None:
    """Slices of one length: half a second at the end of 1.5 s once looked like a fall."""
    at_s = [(n + 0.5) * seconds / 500 for n in range(500)]
    visits = [Visited(f"o-{n}", "ok", at, at) for n, at in enumerate(at_s)]
    order = replace(ORDER, duration_s=seconds)
    found = result_of(order, Visits(0, visits, [], 0.1, 0), frozenset({"ok"}), 60.0)
    assert sum(each.completed for each in found.slices) == 500
    assert level(found.slices)
