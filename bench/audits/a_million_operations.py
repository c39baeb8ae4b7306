"""How long it takes to check a history of a million operations against what the stores hold."""

from __future__ import annotations

import csv
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from assay.scripts import Finding, Operation, history
from bench.stack import SHOP

OPERATIONS = 1_000_000
LIMIT_S = 60.0
T = TypeVar("T")


def main() -> None:
    """Print seconds, of a tenth and of all; fails over a minute, or where a plant is not found."""
    sys.path.insert(0, str(SHOP))
    print(f"\nhistory of {OPERATIONS:,} operations")
    tenth_s = _checked(OPERATIONS // 10)
    whole_s = _checked(OPERATIONS)
    print(f"  ten times as many take {whole_s / tenth_s:.1f}x as long")
    if whole_s > LIMIT_S:
        raise SystemExit(f"  over {LIMIT_S:g} s")


def _checked(operations: int) -> float:
    from audits import operations as of_users
    from audits import prefixes

    from bench.audits import fates

    day = fates.lived(_drawn(operations, fates.FATES), variants=1_000)
    planted = _plant(fates, day)
    books = day.books()
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as folder:
        file = Path(folder) / "history.csv"
        with file.open("w", encoding="utf-8", newline="") as text:
            rows = csv.writer(text, lineterminator="\n")
            rows.writerow(Operation._fields)
            rows.writerows(day.operations)
        read_s, count = _timed(lambda: sum(1 for _ in history.read([str(file)])))
        users_s, found = _timed(lambda: of_users.findings(books, history.read([str(file)])))
    stores_s, more = _timed(lambda: prefixes.findings(books))
    events = len(books.history) + len(books.ledger) + len(books.moves)
    print(
        f"  {count:,} operations on {len(books.checkouts):,} checkouts: {users_s:.1f} s, of them"
        f" {read_s:.1f} s reading; {events:,} rows of the stores: {stores_s:.1f} s"
    )
    _compare({**found, **more}, planted)
    return users_s + stores_s


def _drawn(operations: int, words: dict[str, str]) -> list[str]:
    """Fates by lot, until they come to so many operations."""
    chance = random.Random(1)
    names = list(words)
    sizes = {
        name: sum(word.partition(":")[0] in ("begun", "told", "taken") for word in fate.split())
        for name, fate in words.items()
    }
    drawn: list[str] = []
    while operations > 0:
        drawn.append(chance.choice(names))
        operations -= sizes[drawn[-1]]
    return drawn


def _plant(fates, day) -> dict[str, set[str]]:
    """Some of each kind of mistake; count → whom it is to name, and nobody else."""
    lost, back, early = day.named("confirmed")[100], day.named("watched")[100], day.named("kept")[9]
    [at] = fates.operations_of(day, "begin", _key(day, lost))
    day.operations[at] = day.operations[at]._replace(seen="k-another")
    again = fates.operations_of(day, "read", back)[-1]
    day.operations[again] = day.operations[again]._replace(seen="running")
    kinds = {row["kind"]: n for n, row in enumerate(day.ledger) if row["reference"] == early}
    one, other = kinds["authorised"], kinds["captured"]
    day.ledger[one], day.ledger[other] = day.ledger[other], day.ledger[one]
    units = day.stock["v-7"]["on_hand"] + 1
    fates.move(day, "k-nobody", "v-7", -units, units, 0)
    fates.move(day, "k-nobody", "v-7", units, -units, 0)
    return {
        "unkept": {"k-another"},
        "went_back": {back},
        "captured_beyond": {early},
        "stock_below_zero": {"v-7"},
        "strange_moves": {"k-nobody"},
    }


def _key(day, checkout_id: str) -> str:
    row = day.checkouts[checkout_id]
    return f"{row['user_id']} {row['idempotency_key']}"


def _compare(found: dict[str, Finding], planted: dict[str, set[str]]) -> None:
    seen = {name: set(each.ids) for name, each in found.items() if each.found}
    print(f"  planted: {', '.join(planted)}; {'found' if seen == planted else f'FOUND {seen}'}")
    if seen != planted:
        raise SystemExit(1)


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began_s = time.monotonic()
    found = work()
    return time.monotonic() - began_s, found
