"""The bugs that can be seeded: `bugs.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    module: str
    old: str
    """Stands once in its source."""
    new: str


@dataclass(frozen=True)
class Bug:
    says: str
    claim: str
    """Of `resilience.yaml`: it is to be refuted."""
    changes: tuple[Change, ...]


def _bugs() -> dict[str, Bug]:
    with Path(__file__).with_name("bugs.toml").open("rb") as file:
        found = tomllib.load(file)
    return {
        name: Bug(bug["says"], bug["claim"], tuple(Change(**each) for each in bug["changes"]))
        for name, bug in found.items()
    }


BUGS = _bugs()
