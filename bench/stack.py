"""The shop, or a part of it, started from its stack as a run would."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from assay.claims import read_claims
from assay.load.feeds import read_values
from assay.systems import Address, LocalSystem, read_stack
from bench import peers

SHOP = Path(__file__).parent.parent / "shop"
CHOICES = "after"
"""The variant of the claims file whose choices hold where a benchmark makes none."""
VARIANT = "bench"


@dataclass(frozen=True)
class Running:
    """What was started, as long as it is up."""

    system: LocalSystem

    @property
    def ids(self) -> list[str]:
        """Of the products of its catalogue."""
        return read_values(self.system.provided(VARIANT, "catalogue.ids"))

    def address(self, service: str) -> Address:
        return self.system.address(VARIANT, service)

    def rss_bytes(self, process: str) -> int:
        used = self.system.usage(VARIANT)
        return next(each.rss_bytes for each in used if each.process == process)

    def told(self, name: str) -> str:
        """The environment variable that one of the variant's own processes was started with."""
        for pid in self.system.pids(VARIANT):
            with suppress(psutil.Error):
                if value := psutil.Process(pid).environ().get(name):
                    return value
        raise LookupError(f"no process was told {name}")

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Each process of the stack with its descendants, by name."""
        found: dict[str, list[psutil.Process]] = {}
        for pid in sorted(self.system.pids()):
            with suppress(psutil.Error, OSError):
                # A title may hide whose it is; that it writes to the log of its instance stays.
                log = Path(f"/proc/{pid}/fd/1").readlink()
                name = log.stem.removesuffix(f".{VARIANT}")
                found.setdefault(name, []).append(psutil.Process(pid))
        return found


@contextmanager
def running(*uses: str, pinned: bool = True, **choices: str) -> Iterator[Running]:
    """All that these services need, or the whole stack, on the servers' core if `pinned`.

    `choices` are options of switches, other than those of the variant `after`.
    """
    variants = {VARIANT: read_claims(SHOP / "claims.yaml").file.variants[CHOICES] | choices}
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as logs, asyncio.Runner() as runner:
        system = LocalSystem(
            read_stack(SHOP / "stack.yaml"),
            variants,
            Path(logs),
            cpus=frozenset({peers.SERVER_CORE}) if pinned else None,
        )
        try:
            runner.run(system.up([VARIANT], uses or None))
            yield Running(system)
        finally:
            runner.run(system.down())
