"""The shop's lookup, started from its stack as a run would, for benchmarks of gRPC."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.stack import running


@dataclass(frozen=True)
class Lookup:
    port: int
    ids: list[str]
    rss_bytes: int
    """Of the process that serves, once it is ready."""


@contextmanager
def running_lookup(kind: str, reads: str = "snapshot") -> Iterator[Lookup]:
    """The lookup of one kind (`python`, `rust`) on the servers' core, up while the block runs."""
    with running("lookup", "catalogue.ids", lookup=kind, reads=reads) as shop:
        yield Lookup(shop.address("lookup").port, shop.ids, shop.rss_bytes("lookup"))
