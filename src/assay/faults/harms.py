"""What can be done to a system, and how it is undone.

What is broken is a process that assay started, or a link between two of them, and nothing else, but
for what a command of the stack does. Where assay itself is killed, the kernel kills what it
started, frozen or not, and the links end with it; what undoes a command was written down before,
for whoever cleans up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from assay.systems import CommandFailed, System, Trouble


class Blunt(Exception):
    """Nothing was done to the system; the message says why."""


class Harm(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def target(self) -> str:
        """A process or several, a link (`client -> server`), or a command (`cache.flush`)."""
        ...

    async def begin(self) -> str:
        """Do it; gives what shows that it bit, where that shows at once.

        Raises Blunt, and as System does.
        """
        ...

    async def end(self) -> str:
        """Undo it, until all is ready again; gives what shows that it bit, where that shows now."""
        ...

    def drop(self) -> None:
        """Undo what would keep the system from being stopped: the load ended early."""
        ...


@dataclass(frozen=True)
class Kill:
    """One process or several, one right after the other."""

    system: System
    variant: str
    targets: tuple[str, ...]
    kind: str = "kill"

    @property
    def target(self) -> str:
        return " and ".join(self.targets)

    async def begin(self) -> str:
        ended = [await self.system.kill(self.variant, target) for target in self.targets]
        return " and ".join(dict.fromkeys(ended)) if all(ended) else ""

    async def end(self) -> str:
        for target in self.targets:
            await self.system.revive(self.variant, target)
        return ""

    def drop(self) -> None:
        """It stays dead until the system is stopped."""


@dataclass(frozen=True)
class Freeze:
    system: System
    variant: str
    target: str
    kind: str = "freeze"

    async def begin(self) -> str:
        return await self.system.freeze(self.variant, self.target)

    async def end(self) -> str:
        self.drop()
        return ""

    def drop(self) -> None:
        self.system.thaw(self.variant, self.target)


@dataclass(frozen=True)
class Done:
    """A command of the stack, which says itself what it did."""

    system: System
    variant: str
    process: str
    command: str
    kind: str = "run"

    @property
    def target(self) -> str:
        return f"{self.process}.{self.command}"

    async def begin(self) -> str:
        try:
            return await self.system.do(self.variant, self.process, self.command)
        except CommandFailed as error:
            raise Blunt(str(error)) from error

    async def end(self) -> str:
        await self.system.undo(self.variant, self.process, self.command)
        return ""

    def drop(self) -> None:
        """What is to be undone is written down: that is done as the system is stopped."""


@dataclass(frozen=True)
class Fill:
    """The disk of a process's own. Where it has none, it is blunt."""

    system: System
    variant: str
    target: str
    kind: str = "fill"

    async def begin(self) -> str:
        try:
            return await self.system.fill(self.variant, self.target)
        except CommandFailed as error:
            raise Blunt(str(error)) from error

    async def end(self) -> str:
        await self.system.relieve(self.variant, self.target)
        return ""

    def drop(self) -> None:
        """It stays full until the system is stopped, and its disk is gone."""


@dataclass(frozen=True)
class TroubledLink:
    system: System
    variant: str
    client: str
    server: str
    trouble: Trouble

    @property
    def kind(self) -> str:
        return self.trouble.kind

    @property
    def target(self) -> str:
        return f"{self.client} -> {self.server}"

    async def begin(self) -> str:
        self.system.trouble(self.variant, self.client, self.server, self.trouble)
        return ""

    async def end(self) -> str:
        return self.system.untrouble(self.variant, self.client, self.server)

    def drop(self) -> None:
        self.system.untrouble(self.variant, self.client, self.server)
