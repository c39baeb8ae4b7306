"""A file that was read: what it says, and where it says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import yaml

from assay.documents.nodes import descend, inside, start
from assay.documents.problem import Problem, Step, dotted

T = TypeVar("T")


@dataclass(frozen=True)
class Document(Generic[T]):
    """What a file says, and where it says it."""

    path: Path
    text: str
    value: T
    root: yaml.Node = field(repr=False, compare=False)

    def position(self, *path: Step, key: bool = False) -> tuple[int, int]:
        """Line and column of the value at `path` (or of its key), or of what is next above."""
        key_node, node, _ = descend(self.root, path)
        return start(key_node if key and key_node is not None else node)

    def problem(self, *path: Step, message: str, hint: str = "", offset: int = 0) -> Problem:
        """A problem with what stands at `path`; `offset` counts characters into a scalar's value.

        Points at scalars and list entries themselves, and at the key of everything longer.
        """
        key_node, node, _ = descend(self.root, path)
        if isinstance(node, yaml.ScalarNode):
            line, column = inside(node, self.text, offset)
        else:
            line, column = start(key_node if key_node is not None else node)
        return Problem(str(self.path), line, column, dotted(path), message, hint)
