"""What can go wrong with a system.

SystemsError
├── StartFailed       a process did not become ready
├── ProcessDied       a process ended unasked
├── SystemDown        the system was taken down while it was asked for something
├── UnknownName       no such variant, service or provided file
├── AddressError      an address that cannot be read (also a ValueError)
├── CommandFailed     a command of the stack could not be carried out
├── UndoFailed        what a command has done could not be undone
├── KeeperError       `assay up` or `assay down` cannot do what was asked
└── StateFolderError  the folder of the register belongs to somebody else
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

TAIL_LINES = 20
"""How much of a log is quoted when its process failed."""


class SystemsError(Exception):
    pass


class _ProcessFailed(SystemsError):
    """Has the process, its variant (None: shared), why, its log and the last lines of it."""

    def __init__(
        self, process: str, variant: str | None, reason: str, tail: tuple[str, ...], log: Path
    ) -> None:
        self.process = process
        self.variant = variant
        self.reason = reason
        self.tail = tail
        self.log = log
        lines = [f"{named(process, variant)} {reason}"]
        if tail:
            lines += [f"the last lines of {log}:", *(f"    {line}" for line in tail)]
        else:
            lines += [f"it wrote nothing to its log, {log}"]
        super().__init__("\n".join(lines))


class StartFailed(_ProcessFailed):
    """A process ended before it was ready, or was not ready in time."""


class ProcessDied(_ProcessFailed):
    """A process that was ready ended unasked; `reason` is `died: killed by SIGKILL` or the like."""


class SystemDown(SystemsError):
    """The system was taken down, so it cannot be started or asked."""


class UnknownName(SystemsError):
    """A variant, service or provided file that the system does not have."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no {kind} `{name}`; {nearest(name, known)}")


class CommandFailed(SystemsError):
    """A command of the stack failed, or was not done in time; the message says which and how."""


class UndoFailed(SystemsError):
    """What a command of the stack has done is still there, or may be."""


class AddressError(SystemsError, ValueError):
    """The text is no address; the message says what was found and what would be right."""


class KeeperError(SystemsError):
    """The message says whether a keeper runs, or why it does not."""


class StateFolderError(SystemsError):
    """The folder that holds the register belongs to somebody else."""


def named(process: str, variant: str | None) -> str:
    """A process as messages call it: `postgres`, `lookup (before)`."""
    return process if variant is None else f"{process} ({variant})"


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at what may have been meant: the most similar name, or all there are."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    if names:
        return f"there is {', '.join(f'`{known}`' for known in names)}"
    return "there are none"
