"""The shop's lookup, started from its stack as a run would, for benchmarks of gRPC."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assay.load.feeds import read_values
from assay.systems import LocalSystem, read_stack
from bench import peers

STACK = Path(__file__).parent.parent / "shop" / "stack.yaml"


@dataclass(frozen=True)
class Lookup:
    port: int
    ids: list[str]
    rss_bytes: int
    """Of the process that serves, once it is ready."""


@contextmanager
def running_lookup(kind: str, reads: str = "snapshot") -> Iterator[Lookup]:
    """The lookup of one kind (`python`, `rust`) on the servers' core, up while the block runs."""
    variants = {"bench": {"lookup": kind, "reads": reads}}
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as logs, asyncio.Runner() as runner:
        system = LocalSystem(
            read_stack(STACK), variants, Path(logs), cpus=frozenset({peers.SERVER_CORE})
        )
        runner.run(system.up(["bench"]))
        try:
            used = system.usage("bench")
            rss_bytes = next(each.rss_bytes for each in used if each.process == "lookup")
            port = system.address("bench", "lookup").port
            yield Lookup(port, read_values(system.provided("bench", "catalogue.ids")), rss_bytes)
        finally:
            runner.run(system.down())
