"""What can be done to a system, and how it is undone.

What is broken is a process that assay started, or a link between two of them, and nothing else.
Where assay itself is killed, the kernel kills what it started, frozen or not, and the links end
with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from assay.systems import System, Trouble


class Harm(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def target(self) -> str:
        """A process, or a link: `client -> server`."""
        ...

    async def begin(self) -> str:
        """Do it; gives what shows that it bit, where that shows at once. Raises as System does."""
        ...

    async def end(self) -> str:
        """Undo it, until all is ready again; gives what shows that it bit, where that shows now."""
        ...

    def drop(self) -> None:
        """Undo what would keep the system from being stopped: the load ended early."""
        ...


@dataclass(frozen=True)
class Kill:
    system: System
    variant: str
    target: str
    kind: str = "kill"

    async def begin(self) -> str:
        return await self.system.kill(self.variant, self.target)

    async def end(self) -> str:
        await self.system.revive(self.variant, self.target)
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
