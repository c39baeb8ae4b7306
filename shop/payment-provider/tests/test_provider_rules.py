"""Whatever is done to an authorisation, in whatever order, the money adds up."""

from __future__ import annotations

from contextlib import suppress
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payment_provider.rules import Authorisation, Entry, WrongState, after, amount_of

KINDS = {"capture": "captured", "void": "voided", "refund": "refunded"}
actions = st.lists(
    st.tuples(st.sampled_from(sorted(KINDS)), st.none() | st.integers(1, 150)), max_size=12
)


def _opened(kind: str, amount_minor: int) -> Entry:
    return Entry(
        kind=kind,
        authorisation_id="auth_1",
        reference="r",
        amount_minor=amount_minor,
        currency="EUR",
        idempotency_key="k",
        reason="card_declined" if kind == "declined" else "",
    )


def _entry(held: Authorisation, kind: str, amount_minor: int) -> Entry:
    return Entry(
        kind=kind,
        authorisation_id=held.id,
        reference=held.reference,
        amount_minor=amount_minor,
        currency=held.currency,
        idempotency_key="k",
    )


@given(st.sampled_from(["authorised", "declined"]), st.integers(1, 100), actions)
def test_money_adds_up_and_the_ledger_tells_the_state(kind: str, amount: int, asked) -> None:
    entries = [_opened(kind, amount)]
    held = after(None, entries[0])
    for action, asked_minor in asked:
        with suppress(WrongState):
            minor = amount_of(action, held, asked_minor)
            entries.append(_entry(held, KINDS[action], minor))
            held = after(held, entries[-1])
            assert minor >= 1
        assert held.captured_minor <= held.amount_minor == amount
        assert held.refunded_minor <= held.captured_minor
        assert (held.status == "refunded") == (held.refunded_minor == held.captured_minor > 0)

    sums = {each: 0 for each in (*KINDS.values(), kind)}
    for entry in entries:
        sums[entry.kind] += entry.amount_minor
    assert held.captured_minor == sums["captured"]
    assert held.refunded_minor == sums["refunded"]
    assert not (sums["captured"] and sums["voided"])
    if kind == "declined":
        assert len(entries) == 1
    assert reduce(after, entries, None) == held


@given(st.integers(1, 100), st.lists(st.integers(1, 60), min_size=1, max_size=10))
def test_parts_are_refunded_until_nothing_is_left(amount: int, parts: list[int]) -> None:
    opened = after(None, _opened("authorised", amount))
    held = after(opened, _entry(opened, "captured", amount))
    left = amount
    for part in parts:
        if left == 0:
            break
        if part > left:
            with pytest.raises(WrongState) as told:
                amount_of("refund", held, part)
            assert (told.value.asked_minor, told.value.most_minor) == (part, left)
            continue
        held = after(held, _entry(held, "refunded", amount_of("refund", held, part)))
        left -= part
    assert held.captured_minor - held.refunded_minor == left


# State, what is asked, whether it can be done.
TABLE = [
    ("authorised", "capture", True),
    ("authorised", "void", True),
    ("authorised", "refund", False),
    ("declined", "capture", False),
    ("declined", "void", False),
    ("declined", "refund", False),
    ("captured", "capture", False),
    ("captured", "void", False),
    ("captured", "refund", True),
    ("voided", "capture", False),
    ("voided", "void", False),
    ("voided", "refund", False),
    ("refunded", "capture", False),
    ("refunded", "void", False),
    ("refunded", "refund", False),
]


@pytest.mark.parametrize(("state", "action", "can"), TABLE)
def test_what_can_be_done_in_each_state(state: str, action: str, can: bool) -> None:
    captured = 10 if state in ("captured", "refunded") else 0
    held = Authorisation(
        id="auth_1",
        status=state,
        amount_minor=10,
        currency="EUR",
        reference="r",
        captured_minor=captured,
        refunded_minor=10 if state == "refunded" else 0,
    )
    if can:
        assert amount_of(action, held, None) == 10
    else:
        with pytest.raises(WrongState, match=state) as told:
            amount_of(action, held, None)
        assert told.value.state == state
