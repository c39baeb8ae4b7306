"""Commands of a stack: done to a process that runs, and undone whatever becomes of the run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assay.systems import CommandFailed, SystemsError, UndoFailed, UnknownName, clean_leftovers

pytestmark = pytest.mark.integration

STACK = """
assay: 1
switches: { kind: [one, other] }
processes:
  store:
    run: [sleep, "600"]
    env: { KEEPS: "{root}/kept" }
    commands:
      spoil:
        run: [sh, -c, "cp $XDG_RUNTIME_DIR/assay/runs/*.json $KEEPS && echo spoilt in {scratch}"]
        undo: [sh, -c, "rm -f $KEEPS; echo undone >> $KEEPS.log"]
      fail: { run: [sh, -c, "echo cannot; exit 3"], undo: [sh, -c, "echo undone >> $KEEPS.log"] }
      hang: { run: [sleep, "600"], within: 200ms }
      say-nothing: { run: ["true"] }
      be-nothing: { run: [no-such-program] }
      stay: { run: ["true"], undo: [test, -e, "{root}/mendable"] }
  own:
    by: { kind: { one: {}, other: {} } }
    run: [sleep, "600"]
    commands: { name: { run: [echo, "{scratch}"] } }
"""


async def test_what_undoes_it_is_written_down_before_it_is_done(bench) -> None:
    kept, log = bench.folder / "kept", bench.folder / "kept.log"
    async with bench.system(STACK) as system:
        await system.up(["only"])
        said = await system.do("only", "store", "spoil")
        assert said.startswith("spoilt in ")
        assert said.endswith("/store")
        assert "undone" in kept.read_text()
        await system.undo("only", "store", "spoil")
        assert not kept.exists()
        [entry] = bench.folder.glob("state/assay/runs/*.json")
        assert "undone" not in entry.read_text()
    assert log.read_text() == "undone\n"
    assert "spoilt in" in bench.log("store.spoil")


async def test_what_failed_is_undone_all_the_same(bench) -> None:
    async with bench.system(STACK) as system:
        await system.up(["only"])
        with pytest.raises(CommandFailed, match=r"^store\.fail: cannot$"):
            await system.do("only", "store", "fail")
    assert (bench.folder / "kept.log").read_text() == "undone\n"


@pytest.mark.parametrize(
    ("command", "why"),
    [("hang", "was not done within 0.2 s"), ("be-nothing", "could not be run: no-such-program")],
)
async def test_what_cannot_be_done_is_told(bench, command: str, why: str) -> None:
    async with bench.system(STACK) as system:
        await system.up(["only"])
        with pytest.raises(CommandFailed, match=why):
            await system.do("only", "store", command)
        assert len(system.pids()) == 2
        assert await system.do("only", "store", "say-nothing") == ""
        with pytest.raises(UnknownName, match="no command of store `spoill`; did you mean `spoil`"):
            await system.do("only", "store", "spoill")


async def test_each_variant_has_its_own(bench) -> None:
    variants = {"one": {}, "other": {"kind": "other"}}
    async with bench.system(STACK, variants) as system:
        await system.up(list(variants))
        said = {await system.do(variant, "own", "name") for variant in variants}
        assert {Path(each).name for each in said} == {"own.one", "own.other"}
        # What they share can be done something to in the name of either.
        assert await system.do("one", "store", "spoil") == await system.do(
            "other", "store", "spoil"
        )


async def test_a_fresh_start_begins_with_nothing_to_undo(bench) -> None:
    stack = STACK.replace("  store:\n", "  store:\n    by: { kind: { one: {}, other: {} } }\n")
    async with bench.system(stack) as system:
        await system.up(["only"])
        await system.do("only", "store", "spoil")
        await system.restart(["only"])
        assert (bench.folder / "kept.log").read_text() == "undone\n"
    assert (bench.folder / "kept.log").read_text() == "undone\n"


def test_what_a_killed_assay_has_done_is_undone_by_who_cleans_up(bench) -> None:
    with killed(bench, "spoil"):
        assert (bench.folder / "kept").exists()
    for _ in range(2):
        clean_leftovers(bench.events.append)
    assert not (bench.folder / "kept").exists()
    assert (bench.folder / "kept.log").read_text() == "undone\n"
    [event] = bench.events
    assert event.detail.endswith(", undone store.spoil")


def test_what_cannot_be_undone_stays_in_the_register(bench) -> None:
    with killed(bench, "stay"):
        pass
    clean_leftovers(bench.events.append)
    clean_leftovers(bench.events.append)
    assert len(bench.events) == 2
    assert "not undone: test -e" in bench.events[-1].detail
    (bench.folder / "mendable").touch()
    clean_leftovers(bench.events.append)
    assert bench.events[-1].detail.endswith(", undone store.stay")


async def test_a_run_does_not_end_as_if_all_were_undone(bench) -> None:
    system = bench.system(STACK)
    await system.up(["only"])
    await system.do("only", "store", "stay")
    with pytest.raises(UndoFailed, match=r"not undone: store\.stay"):
        await system.undo("only", "store", "stay")
    with pytest.raises(SystemsError, match="test -e"):
        await system.down()
    assert not system.pids()
    (bench.folder / "mendable").touch()
    await system.down()


@contextmanager
def killed(bench, command: str) -> Iterator[None]:
    """An assay that has carried out a command, and is killed on leaving."""
    program = Path(__file__).with_name("programs") / "assay_do.py"
    stack = bench.write(STACK)
    with subprocess.Popen(
        [sys.executable, program, stack, bench.folder / "logs", "store", command],
        stdout=subprocess.PIPE,
        text=True,
    ) as assay:
        assert assay.stdout
        assert assay.stdout.readline() == "done\n"
        yield
        assay.kill()
