"""What is wrong with a file that somebody wants to import."""

from __future__ import annotations

from dataclasses import dataclass

MOST_SHOWN = 20


@dataclass(frozen=True)
class Mistake:
    line: int  # from 1
    field: str  # a column's name, or the way to a field: products[3].title
    found: str
    right: str  # what would be right there

    def __str__(self) -> str:
        where = f", {self.field}" if self.field else ""
        return f"{self.line}{where}: found {self.found}; {self.right}"


class ImportMistakes(Exception):
    """Everything that is wrong with one file; nothing of it was imported."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__(mistakes)
        self.mistakes = sorted(mistakes, key=lambda mistake: mistake.line)

    def told(self, file: str) -> str:
        """`products.csv:14, Variant Price: found '12,50'; write …`, one mistake a line."""
        lines = [f"{file}:{mistake}" for mistake in self.mistakes[:MOST_SHOWN]]
        if more := len(self.mistakes) - MOST_SHOWN:
            lines += [f"and {more} more"] if more > 0 else []
        return "\n".join(lines)


def decoded(content: bytes) -> str:
    """The text of a file. ImportMistakes where it is not UTF-8 or holds what no text holds."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{content[error.start]:02x}"
        raise ImportMistakes([Mistake(line, "", found, "save the file as UTF-8")]) from error
    if (at := text.find("\0")) >= 0:
        line = text.count("\n", 0, at) + 1
        raise ImportMistakes([Mistake(line, "", "a NUL character", "remove it")])
    return text
