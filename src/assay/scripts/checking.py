"""What a history must be, beside what the stores hold. Pure, and linear in its length.

`effects_of`: what was acknowledged is there, what is there was asked for, what was refused is not.
`gone_back`: nobody reads something older than what was read before. `overdrawn`: no account is ever
below zero.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from assay.scripts.history import Ended

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Effects(Generic[Key]):
    """What of the effects in the stores is wrong, by key."""

    acknowledged: int
    """How many keys were, at least once."""
    lost: frozenset[Key]
    """Acknowledged, and not there."""
    unasked: frozenset[Key]
    """There, and nobody asked for it."""
    despite: frozenset[Key]
    """There, and refused each time that it was asked for."""


def effects_of(operations: Iterable[tuple[Key, Ended]], stored: Collection[Key]) -> Effects[Key]:
    """A key that was asked for more than once is acknowledged where any of them was.

    Where one is unknown and none acknowledged, its effect may be there or not.
    """
    outcomes: dict[Key, Ended] = {}
    for key, outcome in operations:
        before = outcomes.get(key)
        if before is None or before == "failed" or outcome == "ok":
            outcomes[key] = outcome
    there = frozenset(stored)
    acknowledged = frozenset(k for k, outcome in outcomes.items() if outcome == "ok")
    return Effects(
        acknowledged=len(acknowledged),
        lost=acknowledged - there,
        unasked=there - outcomes.keys(),
        despite=frozenset(k for k in there if outcomes.get(k) == "failed"),
    )


def gone_back(reads: Iterable[tuple[Key, int, int, int]]) -> set[Key]:
    """Keys of which something was read that is older than what an earlier read had told.

    A read is (key, when it began, when it ended, how far along what it told is); those of a key are
    in the order of their ends. Earlier is a read that had ended when the other began: of two at
    once either may see the other's past.
    """
    wrong: set[Key] = set()
    ends: dict[Key, list[int]] = {}
    ranks: dict[Key, list[int]] = {}  # the furthest that was told until then, rising
    for key, began, ended, rank in reads:
        known = ranks.setdefault(key, [])
        at = ends.setdefault(key, [])
        earlier = bisect_left(at, began)
        if earlier and rank < known[earlier - 1]:
            wrong.add(key)
        if not known or rank > known[-1]:
            at.append(ended)
            known.append(rank)
    return wrong


def overdrawn(
    movements: Iterable[tuple[Key, int]], opening: Mapping[Key, int] | None = None
) -> set[Key]:
    """Accounts that are below zero after some movement, these being in their order."""
    balances = dict(opening or {})
    wrong: set[Key] = set()
    for key, amount in movements:
        balance = balances.get(key, 0) + amount
        balances[key] = balance
        if balance < 0:
            wrong.add(key)
    return wrong
