"""For the tests of all services."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from shop_kit.testing import Kafka, Postgres

SCHEMA = Path(__file__).parent / "catalogue/src/shop_catalogue/schema.sql"


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Up, with nothing in it."""
    folder = tmp_path_factory.mktemp("postgres")
    # The server may run as another user, who must be able to walk to its data.
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    server = Postgres(folder / "data")
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """One broker, with no topics."""
    server = Kafka(tmp_path_factory.mktemp("kafka") / "data")
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def catalogue_schema() -> str:
    return SCHEMA.read_text()
