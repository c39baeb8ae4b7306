"""What must hold at every moment, not only at rest: over what the stores only ever add to, in its
order. Money by the provider's ledger, stock by its moves, checkouts by their history.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from audits.orders import Books, Row

from assay.scripts import Finding, gone_back, overdrawn

RANKS = {"missing": 0, "running": 1, "confirmed": 2, "undoing": 3, "cancelled": 4}
"""How far along a checkout is: it never goes back."""
TAKEN_BACK = "cancelled by its user"
"""All that may be written of one that is confirmed."""
TAKEN_UP = "taken up"
"""A note that changes nothing, and may be numbered before a change that came sooner."""
Units = tuple[int, int, int]
"""(on hand, held, committed)"""
_HOLD, _COMMIT, _RELEASE, _RETURN = (-1, 1, 0), (0, -1, 1), (1, -1, 0), (1, 0, -1)
MOVES = {
    "held": (_HOLD,),
    "released": (_HOLD, _RELEASE),
    "committed": (_HOLD, _COMMIT),
    "returned": (_HOLD, _COMMIT, _RETURN),
}
"""Reservation → what each of its units has done."""


def findings(books: Books) -> dict[str, Finding]:
    """Pure, and linear."""
    return {**_money(books.ledger, books.checkouts), **_stock(books), **_states(books.history)}


def finding(wrong: Iterable[str], of: int) -> Finding:
    listed = sorted(wrong)
    return Finding(len(listed), of, listed)


def _money(ledger: Iterable[Row], checkouts: Mapping[str, Row]) -> dict[str, Finding]:
    """Never more is captured than was authorised, refunded than captured, kept than is due."""
    entries = list(ledger)
    # A void takes all that is left, so that nothing can be captured after it, nor before.
    limits: dict[str, Callable[[Row], int]] = {
        "captured_beyond": _signed("authorised", "captured", "voided"),
        "refunded_beyond": _signed("captured", "refunded"),
    }
    references = {entry["authorisation_id"]: entry["reference"] for entry in entries}
    found: dict[str, Finding] = {}
    for name, amount in limits.items():
        wrong = overdrawn((entry["authorisation_id"], amount(entry)) for entry in entries)
        found[name] = finding({references[each] for each in wrong}, len(references))
    kept = _signed("refunded", "captured")
    due = {k: row["total_minor"] for k, row in checkouts.items()}
    wrong = overdrawn(((entry["reference"], kept(entry)) for entry in entries), due)
    found["kept_beyond"] = finding(wrong, len(due))
    return found


def _signed(adds: str, *takes: str) -> Callable[[Row], int]:
    signs = {adds: 1} | dict.fromkeys(takes, -1)
    return lambda entry: signs.get(entry["kind"], 0) * entry["amount_minor"]


def _stock(books: Books) -> dict[str, Finding]:
    """No variant is ever below zero or other than what was received, and each move is one that its
    checkout's reservation makes."""
    received = {row["variant_id"]: row["received"] for row in books.stock}
    now: dict[str, Units] = {name: (units, 0, 0) for name, units in received.items()}
    below: set[str] = set()
    drifted: set[str] = set()
    strange: set[str] = set()
    made: dict[tuple[str, str], list[Units]] = defaultdict(list)
    for move in books.moves:
        name = move["variant_id"]
        units = _units(move)
        before = now.get(name, (0, 0, 0))
        now[name] = units
        if min(units) < 0:
            below.add(name)
        if sum(units) != received.get(name):
            drifted.add(name)
        made[move["checkout_id"], name].append(
            (units[0] - before[0], units[1] - before[1], units[2] - before[2])
        )
    drifted |= {row["variant_id"] for row in books.stock if now[row["variant_id"]] != _units(row)}
    for checkout_id, row in books.reservations.items():
        for name, expected in _expected(row):
            if made.pop((checkout_id, name), None) != expected:
                strange.add(checkout_id)
    strange |= {checkout_id for checkout_id, _ in made}
    return {
        "stock_below_zero": finding(below, len(now)),
        "stock_otherwise": finding(drifted, len(now)),
        "strange_moves": finding(strange, len(books.reservations)),
    }


def _units(row: Row) -> Units:
    return row["on_hand"], row["held"], row["committed"]


def _expected(reservation: Row) -> Iterator[tuple[str, list[Units]]]:
    """Variants with their moves, of a reservation that has come to where it stands."""
    moves = MOVES.get(reservation["state"], ())
    units: Mapping[str, int] = json.loads(reservation["units"]) if moves else {}
    for name, n in units.items():
        yield name, [(n * on_hand, n * held, n * committed) for on_hand, held, committed in moves]


def _states(history: Iterable[Row]) -> dict[str, Finding]:
    """A state that ends a checkout is its last, unless its user takes it back."""
    states: dict[str, str] = {}
    moved_on: set[str] = set()
    rows: list[tuple[str, int, int, int]] = []
    for seq, row in enumerate(history):
        if row["what"] == TAKEN_UP:
            continue
        checkout_id, state = row["checkout_id"], row["state"]
        rows.append((checkout_id, seq, seq, RANKS[state]))
        before = states.get(checkout_id)
        states[checkout_id] = state
        if before == "cancelled" or (before == "confirmed" and row["what"] != TAKEN_BACK):
            moved_on.add(checkout_id)
    return {
        "turned_back": finding(gone_back(rows), len(states)),
        "ended_twice": finding(moved_on, len(states)),
    }
