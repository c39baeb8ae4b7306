"""Changes the source of modules as they are imported."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType

from seeded import BUGS, Change


class Unseeded(Exception):
    """The source is not what the bug was written for."""


def seed(name: str) -> None:
    """Raises KeyError where there is no such bug."""
    changes: dict[str, list[Change]] = {}
    for change in BUGS[name].changes:
        changes.setdefault(change.module, []).append(change)
    sys.meta_path.insert(0, _Seeding(changes))


def changed(source: str, changes: Sequence[Change]) -> str:
    """Raises Unseeded where what is to be replaced does not stand there once."""
    for change in changes:
        if source.count(change.old) != 1:
            raise Unseeded(
                f"{change.module} has this {source.count(change.old)} times: {change.old}"
            )
        source = source.replace(change.old, change.new)
    return source


class _Loader(SourceFileLoader):
    changes: Sequence[Change] = ()

    def get_code(self, fullname: str) -> CodeType:
        source = changed(self.get_source(fullname) or "", self.changes)
        return compile(source, self.path, "exec", dont_inherit=True)


class _Seeding(MetaPathFinder):
    def __init__(self, changes: dict[str, list[Change]]) -> None:
        self._changes = changes

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        changes = self._changes.pop(fullname, None)
        if changes is None:
            return None
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.origin is None:
            raise Unseeded(f"there is no source of {fullname}")
        loader = _Loader(fullname, spec.origin)
        loader.changes = changes
        spec.loader = loader
        return spec
