"""Counters in the text that Prometheus scrapes, and by how much they rose. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

from assay.evidence.errors import EvidenceError

Counted = tuple[float, float | None]
"""A counter and that of which it is a part; None for one that is no part of anything."""


def total(exposition: str, name: str, labels: Mapping[str, str]) -> float | None:
    """The sum over the samples of a counter that have these labels; None where there are none.

    Raises EvidenceError for a text that is no exposition.
    """
    found: list[float] = []
    try:
        for family in text_string_to_metric_families(exposition):
            found += [
                sample.value
                for sample in family.samples
                if sample.name == name and labels.items() <= sample.labels.items()
            ]
    except (ValueError, KeyError, IndexError) as error:
        raise EvidenceError(f"this is no Prometheus exposition: {error}") from error
    return math.fsum(found) if found else None


def rise(before: Counted | None, after: Counted | None) -> tuple[float, float] | None:
    """Of a part and its whole, between two readings; None where they cannot be trusted.

    A counter that fell was begun anew; a part that rose more than its whole is no part of it. The
    whole of a single counter is 1: the one stretch in which it rose so much.
    """
    if before is None or after is None:
        return None
    part = after[0] - before[0]
    if before[1] is None or after[1] is None:
        return (part, 1.0) if part >= 0 else None
    whole = after[1] - before[1]
    return (part, whole) if 0 <= part <= whole else None
