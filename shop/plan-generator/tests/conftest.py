"""Plans made in a shop that has a catalogue, its lookup, and nothing else."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from shop_kit.testing import Postgres, free_port


def _checkouts() -> ModuleType:
    """The shop that it is a part of."""
    file = Path(__file__).parents[2] / "checkout-orchestrator" / "tests" / "conftest.py"
    spec = importlib.util.spec_from_file_location("checkouts_conftest", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHECKOUTS = _checkouts()


class Planning(CHECKOUTS.Shop):
    def __init__(self, postgres: Postgres, folder: Path) -> None:
        super().__init__(postgres, None, folder, "async")
        self.ports["generator"] = free_port()

    def begin(self, name: str) -> None:
        if name != "generator":
            super().begin(name)
            return
        with (self.folder / "generator.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "plan_generator"], env=self._env(), stdout=log, stderr=log
            )

    def _env(self) -> dict[str, str]:
        return {
            **super()._env(),
            "PLAN_GENERATOR_DSN": self.postgres.dsn_of("plans"),
            "PLAN_GENERATOR_HTTP_ADDR": f"127.0.0.1:{self.ports['generator']}",
            "PLAN_GENERATOR_LOOKUP": f"127.0.0.1:{self.ports['lookup']}",
            "PLAN_MANDATE_SECRET": "a secret for the tests of mandates, long enough",
        }


@pytest.fixture(scope="module")
def planning(tmp_path_factory: pytest.TempPathFactory, empty_catalogue: str) -> Iterator[Planning]:
    folder = tmp_path_factory.mktemp("stores")
    for parent in (folder, *folder.parents[:3]):
        if parent.stat().st_mode & 0o077 == 0:
            parent.chmod(0o755)
    server = Postgres(folder / "data", "plans")
    server.start()
    asyncio.run(server.sql(empty_catalogue, CHECKOUTS.PRODUCTS))
    shop = Planning(server, tmp_path_factory.mktemp("planning"))
    shop.start("lookup", "generator")
    yield shop
    assert set(shop.stop().values()) == {0}
    server.stop()
