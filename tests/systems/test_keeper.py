"""`assay up` and `assay down`: a real keeper in the background."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from urllib.request import urlopen

import pytest

from assay.systems import (
    KeeperError,
    StartFailed,
    clean_leftovers,
    keeper_of,
    start_keeper,
    stop_keeper,
)
from assay.systems.proc import identity_of, scan, wait_until_gone

pytestmark = pytest.mark.integration

WEB = """
assay: 1
switches: { kind: [plain, other] }
processes:
  store: { run: ["{python}", PROGRAMS/web.py, "{port}"], ready: { http: "{port}" } }
  web:
    needs: [store]
    run: ["{python}", PROGRAMS/web.py, "{port}"]
    by: { kind: { plain: {}, other: {} } }
    ready: { http: "{port}" }
    serves: { web: "http://127.0.0.1:{port}" }
"""
VARIANTS = {"before": {"kind": "plain"}, "after": {"kind": "other"}}


def test_up_then_down(bench) -> None:
    stack = bench.write(WEB)
    keeper = start_keeper(stack, VARIANTS, bench.folder / "logs", bench.events.append)
    addresses = [keeper.addresses[variant]["web"] for variant in VARIANTS]
    assert bench.kinds("store") == [("starting", "store"), ("ready", "store")]
    assert [urlopen(str(address)).status for address in addresses] == [200, 200]
    assert os.getsid(keeper.identity.pid) == keeper.identity.pid
    assert keeper_of(stack) == keeper
    with pytest.raises(KeeperError, match=f"is up already, kept by process {keeper.identity.pid}"):
        start_keeper(stack, VARIANTS, bench.folder / "logs")
    clean_leftovers(bench.events.append)
    assert urlopen(str(addresses[0])).status == 200, "a keeper is an assay process that lives"

    stop_keeper(stack)
    assert keeper_of(stack) is None
    for address in addresses:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address.host, address.port))
    with pytest.raises(KeeperError, match=r"no system of .*stack.yaml is up"):
        stop_keeper(stack)


def test_a_start_that_fails_is_told_and_leaves_no_keeper(bench) -> None:
    stack = bench.write(
        "assay: 1\nprocesses: { it: { run: [sh, -c, 'echo why; false'], once: true } }"
    )
    with pytest.raises(StartFailed) as failed:
        start_keeper(stack, {"only": {}}, bench.folder / "logs")
    assert (failed.value.process, failed.value.reason) == ("it", "failed: exit status 1")
    assert failed.value.tail == ("why",)
    assert keeper_of(stack) is None


def test_down_ends_a_start_that_is_under_way(bench) -> None:
    stack = bench.write(WEB.replace('http: "{port}" }', "log: never, within: 10m }"))
    told: list[BaseException] = []

    def start() -> None:
        try:
            start_keeper(stack, VARIANTS, bench.folder / "logs", bench.events.append)
        except KeeperError as error:
            told.append(error)

    starting = threading.Thread(target=start)
    starting.start()
    while ("starting", "store") not in bench.kinds():
        time.sleep(0.01)
    stop_keeper(stack)
    starting.join(20)
    assert "ended before the system was up" in str(told[0])


def test_a_killed_keeper_takes_its_processes_along(bench) -> None:
    stack = bench.write(WEB)
    keeper = start_keeper(stack, VARIANTS, bench.folder / "logs")
    kept = [seen.identity for seen in scan() if seen.parent == keeper.identity.pid]
    assert len(kept) == 3
    os.kill(keeper.identity.pid, signal.SIGKILL)
    assert wait_until_gone([*kept, keeper.identity], 10)
    os.waitpid(keeper.identity.pid, 0)
    assert keeper_of(stack) is None
    keeper = start_keeper(stack, VARIANTS, bench.folder / "logs", bench.events.append)
    assert bench.events[0].kind == "cleaned"
    stop_keeper(stack)
    assert identity_of(keeper.identity.pid) is None
