"""Fetches the values that requests draw from: a file, an address, or a list in the claims file."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Literal

import httpx

from assay._engine import Feed
from assay.load.errors import LoadError

Draw = Literal["uniform", "zipf", "sequential"]


def feed_of(values: list[str], draw: Draw, s: float, source: str) -> Feed:
    """The engine's feed over `values`. Raises LoadError where there are none."""
    if not values:
        raise LoadError(f"the feed from {source} has no values")
    return Feed(values, draw, s)


def read_values(source: str, column: str | None = None) -> list[str]:
    """Values of a feed, in order, from a path or an http(s) address.

    A CSV file with a header (its first column, or `column`), a text file with one value a line, or
    an address that answers with either of these or with a JSON array. Raises LoadError.
    """
    if source.startswith(("http://", "https://")):
        return _parse(_fetch(source), column, source)
    path = Path(source)
    try:
        return _parse(path.read_text(encoding="utf-8"), column, source)
    except (OSError, UnicodeDecodeError) as error:
        raise LoadError(f"the feed {source} cannot be read: {error}") from error


def _fetch(address: str) -> str:
    try:
        return httpx.get(address, timeout=30.0).raise_for_status().text
    except httpx.HTTPError as error:
        raise LoadError(f"the feed {address} cannot be fetched: {error}") from error


def _parse(text: str, column: str | None, source: str) -> list[str]:
    if text.lstrip().startswith("["):
        return _parse_json(text, source)
    is_table = column is not None or source.partition("?")[0].endswith(".csv")
    if not is_table:
        return [line.strip() for line in text.splitlines() if line.strip()]
    rows = csv.DictReader(text.splitlines())
    names = list(rows.fieldnames or ())
    wanted = column or (names[0] if names else "")
    if wanted not in names:
        raise LoadError(f"the feed {source} has no column `{wanted}`; it has {', '.join(names)}")
    return [row[wanted] for row in rows if row[wanted]]


def _parse_json(text: str, source: str) -> list[str]:
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise LoadError(f"the feed {source} is no JSON array: {error}") from error
    for value in values:
        if not isinstance(value, str | int):
            raise LoadError(f"the feed {source} holds {value!r}; texts or whole numbers would do")
    return [str(value) for value in values]
