"""Stacks of small real servers, in folders of the test's own."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from assay.systems import Event, LocalSystem, read_stack
from assay.systems.proc import identity_of

PROGRAMS = Path(__file__).with_name("programs")


@pytest.fixture
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A register and a folder for temporary files of the test's own; gives the latter."""
    for name in ("state", "tmp"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path / "tmp"


@dataclass
class Bench:
    """Where a test builds its systems."""

    folder: Path
    tmp: Path
    events: list[Event] = field(default_factory=list)

    def write(self, text: str) -> Path:
        """A stack file; `PROGRAMS` in it stands for the folder of the test programs."""
        path = self.folder / "stack.yaml"
        path.write_text(text.replace("PROGRAMS", str(PROGRAMS)))
        return path

    def system(self, text: str, variants: dict[str, dict[str, str]] | None = None, **options):
        return LocalSystem(
            read_stack(self.write(text)),
            {"only": {}} if variants is None else variants,
            self.folder / "logs",
            self.events.append,
            **options,
        )

    def kinds(self, *processes: str) -> list[tuple[str, str]]:
        return [(e.kind, e.process) for e in self.events if not processes or e.process in processes]

    async def seen(self, kind: str, process: str, limit_s: float = 20) -> Event:
        """The first such event, once it has happened."""

        def find() -> Event | None:
            return next((e for e in self.events if (e.kind, e.process) == (kind, process)), None)

        await until(find, limit_s)
        event = find()
        assert event
        return event

    def log(self, name: str) -> str:
        return (self.folder / "logs" / f"{name}.log").read_text()


@pytest.fixture
def bench(tmp_path: Path, own_state: Path) -> Iterator[Bench]:
    yield Bench(tmp_path, own_state)
    assert not list(own_state.glob("assay-*/")), "a scratch folder is left"
    assert not list((tmp_path / "state").glob("assay/runs/*")), "an entry is left in the register"


async def until(holds: Callable[[], object], limit_s: float = 20) -> None:
    """Wait for a condition; the test fails where it does not come true."""
    end_s = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end_s, "waited in vain"
        await asyncio.sleep(0.01)


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., object]:
    return until


@pytest.fixture
def alive() -> Callable[[Sequence[int] | set[int]], list[int]]:
    """Which of some processes still live."""
    return lambda pids: [pid for pid in pids if identity_of(pid)]
