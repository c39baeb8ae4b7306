"""Commands of the stack: something done to a process that runs, and how it is undone.

    owed (written into the register) ──> run ──> undo ──> no longer owed

What is owed when a run ends, in whatever way, is done then, or by whoever cleans up after it. Until
it was killed too: a command carries the run's mark, and dies with assay.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.systems.child import Child, NotBegun, Program
from assay.systems.errors import CommandFailed, UndoFailed
from assay.systems.model import Command
from assay.systems.template import fill


@dataclass(frozen=True)
class Order:
    """A command line with everything filled in."""

    instance: str
    """Key of the process that it is of."""
    command: str
    run: tuple[str, ...]
    env: Mapping[str, str]
    """Of the process; added to assay's own environment."""
    cwd: Path
    within_s: float

    def __str__(self) -> str:
        return f"{self.instance}.{self.command}"

    async def carried_out(self, run: str, log_dir: Path, cpus: frozenset[int] | None) -> str:
        """The last line that it said. Raises CommandFailed.

        `run` is the mark that it carries. What it says is kept in a log of its own.
        """
        log = log_dir / f"{self}.log"
        program = Program(self.run, self.env, self.cwd, log, cpus=cpus)
        try:
            child = await Child.start(program, run, str(self), lambda _: None, lambda _: None)
        except NotBegun as error:
            raise CommandFailed(f"{self} could not be run: {error}") from None
        try:
            await asyncio.wait_for(child.exited.wait(), self.within_s)
        except TimeoutError:
            raise CommandFailed(f"{self} was not done within {self.within_s:g} s") from None
        finally:
            if child.status is None:
                await child.kill()
        said = next(reversed(child.tail()), "")
        if child.status != "exit status 0":
            raise CommandFailed(f"{self}: {said or child.status}")
        return said

    def carry_out(self) -> None:
        """The same, for when there is no loop any more. Raises UndoFailed."""
        try:
            subprocess.run(
                self.run,
                env={**os.environ, **self.env},
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=self.within_s,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise UndoFailed(f"{shlex.join(self.run)}: {error}") from error


def orders(
    instance: str,
    name: str,
    command: Command,
    env: Mapping[str, str],
    cwd: Path,
    values: Mapping[str, str],
) -> tuple[Order, Order | None]:
    """What is run, and what undoes it; `values` fill in the words in braces."""

    def order(words: tuple[str, ...]) -> Order:
        run = tuple(fill(word, values) for word in words)
        return Order(instance, name, run, env, cwd, command.within_s)

    return order(command.run), order(command.undo) if command.undo else None
