"""The checks of histories, beside definitions that are too slow to be used."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.scripts import effects_of, gone_back, overdrawn
from assay.scripts.history import Ended

OUTCOMES: list[tuple[list[Ended], bool, str]] = [
    (["ok"], True, ""),
    (["ok"], False, "lost"),
    (["failed"], True, "despite"),
    (["failed"], False, ""),
    (["unknown"], True, ""),
    (["unknown"], False, ""),
    ([], True, "unasked"),
    # Tried again: it counts what any of them may have done.
    (["unknown", "failed"], True, ""),
    (["failed", "unknown"], True, ""),
    (["failed", "unknown", "failed"], False, ""),
    (["unknown", "ok"], False, "lost"),
    (["ok", "unknown"], False, "lost"),
    (["ok", "failed"], False, "lost"),
    (["failed", "ok"], True, ""),
    (["failed", "failed"], True, "despite"),
]


@pytest.mark.parametrize(("outcomes", "there", "wrong"), OUTCOMES)
def test_an_effect_is_there_where_it_was_acknowledged_and_not_where_it_was_refused(
    outcomes: list[Ended], there: bool, wrong: str
) -> None:
    found = effects_of([("k", each) for each in outcomes], ["k"] if there else [])
    for name in ("lost", "unasked", "despite"):
        assert getattr(found, name) == ({"k"} if name == wrong else set()), name
    assert found.acknowledged == outcomes.count("ok")


READS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 30), st.integers(0, 15), st.integers(0, 4)),
    max_size=30,
)


@given(READS)
def test_gone_back_is_what_a_read_told_less_than_one_that_had_ended(reads) -> None:
    reads = [(key, began, began + length, rank) for key, began, length, rank in reads]
    reads.sort(key=lambda read: read[2])
    wrong = {
        key
        for key, began, _, rank in reads
        for other, _, ended, before in reads
        if other == key and ended < began and before > rank
    }
    assert gone_back(reads) == wrong


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(-5, 5)), max_size=30),
    st.dictionaries(st.sampled_from("ab"), st.integers(0, 5)),
)
def test_overdrawn_is_what_was_below_zero_after_some_movement(movements, opening) -> None:
    wrong = {
        key
        for n, (key, _) in enumerate(movements)
        if opening.get(key, 0) + sum(a for k, a in movements[: n + 1] if k == key) < 0
    }
    assert overdrawn(movements, opening) == wrong
