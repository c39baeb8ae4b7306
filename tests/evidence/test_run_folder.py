import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assay.evidence import Block, EvidenceError, Run, RunFolder, RunRecord

Make = Callable[..., Block]


@pytest.fixture
def folder(tmp_path: Path, record: RunRecord) -> RunFolder:
    folder = RunFolder.create(tmp_path / "runs")
    folder.write_record(record)
    return folder


def same(one: Block, other: Block) -> bool:
    """Histograms have no equality of their own: their buckets are compared."""

    def plain(block: Block) -> object:
        buckets = [r.histogram.counts() for r in block.recorded]
        return (
            replace(block, recorded=(), lag=None),  # type: ignore[arg-type]
            [(r.request, r.outcome, r.clock) for r in block.recorded],
            buckets,
            block.lag.counts(),
        )

    return plain(one) == plain(other)


def test_a_finished_run_is_read_back_bit_for_bit(
    folder: RunFolder, record: RunRecord, make_block: Make
) -> None:
    blocks = [make_block(number) for number in (1, 2, 3)]
    for block in blocks:
        folder.append(block)
    folder.event("died", process="lookup", detail="out of memory", after_s=1.5)
    folder.finish([{"name": "lookup-p99", "outcome": "PROVED"}])

    run = Run.open(folder.path)

    assert [same(a, b) for a, b in zip(run.blocks, blocks, strict=True)] == [True] * 3
    assert run.record == replace(record, finished_utc=run.record.finished_utc)
    assert run.record.finished_utc is not None
    assert [(e.kind, e.fields["process"]) for e in run.events] == [("died", "lookup")]
    assert run.verdicts == ({"name": "lookup-p99", "outcome": "PROVED"},)
    assert run.notes == ()


@pytest.mark.parametrize("request_name", ['a "quoted", name', "two\nlines", "cr\rlf", "ünï\u2028"])
def test_request_names_survive_the_table(
    folder: RunFolder, make_block: Make, request_name: str
) -> None:
    block = make_block(1, request_name)
    folder.append(block)
    assert same(Run.open(folder.path).blocks[0], block)


def test_folders_of_the_same_second_differ(tmp_path: Path) -> None:
    folders = {RunFolder.create(tmp_path).path for _ in range(40)}
    assert len(folders) == 40
    assert all(folder.joinpath("logs").is_dir() for folder in folders)


def test_other_tools_read_the_tables(folder: RunFolder, make_block: Make) -> None:
    folder.append(make_block(1))

    rows = table(folder.path / "histograms.csv")
    lines = [json.loads(line) for line in (folder.path / "blocks.jsonl").read_text().splitlines()]

    answered = sum(
        int(row["count"]) for row in rows if row["clock"] == "latency" and row["outcome"] == "ok"
    )
    assert answered == 1_999
    assert sum(int(row["count"]) for row in rows if row["clock"] == "lag") == 3_000
    assert lines[0]["variant"] == "before"
    assert lines[0]["machine"]["hiccups"][0]["longest_us"] == 1_400
    assert [row["p99_us"] for row in table(folder.path / "slices.csv")] == ["988.25", "0.0"]


