"""The shop's lookup service, up for a benchmark: its own Postgres, its catalogue, one variant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

STACK = Path(__file__).parent.parent / "shop" / "stack.yaml"


@dataclass(frozen=True)
class Lookup:
    port: int
    ids: list[str]
    pids: set[int]
