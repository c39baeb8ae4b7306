"""Real processes that do not want to end, and what becomes of them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.systems import Event, ProcessDied, StartFailed, SystemDown, clean_leftovers
from assay.systems.proc import Identity, identity_of, wait_until_gone
from assay.systems.register import Machine, Run

pytestmark = pytest.mark.integration

STUBBORN = """
assay: 1
processes:
  stubborn:
    run: ["{python}", PROGRAMS/stubborn.py]
    ready: { log: not listening }
    stop_within: STOP_WITHIN
"""
BROOD = """
assay: 1
processes:
  brood:
    run: ["{python}", PROGRAMS/brood.py, "{root}/brood.pids"]
    ready: { log: complete }
"""
NEVER_READY = """
assay: 1
processes:
  store: { run: ["{python}", PROGRAMS/web.py, "{port}"], ready: { tcp: "{port}" } }
  late: { run: [sleep, "600"], needs: [store], ready: { log: never } }
  last: { run: [sleep, "600"], needs: [late] }
"""


@pytest.fixture
def ignore_sigint() -> Iterator[None]:
    """As it is for an assay in the background of a script; a shell could not catch it then."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


def brood(bench) -> list[int]:
    return [int(pid) for pid in (bench.folder / "brood.pids").read_text().split()]


async def test_who_does_not_stop_is_killed(bench, alive) -> None:
    async with bench.system(STUBBORN.replace("STOP_WITHIN", "200ms")) as system:
        await system.up(["only"])
        pids = system.pids()
    assert bench.events[-1].kind == "stopped"
    assert bench.events[-1].detail == "killed by SIGKILL"
    assert bench.events[-1].seconds >= 0.2
    assert not alive(pids)


async def test_a_stop_signal_of_its_own(bench, ignore_sigint) -> None:
    stack = """
assay: 1
processes:
  it: { run: [sh, -c, "trap 'exit 7' INT; echo set; sleep 600 & wait"], stop_signal: SIGINT,
        ready: { log: set } }
"""
    async with bench.system(stack) as system:
        await system.up(["only"])
    assert bench.events[-1].detail == "exit status 7"


async def test_descendants_are_found_wherever_they_hide(bench, alive) -> None:
    async with bench.system(BROOD) as system:
        await system.up(["only"])
        child, daemon, orphan = brood(bench)
        assert {child, daemon, orphan} < system.pids("only") | system.pids()
        assert os.getsid(daemon) == daemon
        assert b"ASSAY_RUN" not in environment(orphan)
    assert not alive([child, daemon, orphan])


async def test_a_death_is_told_with_the_end_of_the_log(bench, alive) -> None:
    async with bench.system(BROOD) as system:
        await system.up(["only"])
        [main] = system.pids() - {*brood(bench)}
        os.kill(main, signal.SIGKILL)
        died = await bench.seen("died", "brood")
        assert died.detail == "killed by SIGKILL"
        with pytest.raises(ProcessDied) as death:
            system.check()
        assert (death.value.process, death.value.variant) == ("brood", None)
        assert death.value.reason == "died: killed by SIGKILL"
        assert death.value.tail == ("brood is complete",)
        assert "brood died: killed by SIGKILL\nthe last lines of " in str(death.value)
    assert not alive(brood(bench))


async def test_leaving_by_an_error_takes_the_system_down(bench, alive) -> None:
    pids: set[int] = set()

    async def use() -> None:
        async with bench.system(BROOD) as system:
            await system.up(["only"])
            pids.update(system.pids())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await use()
    assert len(pids) == 4
    assert not alive(pids)


async def test_a_cancelled_start_leaves_nothing(bench, alive) -> None:
    async with bench.system(NEVER_READY) as system:
        starting = asyncio.create_task(system.up(["only"]))
        await bench.seen("starting", "late")
        pids = system.pids()
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
    assert pids
    assert not alive(pids)
    assert ("starting", "last") not in bench.kinds()


async def test_down_ends_a_start_that_is_under_way(bench, until, alive) -> None:
    system = bench.system(NEVER_READY)
    starting = asyncio.create_task(system.up(["only"]))
    await bench.seen("starting", "late")
    await until(lambda: len(system.pids()) == 2)
    pids = system.pids()
    await asyncio.gather(system.down(), system.down())
    await system.down()
    with pytest.raises(SystemDown, match="taken down while it was starting"):
        await starting
    assert not alive(pids)


async def test_an_impatient_down_kills(bench, alive) -> None:
    system = bench.system(STUBBORN.replace("STOP_WITHIN", "10m"))
    await system.up(["only"])
    pids = system.pids()
    stopping = asyncio.create_task(system.down())
    await bench.seen("stopping", "stubborn")
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    assert not alive(pids)


async def test_what_failed_beside_others_can_be_started_again(bench) -> None:
    stack = """
assay: 1
processes:
  late: { run: ["{python}", PROGRAMS/web.py, "{port}", "{root}/go"], ready: { http: "{port}" } }
  frail: { run: [test, -e, "{root}/go"], once: true }
"""
    async with bench.system(stack) as system:
        with pytest.raises(StartFailed, match="frail failed: exit status 1"):
            await system.up(["only"])
        (bench.folder / "go").touch()
        await system.up(["only"])
        system.check()
        assert len(system.pids()) == 1


def test_a_killed_assay_takes_its_processes_along(bench, alive) -> None:
    stack = bench.write(BROOD + STUBBORN.partition("processes:")[2].replace("STOP_WITHIN", "10m"))
    program = Path(__file__).with_name("programs") / "assay_up.py"
    with subprocess.Popen(
        [sys.executable, program, stack, bench.folder / "logs"], stdout=subprocess.PIPE, text=True
    ) as assay:
        assert assay.stdout
        assert assay.stdout.readline() == "up\n"
        [entry] = bench.folder.glob("state/assay/runs/*.json")
        [scratch] = bench.tmp.glob("assay-*")
        mains = [identity_of(int(p)) for p in children(assay.pid)]
        assert len(mains) == 2
        hidden = brood(bench)
        clean_leftovers(bench.events.append)
        assert alive(hidden) == hidden, "a run that is alive was touched"
        assert bench.events == []
        assay.kill()
    assert wait_until_gone([each for each in mains if each], 10)
    assert scratch.exists()
    assert alive(hidden) == hidden
    clean_leftovers(bench.events.append)
    assert not alive(hidden)
    assert not scratch.exists()
    assert not entry.exists()
    [event] = bench.events
    assert event.kind == "cleaned"
    assert "3 processes" in event.detail
    clean_leftovers(bench.events.append)
    assert len(bench.events) == 1


async def test_leftovers_are_cleaned_when_a_system_starts(bench) -> None:
    scratch = bench.tmp / "assay-deadbeef"
    scratch.mkdir()
    Run("deadbeef", Identity(os.getpid(), 1), Machine.here(), scratch)._write()
    async with bench.system(BROOD) as system:
        await system.up(["only"])
        assert bench.events[0] == Event(
            "cleaned",
            "deadbeef",
            detail=f"left by a run that was killed: 0 processes and {scratch}",
        )
        assert not scratch.exists()


def environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
