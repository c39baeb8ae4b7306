"""A mistake in a claims file, and one that several of its parts can have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assay.claims.model import ClaimsFile
from assay.documents import Place, nearest

_METRIC = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
"""A name as Prometheus takes it."""


@dataclass(frozen=True)
class Misfit:
    """One thing that is wrong, and where."""

    place: Place
    message: str
    hint: str = ""
    offset: int = 0
    """Characters into the text that stands there."""


def read_over_http(file: ClaimsFile, service: str, place: Place) -> Iterator[Misfit]:
    """What is wrong where a service that is to be read from is not at such an address."""
    for variant, services in (file.addresses or {}).items():
        if service not in services:
            message = f"{variant} has no service `{service}`"
            yield Misfit((*place, "of"), message, nearest(service, services))
        elif not services[service].startswith(("http://", "https://")):
            message = f"{service} of {variant} is not at an http(s) address"
            yield Misfit((*place, "of"), message, "metrics are read over HTTP")


def named_as_shown(name: str, place: Place, example: str) -> Iterator[Misfit]:
    """What is wrong where a counter or a gauge has no name that Prometheus takes."""
    if not _METRIC.fullmatch(name):
        hint = f"write it as Prometheus shows it, such as `{example}`"
        yield Misfit(place, f"`{name}` is no name of a metric", hint)
