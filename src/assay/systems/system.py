"""The face of a system, whether assay starts it or it runs already."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

from assay.systems.address import Address
from assay.systems.links import Trouble, Wire


@dataclass(frozen=True)
class Event:
    """Something happened to a process."""

    kind: Literal["starting", "ready", "stopping", "stopped", "died", "cleaned"]
    process: str
    """Of `cleaned`: the run whose leftovers were removed."""
    variant: str | None = None
    """None: shared."""
    seconds: float = 0.0
    """What it took: from starting to ready, from stopping to stopped, from ready to died."""
    detail: str = ""


OnEvent = Callable[[Event], None]


@dataclass(frozen=True)
class Usage:
    """What a process and its descendants used so far."""

    process: str
    variant: str | None
    cpu_s: float
    """Since its start, user and system, with children that have ended and were waited for."""
    rss_bytes: int
    """Resident now; pages that several of its processes share count in each."""
    outside: bool = False
    """Part of the world around the system."""


class System(Protocol):
    """What is judged. An async context manager: leaving it, in whatever way, leads to `down`."""

    @property
    def starts(self) -> bool:
        """Whether `restart` gives fresh processes; False for a system that already runs."""
        ...

    async def up(self, variants: Sequence[str], uses: Sequence[str] | None = None) -> None:
        """Start what these variants need and does not run yet. Raises StartFailed, UnknownName.

        `uses` names the services and provided files that are needed of them; None: all.
        """
        ...

    async def restart(
        self,
        variants: Sequence[str],
        uses: Sequence[str] | None = None,
        links: Collection[Wire] = (),
    ) -> None:
        """Start all that these variants share with nobody afresh, together; the rest runs on.

        `uses` as for `up`. `links` are those that may be troubled from then on.
        Addresses change. Raises StartFailed, UnknownName.
        """
        ...

    async def stop(self, variants: Sequence[str]) -> None:
        """Stop all that these variants share with nobody; `up` and `restart` start it again.

        Raises UnknownName.
        """
        ...

    def address(self, variant: str, service: str) -> Address:
        """Where a service is now. Raises UnknownName, SystemDown where it is not up."""
        ...

    def addresses(self, variant: str) -> dict[str, Address]:
        """Of all services of a variant that are up. Raises as `address`."""
        ...

    def provided(self, variant: str, name: str) -> str:
        """Path or URL of what a process provides, e.g. `catalogue.ids`. Raises as `address`."""
        ...

    def provisions(self, variant: str) -> dict[str, str]:
        """All that the variant's processes provide, of those that are up: `catalogue.ids` → path.

        Raises UnknownName.
        """
        ...

    def check(self) -> None:
        """Raises ProcessDied where a process ended unasked since it was ready."""
        ...

    def pids(self, variant: str | None = None) -> set[int]:
        """Of a variant's own processes, or of all, with their descendants."""
        ...

    def usage(self, variant: str | None = None) -> list[Usage]:
        """Of a variant's own processes, or of all."""
        ...

    async def kill(self, variant: str, process: str) -> str:
        """Kill a process of the variant's own, with all that stems from it; gives how it ended.

        Until `revive`, its end is nothing that `check` tells of. Raises UnknownName, SystemDown.
        """
        ...

    async def revive(self, variant: str, process: str) -> None:
        """Start what was killed again, on its ports and on what it left; until it is ready.

        Raises StartFailed, UnknownName.
        """
        ...

    async def freeze(self, variant: str, process: str) -> str:
        """Stop a process of the variant's own where it stands; gives what it is seen to be.

        Raises UnknownName, SystemDown.
        """
        ...

    def thaw(self, variant: str, process: str) -> None:
        """Let what was frozen go on. Raises UnknownName."""
        ...

    def trouble(self, variant: str, client: str, server: str, trouble: Trouble) -> None:
        """Trouble a link; one of those that the client was started with. Raises UnknownName."""
        ...

    def untrouble(self, variant: str, client: str, server: str) -> str:
        """Heal it; gives what shows that the trouble bit, empty where nothing does, or nothing was
        wrong. Raises UnknownName."""
        ...

    async def do(self, variant: str, process: str, command: str) -> str:
        """Carry out a command of a process that the variant has, alone or not; gives what it said.

        What undoes it is written down first. Raises UnknownName, SystemDown, CommandFailed.
        """
        ...

    async def undo(self, variant: str, process: str, command: str) -> None:
        """Undo it, where the stack says how. Raises UnknownName, SystemDown, UndoFailed."""
        ...

    async def fill(self, variant: str, process: str) -> str:
        """Fill the disk of a process of the variant's own; gives what shows that it is full.

        Until `relieve`, the end of the process is nothing that `check` tells of. Raises
        UnknownName, SystemDown, CommandFailed where it has no disk of its own.
        """
        ...

    async def relieve(self, variant: str, process: str) -> str:
        """Make room again, until the process is ready, which is started again where it has ended.

        Gives how it ended, if it did. Raises StartFailed, UnknownName.
        """
        ...

    async def down(self) -> None:
        """Stop everything, in reverse, and remove its folders. At any moment, also twice."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
