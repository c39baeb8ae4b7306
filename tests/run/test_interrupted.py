"""A run that is ended before its time leaves nothing behind, at whatever stage."""

from __future__ import annotations

import signal
import socket

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.long]

STACK = """
assay: 1
switches: { speed: [one, other] }
processes:
  shared: { run: [SERVER, "1"], ready: { tcp: "{port}" } }
  page:
    needs: [shared]
    by:
      speed: { one: { run: [SERVER, "1"] }, other: { run: [SERVER, "1"] } }
    ready: { http: "{port}/healthz" }
    serves: { page: "http://127.0.0.1:{port}" }
"""
NEVER_READY = STACK.replace('/healthz"', '/healthz", within: 10m').replace(
    'other: { run: [SERVER, "1"] }', "other: { run: [sleep, '600'] }"
)
CLAIMS = """
assay: 1
system: stack.yaml
variants: { a: { speed: one }, b: { speed: other } }
workloads:
  page: { to: page, get: /, rate: 50/s }
claims:
  p50:
    says: One is twice as fast as the other.
    prove: a.page.p50 / b.page.p50 >= 2
"""

STAGES = {
    "starting the first process": (STACK, lambda house: house.events("starting")),
    "waiting for a process": (NEVER_READY, lambda house: len(house.events("starting")) == 3),
    "warming up": (STACK, lambda house: len(house.events("ready")) == 3),
    "in a block": (STACK, lambda house: len(house.events("warmed")) == 2),
    "between two pairs": (STACK, lambda house: house.blocks() == 2),
    "starting afresh": (STACK, lambda house: house.events("stopping")),
}


@pytest.mark.parametrize(
    ("stage", "how"),
    [*((stage, signal.SIGINT) for stage in STAGES), ("in a block", signal.SIGTERM)],
)
def test_nothing_is_left(house, wait_for, stage: str, how: signal.Signals) -> None:
    stack, reached = STAGES[stage]
    run = house.start("prove", str(house.write(CLAIMS, stack)), "--seed", "1")
    # That it is to start comes before it is there.
    wait_for(lambda: (reached(house) and house.processes()) or run.poll() is not None)
    run.send_signal(how)
    told, progress = run.communicate(timeout=20)
    assert run.returncode == 130, progress
    assert told == ""
    assert "interrupted; everything that was started has been stopped" in progress
    assert house.left() == []


@pytest.mark.measures
def test_what_an_interrupted_run_saw_can_be_read(house, wait_for) -> None:
    run = house.start("prove", str(house.write(CLAIMS, STACK)), "--seed", "1")
    wait_for(lambda: house.blocks() == 3)
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=20)
    [folder] = house.folder.glob("runs/*")
    code, told, _ = house.run("report", str(folder))
    assert code == 3
    assert "UNDECIDED  p50" in told
    assert "1 pair" in told


def test_a_killed_run_is_cleaned_up_by_the_next(house, wait_for) -> None:
    claims = str(house.write(CLAIMS, STACK))
    killed = house.start("prove", claims)
    wait_for(lambda: len(house.events("warmed")) == 2)
    ports = [port_of(process) for process in house.processes() if port_of(process)]
    assert len(ports) == 3
    killed.kill()
    killed.communicate()
    wait_for(lambda: not house.processes())
    assert house.left(), "a killed process cannot remove its folder"

    following = house.start("prove", claims)
    wait_for(lambda: house.events("cleaned"))
    following.send_signal(signal.SIGINT)
    following.communicate(timeout=20)
    assert house.left() == []
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def port_of(process) -> int | None:
    ports = [each.laddr.port for each in process.net_connections() if each.status == "LISTEN"]
    return ports[0] if ports else None


def test_a_service_that_dies_is_told_with_the_end_of_its_log(house, wait_for) -> None:
    run = house.start("prove", str(house.write(CLAIMS, STACK)))
    wait_for(lambda: len(house.events("warmed")) == 2)
    max((p for p in house.processes() if port_of(p)), key=lambda p: p.create_time()).kill()
    told, progress = run.communicate(timeout=30)
    assert run.returncode == 3
    assert "INVALID    p50" in told
    assert "page (" in told
    assert "died: killed by SIGKILL" in told
    assert "the last lines of" in progress
    assert "serving with a median of 5 ms" in progress
    assert house.left() == []


def test_a_service_that_never_starts_ends_the_run(house) -> None:
    stack = STACK.replace('other: { run: [SERVER, "1"] }', "other: { run: [ls, /nowhere] }")
    code, told, progress = house.run("prove", str(house.write(CLAIMS, stack)))
    assert (code, told) == (4, "")
    assert "page (b)" in progress
    assert "/nowhere" in progress, "the end of its log"
    assert house.left() == []
