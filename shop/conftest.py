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
    for parent in (folder, *folder.parents[:3]):
        if parent.stat().st_mode & 0o077 == 0:
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
def empty_catalogue() -> str:
    """The statements after which the catalogue's tables are there, and empty.

    They delete, as a TRUNCATE may meet a reader of several tables in a deadlock.
    """
    tables = ["ratings", "variants", "products", "categories", "brands"]
    return SCHEMA.read_text() + "".join(f"DELETE FROM {table};\n" for table in tables)
