"""The ledger: effects and the answers that tell of them, in SQLite, written by one thread.

    settle ──┐                     ┌─ decide ─┐
    settle ──┼──> the next group ──┼─ decide ─┼──> one transaction, one fsync ──> the answers
    settle ──┘                     └─ decide ─┘

While one group is being written, the next one gathers. What was answered is on disk before.
"""

from __future__ import annotations

import asyncio
import fcntl
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from itertools import groupby
from pathlib import Path

import structlog
from msgspec import Struct
from prometheus_client import CollectorRegistry, Counter

from payment_provider.rules import Authorisation, Entry, Kind, total

GROUP = 500
"""Operations in one transaction, at most."""
BY_REFERENCE = 100
"""Authorisations told of one reference, at most."""
_BUSY_TIMEOUT_S = 5.0
_SCHEMA = resources.files("payment_provider").joinpath("ledger.sql").read_text("utf-8")


class Unavailable(Exception):
    """The ledger cannot be read or written now."""


@dataclass(frozen=True)
class Answer:
    """As it was first given to a key, and always will be."""

    fingerprint: bytes
    """Of the request."""
    status: int
    body: bytes


@dataclass(frozen=True)
class Decision:
    status: int
    body: bytes
    effect: Entry | None
    """None where nothing takes place."""


@dataclass(frozen=True)
class Operation:
    """What a request asks for, with a key that nothing was answered to."""

    idempotency_key: str
    fingerprint: bytes
    authorisation_id: str
    decide: Callable[[Authorisation | None], Decision]
    """Pure; run in the writer's thread on the authorisation as it is then."""


class Recorded(Struct, frozen=True, kw_only=True):
    """An entry as audits read it."""

    seq: int
    at: str
    """UTC, ISO 8601."""
    kind: Kind
    authorisation_id: str
    reference: str
    amount_minor: int
    currency: str
    idempotency_key: str


@dataclass(frozen=True)
class Page:
    entries: Sequence[Recorded]
    more: bool


class LedgerMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.commits = Counter(
            "payment_provider_ledger_commits", "Transactions written.", registry=registry
        )
        self.operations = Counter(
            "payment_provider_ledger_operations", "Operations in them.", registry=registry
        )


_Waiting = tuple[Operation, "asyncio.Future[Answer]"]
_Settled = list[tuple["asyncio.Future[Answer]", Answer | Exception]]


class Ledger:
    """Used from one event loop; see `opened`."""

    def __init__(self, path: Path, metrics: LedgerMetrics) -> None:
        self._path = path
        self._metrics = metrics
        self._reader = _connected(path)
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="ledger")
        self._writer.start()

    async def settle(self, operation: Operation) -> Answer:
        """Decide, write, and give the answer once it is on disk. Raises Unavailable.

        Whoever is cancelled while waiting cannot know whether it took place.
        """
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.put((operation, future))
        return await future

    def answered(self, idempotency_key: str) -> Answer | None:
        """What was answered to the key; None where nothing was yet."""
        with _telling():
            row = self._reader.execute(_ANSWERED, (idempotency_key,)).fetchone()
        return None if row is None else Answer(*row)

    def authorisation(self, authorisation_id: str) -> Authorisation | None:
        with _telling():
            return _authorisation(self._reader, authorisation_id)

    def by_reference(self, reference: str) -> list[Authorisation]:
        """The newest first, 100 at most."""
        with _telling():
            rows = self._reader.execute(_BY_REFERENCE, (reference, BY_REFERENCE)).fetchall()
        histories = groupby(map(_entry, rows), key=lambda entry: entry.authorisation_id)
        totals = [total(history) for _, history in histories]
        return [each for each in totals if each is not None]

    async def page(self, after: int, limit: int) -> Page:
        """The entries that follow the one of the number `after`, oldest first."""
        return await asyncio.to_thread(self._page, after, limit)

    def _page(self, after: int, limit: int) -> Page:
        with _telling(), closing(_connected(self._path)) as connection:
            rows = connection.execute(_PAGE, (after, limit + 1)).fetchall()
        return Page([_recorded(row) for row in rows[:limit]], len(rows) > limit)

    def close(self) -> None:
        """What waits is written first."""
        self._waiting.put(None)
        self._writer.join()
        self._reader.close()

    def _write(self) -> None:
        """The writer's thread."""
        with closing(_connected(self._path)) as connection:
            going_on = True
            while going_on:
                group, going_on = self._next_group()
                if group:
                    settled = self._settled(connection, group)
                    with suppress(RuntimeError):  # the loop has ended, and nobody waits
                        group[0][1].get_loop().call_soon_threadsafe(_deliver, settled)

    def _next_group(self) -> tuple[list[_Waiting], bool]:
        """All that wait, once somebody does, and whether there may be more."""
        group: list[_Waiting] = []
        each = self._waiting.get()
        while each is not None:
            group.append(each)
            if len(group) == GROUP:
                return group, True
            try:
                each = self._waiting.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _settled(self, connection: sqlite3.Connection, group: Sequence[_Waiting]) -> _Settled:
        try:
            answers = _committed(connection, [operation for operation, _ in group])
        except Exception as error:  # noqa: BLE001 (each of those who wait is told)
            structlog.get_logger().error("not written", operations=len(group), reason=repr(error))
            unavailable = Unavailable(f"the ledger cannot be written to: {error}")
            return [(future, unavailable) for _, future in group]
        self._metrics.commits.inc()
        self._metrics.operations.inc(len(group))
        return [(future, answer) for (_, future), answer in zip(group, answers, strict=True)]


