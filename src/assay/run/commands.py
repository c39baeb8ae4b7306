"""What each command does, in the order of the pipeline; `cli.py` holds their names and options."""

from __future__ import annotations

import asyncio
import json
import shlex
import signal
import sys
from collections.abc import Coroutine, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from assay import reports
from assay.claims import ClaimsDocument, json_schema, parse_duration_s, read_claims, template
from assay.documents import Document
from assay.evidence import Run, RunFolder
from assay.load import adhoc
from assay.load.cores import divide_cores
from assay.load.generator import run_block
from assay.reports import formatting as f
from assay.run import keeping, recording
from assay.run.conduct import Conductor
from assay.run.counters import Counters
from assay.run.exits import ExitCode, UsageError, code_of
from assay.run.judging import judge_run
from assay.run.plan import Plan, make_plan
from assay.run.seeds import fresh_seed
from assay.run.stage import checked_stack, open_system
from assay.run.workloads import Workloads
from assay.systems import Event, ProcessDied, Stack, clean_leftovers
from assay.verdicts import Verdict

T = TypeVar("T")


def duration_s(text: str, option: str) -> float:
    """`90s`, `10m`, `1h` in seconds. Raises UsageError naming the option."""
    try:
        return parse_duration_s(text)
    except ValueError:
        raise UsageError(f"{option} is `{text}`; a time such as 90s, 10m or 1h would do") from None


def prove(
    file: Path, only: Sequence[str], budget: str, out: Path, seed: int | None, as_json: bool
) -> ExitCode:
    """The pipeline: claims file → plan → systems → load → evidence → verdicts → reports."""
    claims = read_claims(file)
    plan = make_plan(
        claims,
        only=only,
        seed=fresh_seed() if seed is None else seed,
        budget_s=duration_s(budget, "--budget"),
    )
    stack = checked_stack(claims)
    folder = RunFolder.create(out)
    command = shlex.join(["assay", "prove", *sys.argv[2:]])
    folder.write_record(recording.begin(folder.path.name, command, plan, claims))
    with _observer() as observer:
        verdicts = _run(_prove(claims, stack, plan, folder, observer))
    folder.finish(reports.verdict_documents(verdicts))
    return _tell(folder.path, verdicts, as_json)


async def _prove(
    claims: ClaimsDocument,
    stack: Document[Stack] | None,
    plan: Plan,
    folder: RunFolder,
    observer: reports.LiveProgress,
) -> list[Verdict]:
    cores = divide_cores()
    async with open_system(claims, stack, folder, observer, cores) as system:
        workloads = Workloads(claims, system, cores, folder.logs)
        async with Counters(claims, system) as counters:
            conductor = Conductor(
                plan, claims, system, workloads, counters, folder, observer, cores
            )
            try:
                return await conductor.run()
            except ProcessDied as death:
                observer.note(str(death))
                return conductor.cut_short(str(death))


def _tell(run_path: Path, verdicts: Sequence[Verdict], as_json: bool) -> ExitCode:
    """Write every report, print the table or the JSON document, and give the exit code."""
    run = Run.open(run_path)
    written = reports.write_reports(run_path, run, verdicts)
    if as_json:
        print(json.dumps(reports.as_json(run, verdicts), indent=2, allow_nan=False))
    else:
        reports.print_table(Console(), verdicts)
        reports.print_matrices(Console(), run.blocks)
    for path in written:
        if path.suffix == ".html":
            print(f"report: {path}", file=sys.stderr)
    return code_of(verdicts)


def report(run_path: Path, as_json: bool) -> ExitCode:
    """Judge the run's raw evidence again and write the reports anew."""
    run = Run.open(run_path)
    verdicts = judge_run(run)
    said = {verdict["name"]: verdict["outcome"] for verdict in run.verdicts}
    for verdict in verdicts:
        if said.get(verdict.name, verdict.outcome) != verdict.outcome:
            print(
                f"assay: {verdict.name} was {said[verdict.name]} when it was measured; "
                "the method has changed since",
                file=sys.stderr,
            )
    return _tell(run_path, verdicts, as_json)


def check(file: Path) -> None:
    """Read and plan, and say what `prove` would do."""
    claims = read_claims(file)
    plan = make_plan(claims, only=(), seed=0, budget_s=600.0)
    checked_stack(claims)
    print(f"{file}: {f.counted(len(plan.order), 'row')}, no mistakes")
    for comparison in plan.comparisons:
        for asked in comparison.asked:
            kind = "claim" if asked.judged else "shown"
            print(f"  {kind}  {asked.name}: {asked.formula}")
        print(
            f"         blocks of {comparison.block_s:.1f} s on {' and '.join(comparison.variants)}"
        )


def print_schema() -> None:
    """The JSON Schema of claims files."""
    print(json.dumps(json_schema(), indent=2))


def init(file: Path, url: str, force: bool) -> None:
    """Write the template, never over a file that is there."""
    text = template(url)
    if file.exists() and not force:
        raise UsageError(f"{file} is there already; another name (--file) or --force would do")
    file.write_text(text, encoding="utf-8")
    print(f"wrote {file}; see what is in it, then: assay prove {file}")


def load(asked: adhoc.AdHoc, as_json: bool) -> None:
    """One block on one address."""
    spec = adhoc.spec_of(asked)
    with _observer() as observer:
        result = _run(
            run_block(
                spec,
                {},
                lambda p: observer.running(asked.url, p.elapsed_s, spec.duration_s),
            )
        )
    document = adhoc.summary(spec, result)
    if as_json:
        print(json.dumps(document, indent=2))
    else:
        reports.print_load(Console(), asked.url, document)
    for outcome, words in result.first_errors[:3]:
        print(f"{outcome}: {words}", file=sys.stderr)


def up(file: Path, variant: str | None) -> None:
    """Start in the background; print each variant's addresses."""
    for line in keeping.up(read_claims(file), variant):
        print(line)


def down(file: Path) -> None:
    """Stop what `up` started."""
    print(keeping.down(read_claims(file)))


def heal() -> None:
    """Clean up after runs that were killed."""
    found: list[Event] = []
    clean_leftovers(found.append)
    for event in found:
        print(event.detail)
    if not found:
        print("nothing is left of any run that was killed")


@contextmanager
def _observer() -> Generator[reports.LiveProgress]:
    with reports.LiveProgress(Console(stderr=True)) as live:
        yield live


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; SIGTERM is treated as Ctrl-C, so that everything is cleaned up."""

    async def guarded() -> T:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
