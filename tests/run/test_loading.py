"""Blocks are told apart, whatever they are for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from assay.evidence import RunFolder
from assay.run.loading import Loading
from assay.run.plan import Comparison
from assay.run.workloads import Workloads
from assay.systems import System


class Loads:
    """In place of workloads: notes the name that each block is given."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def load(self, *asked: Any) -> object:
        self.names.append(asked[4])
        return SimpleNamespace(first_errors=())


async def test_a_block_that_is_loaded_again_has_another_name(tmp_path) -> None:
    """With the first's, users would send the same idempotency keys, and get the answers of then."""
    loads = Loads()
    folder = SimpleNamespace(id="run", history=lambda name: tmp_path / name, event=print)
    system = SimpleNamespace(check=None)
    loading = Loading(cast("Workloads", loads), cast("System", system), cast("RunFolder", folder))
    comparison = cast("Comparison", SimpleNamespace(name="a~b", workload="buying", block_s=8.0))
    for variant in ("a", "a", "b"):
        await loading.load(comparison, variant, seed=1, block="saturating-1-128", users=128)
    assert len(set(loads.names)) == 3
