"""Whole runs of the command on small real systems, in folders of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner

from assay.cli import app

PROGRAMS = Path(__file__).with_name("programs")
SERVER = f'"{{python}}", {PROGRAMS}/known_latency.py, "{{port}}"'


def wait_for(condition: Callable[[], object], within_s: float = 90.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not so within {within_s:g} s"
        time.sleep(0.02)


@dataclass
class House:
    """Where assay runs: what it may leave behind can be seen."""

    folder: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    seen: set[psutil.Process] = field(default_factory=set)

    def write(self, claims: str, stack: str = "") -> Path:
        """The claims file; SERVER in the stack is how the server of known latency is run."""
        (self.folder / "stack.yaml").write_text(stack.replace("SERVER", SERVER))
        path = self.folder / "claims.yaml"
        path.write_text(claims)
        return path

    @property
    def environment(self) -> dict[str, str]:
        ours = {"XDG_RUNTIME_DIR": self.folder / "state", "TMPDIR": self.folder / "tmp"}
        return os.environ | {name: str(path) for name, path in ours.items()} | {"COLUMNS": "200"}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", "from assay.cli import main; main()", *arguments]
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A background job of a shell hands on that it ignores Ctrl-C; these tests press it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.started.append(process)
        return process

    def run(self, *arguments: str, within_s: float = 200.0) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        process = self.start(*arguments)
        told, progress = process.communicate(timeout=within_s)
        return process.returncode, told, progress

    def check(self, path: Path) -> tuple[int, str, str]:
        """What `assay check` says of it, as `run` gives it, without a process of its own."""
        found = CliRunner().invoke(app, ["check", str(path)], env={"COLUMNS": "200"})
        return found.exit_code, found.stdout, found.stderr

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Of the newest run, as far as it has come."""
        files = sorted(self.folder.glob("runs/*/events.jsonl"))
        lines = files[-1].read_text().splitlines() if files else []
        found = [json.loads(line) for line in lines]
        return [each["fields"] for each in found if each["kind"] == kind]

    def blocks(self) -> int:
        files = sorted(self.folder.glob("runs/*/blocks.jsonl"))
        return len(files[-1].read_text().splitlines()) if files else 0

    def processes(self) -> set[psutil.Process]:
        """Everything that assay has started and that lives now; remembered for `left`."""
        for process in self.started:
            try:
                self.seen.update(psutil.Process(process.pid).children(recursive=True))
            except psutil.NoSuchProcess:
                continue
        return {process for process in self.seen if _lives(process)}

    def left(self) -> list[object]:
        """What a run that is over has left behind: processes, scratch folders, entries."""
        folders = [*self.folder.glob("tmp/*"), *self.folder.glob("state/assay/runs/*")]
        return [*self.processes(), *folders]


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    for name in ("state", "tmp"):
        (tmp_path / name).mkdir()
    house = House(tmp_path)
    yield house
    for process in house.started:
        if process.poll() is None:
            process.kill()
        process.communicate()
    for process in house.processes():
        process.kill()


@pytest.fixture
def front_and_till(house: House) -> str:
    """The stack of a shop whose front asks its till over a link; its scripts are in the house."""
    shutil.copy(PROGRAMS / "kept_orders.py", house.folder / "scripts.py")
    text = (PROGRAMS / "front_and_till.yaml").read_text()
    return text.replace("PROGRAMS", str(PROGRAMS)).replace("PYTHON", sys.executable)


@pytest.fixture
def buying() -> str:
    """What claims about that shop begin with: who buys, and the audit of what they were told."""
    return (PROGRAMS / "buying.yaml").read_text()


@pytest.fixture(name="wait_for")
def wait_for_fixture() -> Callable[..., None]:
    return wait_for
