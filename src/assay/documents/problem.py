"""What is wrong in a file, where, and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Step = str | int
Place = tuple[Step, ...]
"""Keys and indices from the root: `("claims", "p99", "prove")`."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; line and column count from 1, 0 means the file as a whole."""

    file: str
    line: int
    column: int
    field: str
    """`claims.p99.prove`, `processes.lookup.needs[0]`; empty where it is about no field."""
    message: str
    """What was found."""
    hint: str = ""
    """What would be right; empty where the message says it."""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        told = ": ".join(part for part in (where, self.field, self.message) if part)
        return f"{told}\n    {self.hint}" if self.hint else told


class DocumentError(Exception):
    """A file that cannot be used; `problems` holds everything that was found, in its order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[DocumentError], tuple[tuple[Problem, ...]]]:
        return DocumentError, (self.problems,)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at what may have been meant: the most similar name, or all there are."""
    names = list(dict.fromkeys(known))
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    if names:
        return f"there is {', '.join(f'`{known}`' for known in names)}"
    return "there are none"


def dotted(path: Iterable[Step]) -> str:
    """`processes.lookup.needs[0]`"""
    words = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return words.removeprefix(".")


def found(value: object) -> str:
    """A value in words: `5`, `true`, a list, nothing."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"`{str(value).lower()}`"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            text = " ".join(str(value).split())
            return f"`{text[:57]}…`" if len(text) > 60 else f"`{text}`"
