"""The history of a journey: each operation, when it was asked for, when it ended, and how.

with client.operation("order", key) as operation:
    answer = await client.post("/orders", json={...})
    if answer.status == 201:
        operation.ok(answer.json()["id"])
    elif answer.status == 409:
        operation.failed()

A file of CSV for each block. A row is written as its operation ends, so rows stand in that order.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

Ended = Literal["ok", "failed", "unknown"]


class Operation(NamedTuple):
    """One row; the columns have these names."""

    began_us: int
    """Since 1970, as is `ended_us`; within a file on a clock that does not step."""
    ended_us: int
    user: int
    what: str
    key: str
    """Of what it was about: an idempotency key, an id."""
    outcome: Ended
    """`ok`: it was acknowledged. `failed`: it was refused, and must have had no effect. `unknown`:
    no answer, or one that says neither: it may have had its effect, then or later."""
    seen: str
    """What was answered: an id that was given, a state that was read."""
    amount: int | None
    """A figure that was answered with it: money, a version, units."""


class UnderWay:
    """An operation that has not ended: unknown, where nothing is said of it."""

    outcome: Ended = "unknown"
    seen: str = ""
    amount: int | None = None

    def ok(self, seen: str = "", amount: int | None = None) -> None:
        self.outcome, self.seen, self.amount = "ok", seen, amount

    def failed(self, seen: str = "") -> None:
        """It was told to have had no effect."""
        self.outcome, self.seen = "failed", seen


class History:
    """Of one block, written as it happens: what a killed run did stands in it."""

    def __init__(self, file: TextIO) -> None:
        """`file` is best buffered by lines."""
        self._rows = csv.writer(file, lineterminator="\n")
        self._rows.writerow(Operation._fields)
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    @contextmanager
    def operation(self, user: int, what: str, key: str) -> Generator[UnderWay]:
        under_way = UnderWay()
        began_us = self._now_us()
        try:
            yield under_way
        finally:
            it = under_way
            ended = (self._now_us(), user, what, key, it.outcome, it.seen, it.amount)
            self._rows.writerow((began_us, *ended))

    def _now_us(self) -> int:
        return (time.monotonic_ns() + self._offset_ns) // 1000


def read(files: Iterable[str]) -> Iterator[Operation]:
    """All operations of these, one after the other."""
    for name in files:
        with Path(name).open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows, None)
            for began_us, ended_us, user, what, key, outcome, seen, amount in rows:
                yield Operation(
                    *(int(began_us), int(ended_us), int(user), what, key),
                    *(outcome, seen, int(amount) if amount else None),  # pyright: ignore[reportArgumentType]
                )
