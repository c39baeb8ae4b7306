"""A history is what it was told, row by row, and what was not told is unknown."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.scripts.history import History, read

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=20)


@given(st.lists(st.tuples(st.integers(0, 99), TEXT, TEXT, st.none() | st.integers(-9, 9))))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, rows) -> None:
    file = tmp_path_factory.mktemp("history") / "history.csv"
    with file.open("w", 1, encoding="utf-8", newline="") as text:
        history = History(text)
        for user, key, seen, amount in rows:
            with history.operation(user, "order", key) as operation:
                operation.ok(seen, amount)
    found = list(read([str(file)]))
    assert [(o.user, o.key, o.seen, o.amount) for o in found] == rows
    times_us = [at_us for o in found for at_us in (o.began_us, o.ended_us)]
    assert times_us == sorted(times_us)
    assert len(list(read([str(file), str(file)]))) == 2 * len(rows)


def test_an_operation_that_raises_is_unknown_unless_it_was_told(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    with file.open("w", 1, encoding="utf-8", newline="") as text:
        history = History(text)
        with pytest.raises(TimeoutError), history.operation(1, "order", "a"):
            raise TimeoutError
        with suppress(ValueError), history.operation(1, "order", "b") as operation:
            operation.failed("sold out")
            raise ValueError
        with history.operation(1, "order", "c"):
            pass
        # By lines: it stands there while the block goes on.
        found = list(read([str(file)]))
    assert [(o.key, o.outcome, o.seen) for o in found] == [
        ("a", "unknown", ""),
        ("b", "failed", "sold out"),
        ("c", "unknown", ""),
    ]


def test_operations_at_once_stand_in_the_order_of_their_ends(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    with file.open("w", 1, encoding="utf-8", newline="") as text:
        history = History(text)
        long, short = history.operation(1, "read", "a"), history.operation(2, "read", "b")
        long.__enter__().ok()
        short.__enter__().ok()
        short.__exit__(None, None, None)
        long.__exit__(None, None, None)
    b, a = read([str(file)])
    assert (a.key, b.key) == ("a", "b")
    assert a.began_us <= b.began_us <= b.ended_us <= a.ended_us
