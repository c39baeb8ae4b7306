"""A disk of a process's own, filled and relieved, and gone when the run is over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.systems import CommandFailed, clean_leftovers, disks

pytestmark = pytest.mark.integration
ROOT_ALONE = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")

STACK = """
assay: 1
switches: { kind: [one, other] }
processes:
  store:
    by: { kind: { one: {}, other: {} } }
    run: ["{python}", PROGRAMS/keeping.py, "{port}", "{scratch}/lines"MORE]
    ready: { tcp: "{port}" }
    disk: 4MB
  plain:
    by: { kind: { one: {}, other: {} } }
    run: [sleep, "600"]
"""


def mounts(bench) -> list[str]:
    lines = Path("/proc/mounts").read_text().splitlines()
    return [line for line in lines if str(bench.tmp) in line]


@ROOT_ALONE
async def test_it_is_full_until_it_is_relieved(bench, until) -> None:
    async with bench.system(STACK.replace("MORE", "")) as system:
        await system.up(["only"])
        [line] = mounts(bench)
        assert "size=3908k" in line
        said = await system.fill("only", "store")
        assert said.endswith(" MB of ballast, and it was full")
        await until(lambda: "No space left on device" in bench.log("store.only"))
        system.check()
        assert await system.relieve("only", "store") == ""
        system.check()
        [folder] = bench.tmp.glob("assay-*/store.only")
        assert [each.name for each in folder.iterdir()] == ["lines"]
        size = (folder / "lines").stat().st_size
        await until(lambda: (folder / "lines").stat().st_size > size)
    assert not mounts(bench)


@ROOT_ALONE
async def test_who_ends_of_it_is_started_again_on_what_it_left(bench, until) -> None:
    async with bench.system(STACK.replace("MORE", ", frail")) as system:
        await system.up(["only"])
        [folder] = bench.tmp.glob("assay-*/store.only")
        await until(lambda: (folder / "lines").exists())
        before = (folder / "lines").stat().st_size
        await system.fill("only", "store")
        await until(lambda: len(system.pids()) == 1)
        system.check()
        assert await system.relieve("only", "store") == "exit status 7"
        assert (folder / "lines").stat().st_size >= before
        assert len(system.pids()) == 2
        system.check()
    assert not mounts(bench)


@ROOT_ALONE
async def test_a_fresh_start_has_a_fresh_disk(bench) -> None:
    async with bench.system(STACK.replace("MORE", "")) as system:
        await system.up(["only"])
        await system.fill("only", "store")
        await system.restart(["only"])
        assert len(mounts(bench)) == 1
        await system.fill("only", "store")
    assert not mounts(bench)


@ROOT_ALONE
def test_the_disk_of_a_killed_assay_is_taken_away_by_who_cleans_up(bench) -> None:
    program = Path(__file__).with_name("programs") / "assay_up.py"
    stack = bench.write(STACK.replace("MORE", ""))
    with subprocess.Popen(
        [sys.executable, program, stack, bench.folder / "logs"], stdout=subprocess.PIPE, text=True
    ) as assay:
        assert assay.stdout
        assert assay.stdout.readline() == "up\n"
        assert len(mounts(bench)) == 1
        assay.kill()
    assert len(mounts(bench)) == 1
    for _ in range(2):
        clean_leftovers(bench.events.append)
    assert not mounts(bench)
    assert len(bench.events) == 1


def test_why_none_is_mounted_is_told(tmp_path: Path) -> None:
    with pytest.raises(disks.NotMounted, match=r"No such file|not permitted"):
        disks.mount(tmp_path / "nowhere", 4096)


async def test_where_none_can_be_mounted_it_is_told(bench, monkeypatch) -> None:
    def refused(*_: object) -> None:
        raise disks.NotMounted("Operation not permitted")

    monkeypatch.setattr(disks, "mount", refused)
    async with bench.system(STACK.replace("MORE", "")) as system:
        await system.up(["only"])
        with pytest.raises(CommandFailed, match="could not be mounted: Operation not permitted"):
            await system.fill("only", "store")
        with pytest.raises(CommandFailed, match=r"plain \(only\) has no `disk` of its own"):
            await system.fill("only", "plain")
        system.check()
        assert await system.relieve("only", "store") == ""
