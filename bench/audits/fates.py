"""Made-up days of a shop: what its users did and were told, and what its stores then hold. Pure.

Each checkout has a fate, a line of words below, and several go on at once. `shop/` must be on the
path: what is made up is the audit's own `Books`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from audits.orders import Books

from assay.scripts import Operation

FORWARD = "hold running:1 authorised running:2 captured running:3 running:4 commit confirmed"
BACK = "undoing:3 undoing:2 refunded undoing:1 undoing:0 release cancelled"
TAKEN = "undoing:4! return undoing:3 undoing:2 refunded undoing:1 undoing:0 cancelled"
FATES = {
    "confirmed": f"begin accepted begun:ok read {FORWARD} told",
    "watched": f"begin accepted begun:ok {FORWARD.replace(' running', ' read told running')}"
    " read told read told",
    "declined": "begin accepted begun:ok hold running:1 undoing:0 read release cancelled told",
    "sold out": "begin accepted begun:ok refuse cancelled read told",
    "voided": "begin accepted begun:ok read hold running:1 authorised running:2 undoing:2"
    " undoing:1 voided undoing:0 release cancelled told",
    "given back": f"begin accepted begun:ok hold running:1 authorised running:2 captured running:3"
    f" read told {BACK} read told",
    "taken back": f"begin accepted begun:ok {FORWARD} read told take {TAKEN} taken:ok read told",
    "taken back unheard": f"begin accepted begun:ok {FORWARD} read told take taken:unknown {TAKEN}",
    "not taken back": f"begin accepted begun:ok {FORWARD} read told take taken:unknown",
    "kept": f"begin accepted begun:ok {FORWARD} read told take taken:failed read told",
    "undone anyway": "begin accepted begun:ok hold running:1 take undoing:0 release cancelled"
    " taken:ok",
    "begun unheard": f"begin begun:unknown accepted {FORWARD}",
    "never begun": "begin begun:unknown",
    "refused": "begin begun:failed",
}
PRICE_MINOR = 1_000
AT_ONCE = 8


@dataclass
class Day:
    """Rows as the stores have them, and the history that users wrote."""

    variants: int
    fates: list[str] = field(default_factory=list[str])
    """Of each checkout: `k-0`, `k-1`, …"""
    operations: list[Operation] = field(default_factory=list[Operation])
    checkouts: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    history: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    ledger: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    moves: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    stock: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    reservations: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    clock_us: int = 0

    def books(self) -> Books:
        """What is not asked of them here is left out."""
        return Books(
            checkouts=self.checkouts, history=self.history, orders=[], payments={},
            stock=list(self.stock.values()), moves=self.moves, reservations=self.reservations,
            ledger=self.ledger, waiting={},
        )  # fmt: skip

    def named(self, fate: str) -> list[str]:
        """Checkouts of this fate."""
        return [f"k-{number}" for number, each in enumerate(self.fates) if each == fate]


def lived(fates: Sequence[str], variants: int = 10, received: int = 1_000_000) -> Day:
    """A day on which nothing goes wrong that a shop must not do."""
    day = Day(variants, list(fates))
    for number in range(variants):
        name = f"v-{number}"
        stock = {"variant_id": name, "received": received, "on_hand": received}
        day.stock[name] = stock | {"held": 0, "committed": 0}
    waiting = (_Checkout(day, number).steps(fate) for number, fate in enumerate(fates))
    under_way: list[Iterator[None]] = []
    while under_way or (first := next(waiting, None)) is not None:
        if not under_way:
            under_way.append(first)
        while len(under_way) < AT_ONCE and (another := next(waiting, None)) is not None:
            under_way.append(another)
        under_way = [each for each in under_way if next(each, each) is None]
    return day


class _Checkout:
    def __init__(self, day: Day, number: int) -> None:
        self.day = day
        self.id = f"k-{number}"
        self.key = f"buyer-{number % AT_ONCE} key-{number}"
        self.user = number % AT_ONCE
        names = {f"v-{number % day.variants}", f"v-{number * 7 % day.variants}"}
        self.units = {name: 1 + number % 3 for name in sorted(names)}
        self.began_us: dict[str, int] = {}

    def steps(self, fate: str) -> Iterator[None]:
        for word in FATES[fate].split():
            self.day.clock_us += 1
            self._do(*word.partition(":")[::2])
            yield

    def _do(self, word: str, more: str) -> None:
        match word:
            case "begin" | "read" | "take":
                self.began_us[word] = self.day.clock_us
            case "begun":
                self._ended("begin", self.key, more, self.id if more == "ok" else "")
            case "told":
                state = self.day.checkouts[self.id]["state"]
                self._ended("read", self.id, "ok", state, PRICE_MINOR)
            case "taken":
                self._ended("take_back", self.id, more, began="take")
            case "accepted":
                user_id, _, key = self.key.partition(" ")
                self.day.checkouts[self.id] = {
                    "checkout_id": self.id, "user_id": user_id, "idempotency_key": key,
                    "state": "running", "total_minor": PRICE_MINOR, "currency": "EUR",
                }  # fmt: skip
                self._written("running", 0, "accepted")
            case "running" | "undoing":
                by_user = more.endswith("!")
                what = "cancelled by its user" if by_user else "something"
                self._written(word, int(more.rstrip("!")), what)
            case "confirmed":
                self._written(word, 4, "stock committed")
            case "cancelled":
                self._written(word, 0, "stock released")
            case "authorised" | "captured" | "voided" | "refunded":
                self.day.ledger.append(entry(word, self.id))
            case "refuse":
                self.day.reservations[self.id] = {"state": "refused", "units": "{}"}
            case _:
                self._moved(word)

    def _ended(
        self, what: str, key: str, outcome: Any, seen: str = "", amount: int | None = None,
        began: str = "",
    ) -> None:  # fmt: skip
        began_us = self.began_us[began or what]
        ended = (self.day.clock_us, self.user, what, key, outcome, seen, amount)
        self.day.operations.append(Operation(began_us, *ended))

    def _written(self, state: str, step: int, what: str) -> None:
        self.day.checkouts[self.id]["state"] = state
        self.day.history.append(written(self.id, state, step, what))

    def _moved(self, word: str) -> None:
        to = {"hold": "held", "commit": "committed", "release": "released", "return": "returned"}
        self.day.reservations[self.id] = {"state": to[word], "units": json.dumps(self.units)}
        for name, n in self.units.items():
            move(self.day, self.id, name, *(n * sign for sign in SIGNS[word]))


SIGNS = {"hold": (-1, 1, 0), "commit": (0, -1, 1), "release": (1, -1, 0), "return": (1, 0, -1)}


def move(day: Day, checkout_id: str, name: str, on_hand: int, held: int, committed: int) -> None:
    """By so much, in the stock and in its history."""
    stock = day.stock[name]
    stock["on_hand"] += on_hand
    stock["held"] += held
    stock["committed"] += committed
    now = {each: stock[each] for each in ("variant_id", "on_hand", "held", "committed")}
    day.moves.append(now | {"checkout_id": checkout_id})


def entry(kind: str, reference: str, amount_minor: int = PRICE_MINOR, of: str = "") -> dict:
    """Of the ledger."""
    return {
        "kind": kind, "reference": reference, "authorisation_id": of or f"a-{reference}",
        "amount_minor": amount_minor, "currency": "EUR",
    }  # fmt: skip


def written(checkout_id: str, state: str, step: int, what: str) -> dict:
    """Of the checkouts' history."""
    return {"checkout_id": checkout_id, "state": state, "step": step, "what": what}


def operations_of(day: Day, what: str, key: str) -> Iterable[int]:
    """Their indices in the history."""
    return [n for n, each in enumerate(day.operations) if (each.what, each.key) == (what, key)]
