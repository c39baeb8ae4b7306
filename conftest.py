"""For all tests.

pytest names a test after its folders, so the tests below shop/ would make that folder the module
`shop` and hide the generated package of this name. Imported first, the package stays."""

import pytest

import shop  # noqa: F401


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, so that none of them is alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
