"""What users did and were told, beside what the stores hold: the history that the journeys of
`journeys/checkout.py` write.

    begin      key `user idempotency-key`, seen the checkout's id
    read       key the checkout's id, seen its state, amount its total
    take_back  key the checkout's id
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import inf

from audits.orders import Books
from audits.prefixes import RANKS, TAKEN_BACK, finding

from assay.scripts import Finding, Operation, effects_of, gone_back

UNDONE = ("undoing", "cancelled")
TOLD = {"begin": "running", "take_back": "undoing"}
"""What else is acknowledged → the state that it tells of, or one before it."""


def findings(books: Books, operations: Iterable[Operation]) -> dict[str, Finding]:
    """Pure, and linear in both."""
    history = list(operations)
    return {**_effects(books, [o for o in history if o.what != "read"]), **_reads(books, history)}


def _effects(books: Books, operations: Sequence[Operation]) -> dict[str, Finding]:
    """What was acknowledged is in the stores, what is there was asked for and not refused."""
    begun = {
        ("begin", f"{row['user_id']} {row['idempotency_key']}"): k
        for k, row in books.checkouts.items()
    }
    taken_back = {
        ("take_back", row["checkout_id"]): row["checkout_id"]
        for row in books.history
        if row["what"] == TAKEN_BACK
    }
    given = {(o.what, o.key): o.seen for o in operations if (o.what, o.outcome) == ("begin", "ok")}
    ids = given | begun | taken_back
    found = effects_of((((o.what, o.key), o.outcome) for o in operations), begun | taken_back)
    # One that had undone itself before is as its user wants it.
    undone = {k for k, row in books.checkouts.items() if row["state"] in UNDONE}
    lost = {ids.get(effect, effect[1]) for effect in found.lost} - undone
    lost |= {checkout_id for effect, checkout_id in given.items() if ids[effect] != checkout_id}
    return {
        "unkept": finding(lost, found.acknowledged),
        "unasked": finding({ids[effect] for effect in found.unasked}, len(ids)),
        "done_though_refused": finding({ids[effect] for effect in found.despite}, len(ids)),
    }


def _reads(books: Books, history: Sequence[Operation]) -> dict[str, Finding]:
    """Nobody is told what never was, or an older state after a newer one; what is confirmed stays
    so until its user may have taken it back."""
    states: dict[str, set[str]] = defaultdict(set)
    for row in books.history:
        states[row["checkout_id"]].add(row["state"])
    taken_back: dict[str, float] = {}
    for each in history:
        if each.what == "take_back" and each.outcome != "failed":
            taken_back.setdefault(each.key, each.began_us)
    confirmed: dict[str, int] = {}
    untrue: set[str] = set()
    undone: set[str] = set()
    reads = [each for each in history if (each.what, each.outcome) == ("read", "ok")]
    for read in reads:
        k, row = read.key, books.checkouts.get(read.key)
        if read.seen != "missing":
            total_minor = None if row is None else row["total_minor"]
            if read.seen not in states[k] or read.amount != total_minor:
                untrue.add(k)
        if read.seen == "confirmed":
            confirmed.setdefault(k, read.ended_us)
        known_us, asked_us = confirmed.get(k, inf), taken_back.get(k, inf)
        if read.seen in UNDONE and known_us < read.began_us and asked_us > read.ended_us:
            undone.add(k)
    undone |= {
        k
        for k in confirmed.keys() & books.checkouts.keys()
        if k not in taken_back and books.checkouts[k]["state"] in UNDONE
    }
    return {
        "untrue_reads": finding(untrue, len(reads)),
        "went_back": finding(gone_back(_told(books, history)), len(reads)),
        "undone_unasked": finding(undone, len(confirmed)),
    }


def _told(books: Books, history: Iterable[Operation]) -> Iterator[tuple[str, int, int, int]]:
    """How far along each checkout was told to be, and is at last; as `gone_back` takes it."""
    keys: set[str] = set()
    for each in history:
        if each.outcome != "ok":
            continue
        key = each.seen if each.what == "begin" else each.key
        keys.add(key)
        yield key, each.began_us, each.ended_us, RANKS[TOLD.get(each.what, each.seen)]
    far_us = 1 << 62
    for key in keys & books.checkouts.keys():
        yield key, far_us, far_us, RANKS[books.checkouts[key]["state"]]
