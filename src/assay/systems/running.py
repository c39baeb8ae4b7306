"""A system that already runs: the same face, and nothing is started."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import TracebackType
from typing import Self

from assay.systems.address import Address
from assay.systems.errors import UnknownName
from assay.systems.links import Trouble, Wire
from assay.systems.system import Usage


class RunningSystem:
    """Addresses by variant and service: `{"before": {"lookup": Address.parse("grpc://…")}}`."""

    starts = False

    def __init__(self, addresses: Mapping[str, Mapping[str, Address]]) -> None:
        self._addresses = addresses

    async def up(self, variants: Sequence[str], uses: Sequence[str] | None = None) -> None:
        for variant in variants:
            self._of(variant)

    async def restart(
        self,
        variants: Sequence[str],
        uses: Sequence[str] | None = None,
        links: Collection[Wire] = (),
    ) -> None:
        await self.up(variants)

    async def stop(self, variants: Sequence[str]) -> None:
        """Nothing: it runs on."""
        await self.up(variants)

    def address(self, variant: str, service: str) -> Address:
        services = self._of(variant)
        if service not in services:
            raise UnknownName("service", service, services)
        return services[service]

    def addresses(self, variant: str) -> dict[str, Address]:
        return dict(self._of(variant))

    def provided(self, variant: str, name: str) -> str:
        """Raises UnknownName always: what assay did not start provides no files."""
        self._of(variant)
        raise UnknownName("provided file", name, ())

    def provisions(self, variant: str) -> dict[str, str]:
        """Nothing: what assay did not start provides no files."""
        self._of(variant)
        return {}

    def check(self) -> None:
        """Nothing to see from here: the load itself notices when the system is gone."""

    def pids(self, variant: str | None = None) -> set[int]:
        if variant is not None:
            self._of(variant)
        return set()

    def usage(self, variant: str | None = None) -> list[Usage]:
        if variant is not None:
            self._of(variant)
        return []

    async def kill(self, variant: str, process: str) -> str:
        """Raises UnknownName always: only what assay started is broken."""
        self._of(variant)
        raise UnknownName("process", process, ())

    async def revive(self, variant: str, process: str) -> None:
        await self.kill(variant, process)

    async def freeze(self, variant: str, process: str) -> str:
        return await self.kill(variant, process)

    def thaw(self, variant: str, process: str) -> None:
        """Raises UnknownName always."""
        self._of(variant)
        raise UnknownName("process", process, ())

    def trouble(self, variant: str, client: str, server: str, trouble: Trouble) -> None:
        """Raises UnknownName always."""
        self.untrouble(variant, client, server)

    def untrouble(self, variant: str, client: str, server: str) -> str:
        """Raises UnknownName always."""
        self._of(variant)
        raise UnknownName("process", client, ())

    async def do(self, variant: str, process: str, command: str) -> str:
        return await self.kill(variant, process)

    async def undo(self, variant: str, process: str, command: str) -> None:
        await self.kill(variant, process)

    async def fill(self, variant: str, process: str) -> str:
        return await self.kill(variant, process)

    async def relieve(self, variant: str, process: str) -> str:
        return await self.kill(variant, process)

    async def down(self) -> None:
        """Nothing: it ran before and runs on."""

    def _of(self, variant: str) -> Mapping[str, Address]:
        if variant not in self._addresses:
            raise UnknownName("variant", variant, self._addresses)
        return self._addresses[variant]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.down()
