"""Who runs, and what a run that was killed has left behind.

Each run has a small file in the state folder, written before its first process starts: its mark,
the assay process it belongs to, its scratch folder, the processes seen so far, what commands of the
stack have done that must be undone. A file whose assay process is gone tells the next start what to
kill, undo and remove.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from assay.systems import disks
from assay.systems.commands import Order
from assay.systems.errors import StateFolderError, UndoFailed
from assay.systems.proc import Identity, Seen, boot_id, identity_of, kill_families
from assay.systems.system import Event, OnEvent

_PREFIX = "assay-"


@dataclass(frozen=True)
class Machine:
    """Where pids mean something."""

    boot: str
    pid_namespace: str

    @classmethod
    def here(cls) -> Machine:
        return cls(boot_id(), os.readlink("/proc/self/ns/pid"))  # noqa: PTH115 - it names no file


@dataclass(frozen=True)
class Run:
    """One run as it stands in the register."""

    run: str
    """The mark that its processes carry."""
    owner: Identity
    machine: Machine
    scratch: Path
    """Of its own, in the folder for temporary files; others may walk through it, not list it."""
    processes: tuple[Identity, ...] = ()
    owed: tuple[Order, ...] = ()
    """What must be undone, each written down before it was done."""
    disks: tuple[Path, ...] = ()
    """Folders over which a file system may be mounted, each written down before it was."""

    @classmethod
    def begin(cls) -> Run:
        """Enter this process's new run into the register, then make its scratch folder."""
        owner = identity_of(os.getpid())
        assert owner is not None
        mark = uuid.uuid4().hex
        scratch = Path(tempfile.gettempdir()) / f"{_PREFIX}{mark}"
        run = cls(mark, owner, Machine.here(), scratch)
        run._write()
        scratch.mkdir()
        # Postgres, for one, runs as another user in there.
        scratch.chmod(0o711)
        return run

    def noting(self, processes: Collection[Identity]) -> Run:
        """The run with these processes in place of those noted before."""
        run = replace(self, processes=tuple(processes))
        run._write()
        return run

    def owing(self, undo: Order) -> Run:
        """The run that has this to undo, too."""
        return self._with_owed((*self.paid(undo).owed, undo))

    def paid(self, undo: Order) -> Run:
        """The run that has this to undo no longer."""
        return self._with_owed(tuple(each for each in self.owed if each != undo))

    def mounting(self, folder: Path) -> Run:
        """The run that has a file system there, too."""
        if folder in self.disks:
            return self
        run = replace(self, disks=(*self.disks, folder))
        run._write()
        return run

    def _with_owed(self, owed: tuple[Order, ...]) -> Run:
        run = replace(self, owed=owed)
        if owed != self.owed:
            run._write()
        return run

    def end(self) -> int:
        """Kill what is left of it, undo what is owed, the last first, unmount its disks, remove its
        folder and its entry; how many were killed.

        May be called again. OSError where the folder cannot be removed, UndoFailed where something
        is not undone; the entry stays then.
        """
        killed = 0
        if self.machine == Machine.here():
            killed = kill_families(self._is_marked, self.processes)
        for undo in reversed(self.owed):
            undo.carry_out()
        for folder in self.disks:
            disks.unmount(folder)
        if self.scratch.exists():
            shutil.rmtree(self.scratch)
        self._path.unlink(missing_ok=True)
        return killed

    @property
    def is_leftover(self) -> bool:
        """Whether its assay process is gone. Runs of another container are not ours to judge."""
        here = Machine.here()
        if self.machine.boot != here.boot:
            return True
        return self.machine == here and identity_of(self.owner.pid) != self.owner

    def _is_marked(self, process: Seen) -> bool:
        return process.run == self.run

    @property
    def _path(self) -> Path:
        return _runs() / f"{self.run}.json"

    def _write(self) -> None:
        owed = [{**asdict(undo), "cwd": str(undo.cwd)} for undo in self.owed]
        paths = {"scratch": str(self.scratch), "disks": [str(folder) for folder in self.disks]}
        write_json(self._path, {**asdict(self), **paths, "owed": owed})


def clean_leftovers(on_event: OnEvent) -> None:
    """Remove the processes and folders of runs whose assay process is gone; live runs stay.

    Raises StateFolderError.
    """
    for path in sorted(_runs().glob("*.json")):
        run = _read(path)
        if run is None or not run.is_leftover:
            continue
        try:
            killed = run.end()
        except OSError as error:
            detail = f"left by a run that was killed; {error.filename}: {error.strerror}"
        except UndoFailed as error:
            detail = f"left by a run that was killed, and not undone: {error}"
        else:
            undone = f", undone {', '.join(map(str, run.owed))}" if run.owed else ""
            detail = f"left by a run that was killed: {killed} processes and {run.scratch}{undone}"
        on_event(Event("cleaned", run.run, detail=detail))


def state_folder() -> Path:
    """The folder of this user's runs and keepers, made if missing. Raises StateFolderError."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and Path(runtime).is_dir():
        folder = Path(runtime) / "assay"
    else:
        folder = Path(tempfile.gettempdir()) / f"{_PREFIX}{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise StateFolderError(f"{folder} belongs to somebody else; remove it")
    return folder


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a file whole: a reader sees what was there before or what is there now."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(json.dumps(content, indent=1) + "\n")
    new.replace(path)


def _runs() -> Path:
    runs = state_folder() / "runs"
    runs.mkdir(exist_ok=True)
    return runs


def _read(path: Path) -> Run | None:
    """None where another assay has just removed it, or where it is none of ours."""
    try:
        content = json.loads(path.read_text())
        run = Run(
            run=content["run"],
            owner=Identity(**content["owner"]),
            machine=Machine(**content["machine"]),
            scratch=Path(content["scratch"]),
            processes=tuple(Identity(**process) for process in content["processes"]),
            owed=tuple(_order(**undo) for undo in content.get("owed", ())),
            disks=tuple(Path(folder) for folder in content.get("disks", ())),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    ours = run.scratch.name == f"{_PREFIX}{run.run}" and all(
        folder.parent == run.scratch for folder in run.disks
    )
    return run if ours else None


def _order(run: list[str], cwd: str, **others: Any) -> Order:
    return Order(run=tuple(run), cwd=Path(cwd), **others)
