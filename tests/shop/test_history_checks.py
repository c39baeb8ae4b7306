"""Each kind of violation, put into a day on which nothing was wrong, is found, and nothing else."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Checks:
    fates: ModuleType
    prefixes: ModuleType
    operations: ModuleType

    def found(self, day) -> dict[str, list[str]]:
        """Counts that are not zero, and whom they name."""
        books = day.books()
        findings = self.prefixes.findings(books) | self.operations.findings(books, day.operations)
        assert all(each.found == len(each.ids) for each in findings.values())
        return {name: list(each.ids) for name, each in findings.items() if each.found}


@pytest.fixture(scope="module")
def checks() -> Iterator[Checks]:
    """As assay imports them: from the folder of the claims file."""
    sys.path[:0] = [str(ROOT / "shop"), str(ROOT)]
    try:
        from audits import operations, prefixes

        from bench.audits import fates

        yield Checks(fates, prefixes, operations)
    finally:
        del sys.path[:2]


DAYS = st.lists(st.integers(0, 13), max_size=40)


def day_of(checks: Checks, drawn: list[int], *more: str):
    """A day of these fates, and among them some that a violation needs."""
    names = list(checks.fates.FATES)
    fates = [names[n] for n in drawn]
    for n, name in enumerate(more):
        fates.insert((n + 1) * len(fates) // (len(more) + 1), name)
    return checks.fates.lived(fates)


@given(DAYS)
def test_a_day_without_violations_has_none(checks: Checks, drawn: list[int]) -> None:
    assert checks.found(day_of(checks, drawn)) == {}


def test_every_fate_is_right(checks: Checks) -> None:
    fates = list(checks.fates.FATES) * 20
    random.Random(1).shuffle(fates)
    assert checks.found(checks.fates.lived(fates)) == {}


# -- violations: each changes the day, and gives what is to be found -------------------------------

Expected = dict[str, list[str]]
Violation = Callable[[ModuleType, object, str], Expected]
"""Of (fates, day, whom it happens to)."""


def _lost(fates, day, k: str) -> Expected:
    """Acknowledged, and in no store."""
    del day.checkouts[k], day.reservations[k]
    day.history = [row for row in day.history if row["checkout_id"] != k]
    return {"unkept": [k], "untrue_reads": [k]}


def _given_another_id(fates, day, k: str) -> Expected:
    [n] = fates.operations_of(day, "begin", _key(day, k))
    day.operations[n] = day.operations[n]._replace(seen="k-another")
    return {"unkept": ["k-another"]}


def _unasked(fates, day, k: str) -> Expected:
    _forget(fates, day, "begin", _key(day, k))
    return {"unasked": [k]}


def _of_another_user(fates, day, k: str) -> Expected:
    """The one who asked for it has none, and another has one."""
    day.checkouts[k]["user_id"] = "buyer-another"
    return {"unkept": [k], "unasked": [k]}


def _done_though_refused(fates, day, k: str) -> Expected:
    [n] = fates.operations_of(day, "begin", _key(day, k))
    day.operations[n] = day.operations[n]._replace(outcome="failed", seen="")
    return {"done_though_refused": [k]}


def _not_taken_back(fates, day, k: str) -> Expected:
    [n] = fates.operations_of(day, "take_back", k)
    day.operations[n] = day.operations[n]._replace(outcome="ok")
    return {"unkept": [k], "went_back": [k]}


def _taken_back_though_refused(fates, day, k: str) -> Expected:
    [n] = fates.operations_of(day, "take_back", k)
    day.operations[n] = day.operations[n]._replace(outcome="failed")
    return {"done_though_refused": [k], "undone_unasked": [k]}


def _taken_back_unasked(fates, day, k: str) -> Expected:
    _forget(fates, day, "take_back", k)
    return {"unasked": [k], "undone_unasked": [k]}


def _read_before_it_was_asked(fates, day, k: str) -> Expected:
    """That it is undone is read before its user asks for that."""
    [n] = fates.operations_of(day, "take_back", k)
    last = fates.operations_of(day, "read", k)[-1]
    late_us = day.operations[last].ended_us + 1
    day.operations[n] = day.operations[n]._replace(began_us=late_us, ended_us=late_us + 1)
    return {"undone_unasked": [k]}


def _read_back(fates, day, k: str) -> Expected:
    _read_again(fates, day, k, "running")
    return {"went_back": [k]}


def _read_as_before_it_was_taken_back(fates, day, k: str) -> Expected:
    n = fates.operations_of(day, "read", k)[-1]
    day.operations[n] = day.operations[n]._replace(seen="confirmed")
    return {"went_back": [k]}


def _read_missing(fates, day, k: str) -> Expected:
    """What was acknowledged cannot be found, and later can."""
    first = fates.operations_of(day, "read", k)[0]
    read = day.operations[first]
    day.operations.insert(first, read._replace(seen="missing", amount=None))
    return {"went_back": [k]}


def _told_what_never_was(fates, day, k: str) -> Expected:
    n = fates.operations_of(day, "read", k)[-1]
    day.operations[n] = day.operations[n]._replace(seen="cancelled")
    return {"untrue_reads": [k], "went_back": [k]}


def _told_another_total(fates, day, k: str) -> Expected:
    n = fates.operations_of(day, "read", k)[0]
    day.operations[n] = day.operations[n]._replace(amount=fates.PRICE_MINOR - 1)
    return {"untrue_reads": [k]}


def _undone_by_itself(fates, day, k: str) -> Expected:
    day.checkouts[k]["state"] = "cancelled"
    day.history.append(fates.written(k, "cancelled", 0, "stock released"))
    return {"ended_twice": [k], "undone_unasked": [k]}


def _turned_back(fates, day, k: str) -> Expected:
    day.history.append(fates.written(k, "running", 4, "order confirmed"))
    day.history.append(fates.written(k, "confirmed", 4, "stock committed"))
    return {"turned_back": [k], "ended_twice": [k]}


def _undone_again(fates, day, k: str) -> Expected:
    day.history.append(fates.written(k, "cancelled", 0, "stock released"))
    return {"ended_twice": [k]}


def _undoing_turned_back(fates, day, k: str) -> Expected:
    n = next(n for n, row in enumerate(day.history) if _is(row, k, "undoing"))
    day.history.insert(n + 1, fates.written(k, "running", 3, "payment captured"))
    return {"turned_back": [k]}


def _captured_twice(fates, day, k: str) -> Expected:
    day.ledger.append(fates.entry("captured", k))
    return {"captured_beyond": [k], "kept_beyond": [k]}


def _a_cent_more(fates, day, k: str) -> Expected:
    n = _entry(day, k, "captured")
    day.ledger[n] = fates.entry("captured", k, fates.PRICE_MINOR + 1)
    return {"captured_beyond": [k], "kept_beyond": [k]}


def _captured_unauthorised(fates, day, k: str) -> Expected:
    """The sums are right in the end."""
    _swap(day, _entry(day, k, "authorised"), _entry(day, k, "captured"))
    return {"captured_beyond": [k]}


def _captured_when_void(fates, day, k: str) -> Expected:
    day.ledger.append(fates.entry("captured", k))
    day.ledger.append(fates.entry("refunded", k))
    return {"captured_beyond": [k]}


def _refunded_twice(fates, day, k: str) -> Expected:
    day.ledger.append(fates.entry("refunded", k))
    return {"refunded_beyond": [k]}


def _refunded_uncaptured(fates, day, k: str) -> Expected:
    """The sums are right in the end."""
    _swap(day, _entry(day, k, "captured"), _entry(day, k, "refunded"))
    return {"refunded_beyond": [k]}


def _charged_twice_for_a_while(fates, day, k: str) -> Expected:
    """By another authorisation, and given back: the sums are right in the end."""
    kinds = ("authorised", "captured", "refunded")
    at = _entry(day, k, "captured") + 1
    day.ledger[at:at] = [fates.entry(kind, k, of="a-another") for kind in kinds]
    return {"kept_beyond": [k]}


def _charged_for_nothing(fates, day, k: str) -> Expected:
    day.ledger += [fates.entry(kind, "k-nobody") for kind in ("authorised", "captured")]
    return {"kept_beyond": ["k-nobody"]}


def _sold_below_zero(fates, day, k: str) -> Expected:
    """More is held than there is, for a while, by somebody who reserved nothing."""
    name, n = "v-0", day.stock["v-0"]["on_hand"] + 1
    fates.move(day, "k-nobody", name, -n, n, 0)
    fates.move(day, "k-nobody", name, n, -n, 0)
    return {"stock_below_zero": [name], "strange_moves": ["k-nobody"]}


def _put_back_twice(fates, day, k: str) -> Expected:
    name, n = _first_move(fates, day, k)
    fates.move(day, k, name, n, -n, 0)
    return {"stock_below_zero": [name], "strange_moves": [k]}


def _held_again(fates, day, k: str) -> Expected:
    name, n = _first_move(fates, day, k)
    fates.move(day, k, name, -n, n, 0)
    return {"strange_moves": [k]}


def _one_unit_made_up(fates, day, k: str) -> Expected:
    name, n = _first_move(fates, day, k)
    day.reservations["k-more"] = {"state": "held", "units": f'{{"{name}": {n}}}'}
    fates.move(day, "k-more", name, -n, n + 1, 0)
    return {"stock_otherwise": [name], "strange_moves": ["k-more"]}


def _moved_unwritten(fates, day, k: str) -> Expected:
    name, _ = _first_move(fates, day, k)
    day.stock[name]["on_hand"] -= 1
    day.stock[name]["committed"] += 1
    return {"stock_otherwise": [name]}


def _reserved_otherwise(fates, day, k: str) -> Expected:
    """Written down as released, and never put back."""
    day.reservations[k]["state"] = "released"
    return {"strange_moves": [k]}


def _reserved_nothing(fates, day, k: str) -> Expected:
    """Written down as held, and nothing was taken from the shelf."""
    day.reservations["k-more"] = {"state": "held", "units": '{"v-0": 1}'}
    return {"strange_moves": ["k-more"]}


def _key(day, k: str) -> str:
    row = day.checkouts[k]
    return f"{row['user_id']} {row['idempotency_key']}"


def _forget(fates, day, what: str, key: str) -> None:
    [n] = fates.operations_of(day, what, key)
    del day.operations[n]


def _read_again(fates, day, k: str, state: str) -> None:
    """By its user, after all that was read."""
    last = day.operations[fates.operations_of(day, "read", k)[-1]]
    at_us = day.operations[-1].ended_us + 1
    day.operations.append(last._replace(began_us=at_us, ended_us=at_us + 1, seen=state))


def _is(row, k: str, state: str) -> bool:
    return (row["checkout_id"], row["state"]) == (k, state)


def _entry(day, k: str, kind: str) -> int:
    return next(
        n for n, each in enumerate(day.ledger) if (each["reference"], each["kind"]) == (k, kind)
    )


def _swap(day, one: int, other: int) -> None:
    day.ledger[one], day.ledger[other] = day.ledger[other], day.ledger[one]


def _first_move(fates, day, k: str) -> tuple[str, int]:
    """A variant that it moved, and how many."""
    name = next(row["variant_id"] for row in day.moves if row["checkout_id"] == k)
    number = int(k.removeprefix("k-"))
    return name, 1 + number % 3


VIOLATIONS: list[tuple[str, Violation]] = [
    ("sold out", _lost),
    ("confirmed", _given_another_id),
    ("confirmed", _unasked),
    ("begun unheard", _unasked),
    ("confirmed", _of_another_user),
    ("watched", _done_though_refused),
    ("begun unheard", _done_though_refused),
    ("not taken back", _not_taken_back),
    ("taken back", _taken_back_though_refused),
    ("taken back", _taken_back_unasked),
    ("taken back", _read_before_it_was_asked),
    ("watched", _read_back),
    ("taken back", _read_back),
    ("taken back", _read_as_before_it_was_taken_back),
    ("watched", _read_missing),
    ("confirmed", _told_what_never_was),
    ("watched", _told_another_total),
    ("confirmed", _undone_by_itself),
    ("kept", _undone_by_itself),
    ("confirmed", _turned_back),
    ("begun unheard", _turned_back),
    ("declined", _undone_again),
    ("voided", _undoing_turned_back),
    ("confirmed", _captured_twice),
    ("confirmed", _a_cent_more),
    ("confirmed", _captured_unauthorised),
    ("voided", _captured_when_void),
    ("taken back", _refunded_twice),
    ("given back", _refunded_uncaptured),
    ("confirmed", _charged_twice_for_a_while),
    ("confirmed", _charged_for_nothing),
    ("confirmed", _sold_below_zero),
    ("declined", _put_back_twice),
    ("confirmed", _held_again),
    ("confirmed", _one_unit_made_up),
    ("confirmed", _moved_unwritten),
    ("confirmed", _reserved_otherwise),
    ("confirmed", _reserved_nothing),
]


@pytest.mark.parametrize(
    ("fate", "violation"), VIOLATIONS, ids=[f"{v.__name__[1:]}-{fate}" for fate, v in VIOLATIONS]
)
@given(drawn=DAYS, data=st.data())
@settings(max_examples=25)
def test_a_violation_is_found_and_nothing_else(
    checks: Checks, fate: str, violation: Violation, drawn: list[int], data: st.DataObject
) -> None:
    day = day_of(checks, drawn, fate)
    whom = data.draw(st.sampled_from(day.named(fate)))
    expected = violation(checks.fates, day, whom)
    assert checks.found(day) == expected


def test_each_count_is_found_at_least_once(checks: Checks) -> None:
    """No count is there that nothing makes rise."""
    found: set[str] = set()
    for fate, violation in VIOLATIONS:
        day = day_of(checks, [0, 1, 2], fate)
        found |= violation(checks.fates, day, day.named(fate)[0]).keys()
    books = day_of(checks, []).books()
    assert found == (
        checks.prefixes.findings(books).keys() | checks.operations.findings(books, []).keys()
    )