def table(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


def test_a_run_that_was_cut_off_keeps_its_whole_blocks(folder: RunFolder, make_block: Make) -> None:
    folder.append(make_block(1))
    lines_before = (folder.path / "blocks.jsonl").read_text()
    folder.append(make_block(2))
    second = (folder.path / "blocks.jsonl").read_text().removeprefix(lines_before)

    for cut in (1, len(second) // 2, len(second) - 2):
        (folder.path / "blocks.jsonl").write_text(lines_before + second[:cut])
        run = Run.open(folder.path)
        assert [block.id for block in run.blocks] == ["0001-before-lookup"]
        assert "Half a line at the end of blocks.jsonl was dropped." in run.notes
        assert run.notes[0].startswith("The run was cut off")


def test_rows_of_a_block_that_never_ended_do_not_count(folder: RunFolder, make_block: Make) -> None:
    folder.append(make_block(1))
    with (folder.path / "histograms.csv").open("a") as file:
        file.write("0002-before-lookup,x,ok,latency,300,5\n0002-bef")
    assert len(Run.open(folder.path).blocks) == 1


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda p: (p / "run.json").unlink(), "is no run folder: it has no run.json"),
        (lambda p: (p / "run.json").write_text('{"format": 1,'), "run.json:1: this is no JSON"),
        (lambda p: (p / "run.json").write_text('{"format": 9}'), "field format is 9"),
        (lambda p: (p / "run.json").write_text('{"format": 1}'), "field id is"),
        (lambda p: (p / "histograms.csv").unlink(), "histograms.csv is missing"),
        (lambda p: (p / "slices.csv").write_text("a,b\n"), "slices.csv:1: the columns are"),
        (
            lambda p: _rewrite(p / "histograms.csv", lambda t: "\n".join(t.split("\n")[:3])),
            "blocks.jsonl:1: histograms.csv holds 1998 values of lookup, by id ok latency",
        ),
        (
            lambda p: _rewrite(p / "histograms.csv", lambda t: t[: len(t) // 2]),
            "is no row of block, request, outcome, clock, upper_us, count",
        ),
        (
            lambda p: _rewrite(p / "histograms.csv", lambda t: t.replace("300,1990", "300,many")),
            "histograms.csv:2: ",
        ),
        (
            lambda p: _rewrite(p / "slices.csv", lambda t: "\n".join(t.split("\n")[:2])),
            "blocks.jsonl:1: slices.csv holds 1 rows of this block, not 2",
        ),
        (
            lambda p: _rewrite(p / "blocks.jsonl", lambda t: t.replace('"pair": 1', '"pair": []')),
            "blocks.jsonl:1: field pair is []",
        ),
        (
            lambda p: _rewrite(p / "blocks.jsonl", lambda t: t.replace('"seed"', '"sed"')),
            "blocks.jsonl:1: field seed is missing",
        ),
        (
            lambda p: _rewrite(p / "blocks.jsonl", lambda t: "{\n" + t),
            "blocks.jsonl:1: this is no JSON",
        ),
    ],
)
def test_damage_is_named_with_file_and_line(
    folder: RunFolder, make_block: Make, damage: Callable[[Path], object], words: str
) -> None:
    folder.append(make_block(1))
    damage(folder.path)
    with pytest.raises(EvidenceError) as caught:
        Run.open(folder.path)
    assert words in str(caught.value)
    assert str(folder.path) in str(caught.value)


def _rewrite(file: Path, change: Callable[[str], str]) -> None:
    file.write_text(change(file.read_text()))


def test_a_folder_of_runs_is_answered_with_its_newest(folder: RunFolder) -> None:
    with pytest.raises(EvidenceError, match=f"{folder.id} would do"):
        Run.open(folder.path.parent)


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="is not there; a run folder such as"):
        Run.open(tmp_path / "nothing")


def test_a_root_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EvidenceError, match="no run folder can be made here"):
        RunFolder.create(tmp_path / "file" / "runs")


KILLED = """
import sys
from pathlib import Path
from assay.evidence import Run, RunFolder
source = Run.open(Path(sys.argv[1]))
folder = RunFolder(Path(sys.argv[2]))
folder.write_record(source.record)
number = 0
while True:
    number += 1
    from dataclasses import replace
    folder.append(replace(source.blocks[0], id=f"{number:04d}-before-lookup"))
    print(number, flush=True)
"""


@pytest.mark.integration
def test_a_run_killed_while_it_writes_is_readable(
    folder: RunFolder, make_block: Make, tmp_path: Path
) -> None:
    folder.append(make_block(1))
    killed = RunFolder.create(tmp_path)
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder.path), str(killed.path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    with writer.stdout as said:
        seen = 0
        while seen < 20:
            seen = int(said.readline())
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()

    run = Run.open(killed.path)

    assert len(run.blocks) >= 20
    assert all(block.lag.count == 3_000 for block in run.blocks)
    assert run.record.finished_utc is None
