"""The shop's lookup service, up for a benchmark: its own Postgres, its catalogue, one variant."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from assay.load.feeds import read_values
from assay.systems import LocalSystem, read_stack

STACK = Path(__file__).parent.parent / "shop" / "stack.yaml"


@dataclass(frozen=True)
class Lookup:
    port: int
    ids: list[str]
    pids: set[int]
