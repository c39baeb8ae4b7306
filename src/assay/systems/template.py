"""The words in braces of a stack file: `{scratch}/data`, `127.0.0.1:{postgres.port}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@dataclass(frozen=True)
class Placeholder:
    name: str
    """As written between the braces: `port.grpc`."""


class TemplateError(ValueError):
    """A brace that neither opens a placeholder nor is doubled."""


def parse(text: str) -> tuple[str | Placeholder, ...]:
    """Literal stretches and placeholders in order; `{{` and `}}` stand for single braces."""
    parts: list[str | Placeholder] = []
    end = 0
    for token in _TOKEN.finditer(text):
        parts.append(text[end : token.start()])
        end = token.end()
        if token[0] in ("{{", "}}"):
            parts.append(token[0][0])
        elif token[1]:
            parts.append(Placeholder(token[1].strip()))
        else:
            raise TemplateError(f"`{token[0]}` stands alone in `{text}`")
    parts.append(text[end:])
    return tuple(part for part in parts if part != "")


def placeholders(text: str) -> frozenset[str]:
    """Names of the placeholders in `text`."""
    return frozenset(part.name for part in parse(text) if isinstance(part, Placeholder))


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with every placeholder replaced. KeyError for one that has no value."""
    return "".join(
        values[part.name] if isinstance(part, Placeholder) else part for part in parse(text)
    )