def _deliver(settled: _Settled) -> None:
    for future, outcome in settled:
        if future.done():  # whoever waited was cancelled
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


@contextmanager
def opened(path: Path, metrics: LedgerMetrics) -> Iterator[Ledger]:
    """For this process alone. OSError where the file cannot be had, or another process has it."""
    # A file of its own: closing the database's would drop the locks that SQLite has on it.
    with path.with_name(path.name + "-lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OSError(f"another process has {path}") from error
        try:
            with closing(_connected(path)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise OSError(f"{path}: {error}") from error
        ledger = Ledger(path, metrics)
        try:
            yield ledger
        finally:
            ledger.close()


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _committed(connection: sqlite3.Connection, operations: Sequence[Operation]) -> list[Answer]:
    answers: list[Answer] = []
    connection.execute("BEGIN IMMEDIATE")
    try:
        [seq] = connection.execute(_LAST).fetchone()
        at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        for operation in operations:
            key = operation.idempotency_key
            decision = operation.decide(_authorisation(connection, operation.authorisation_id))
            if decision.effect is not None:
                seq += 1
                connection.execute(_APPENDED, (seq, at, key, *_values(decision.effect)))
            answer = Answer(operation.fingerprint, decision.status, decision.body)
            connection.execute(_KEPT, (key, answer.fingerprint, answer.status, answer.body))
            answers.append(answer)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return answers


def _authorisation(connection: sqlite3.Connection, authorisation_id: str) -> Authorisation | None:
    return total(map(_entry, connection.execute(_HISTORY, (authorisation_id,)).fetchall()))


def _entry(row: tuple[str, str, str, int, str, str | None]) -> Entry:
    kind, authorisation_id, reference, amount_minor, currency, decline_reason = row
    return Entry(
        kind=kind,
        authorisation_id=authorisation_id,
        reference=reference,
        amount_minor=amount_minor,
        currency=currency,
        decline_reason=decline_reason,
    )


def _values(entry: Entry) -> tuple[object, ...]:
    return (
        *(entry.kind, entry.authorisation_id, entry.reference),
        *(entry.amount_minor, entry.currency, entry.decline_reason),
    )


def _recorded(row: tuple[object, ...]) -> Recorded:
    return Recorded(**dict(zip(_RECORDED, row, strict=True)))


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise Unavailable(f"the ledger cannot be read: {error}") from error


_ENTRY = "kind, authorisation_id, reference, amount_minor, currency, decline_reason"
_RECORDED = Recorded.__struct_fields__

_LAST = "SELECT coalesce(max(seq), 0) FROM ledger"
_APPENDED = f"INSERT INTO ledger (seq, at, idempotency_key, {_ENTRY}) VALUES (?{', ?' * 8})"
_KEPT = "INSERT INTO answers (idempotency_key, fingerprint, status, body) VALUES (?, ?, ?, ?)"
_ANSWERED = "SELECT fingerprint, status, body FROM answers WHERE idempotency_key = ?"
_HISTORY = f"SELECT {_ENTRY} FROM ledger WHERE authorisation_id = ? ORDER BY seq"
_PAGE = f"SELECT {', '.join(_RECORDED)} FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?"
_BY_REFERENCE = f"""
    WITH those AS (
        SELECT authorisation_id AS id, seq AS since FROM ledger
        WHERE reference = ? AND kind IN ('authorised', 'declined') ORDER BY seq DESC LIMIT ?)
    SELECT {_ENTRY} FROM those JOIN ledger ON authorisation_id = id ORDER BY since DESC, seq
"""
