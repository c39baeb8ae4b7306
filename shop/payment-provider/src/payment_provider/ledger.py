"""The append-only ledger, and the answers that idempotency keys are owed, in one SQLite file.

Entries and answers of all requests that wait are committed together, by one thread, and each
request is answered after its commit: what was acknowledged outlives the process.
"""

from __future__ import annotations

import asyncio
import fcntl
import queue
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import IO

import structlog
from msgspec import Struct, structs
from shop_kit.clock import CLOCK

from payment_provider.rules import Authorisation, Entry, after

log = structlog.get_logger()

SCHEMA = """
    CREATE TABLE IF NOT EXISTS ledger (
        seq INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL,
        authorisation_id TEXT NOT NULL, reference TEXT NOT NULL, amount_minor INTEGER NOT NULL,
        currency TEXT NOT NULL, idempotency_key TEXT NOT NULL UNIQUE, reason TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS answers (
        key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL,
        body BLOB NOT NULL);
    CREATE TRIGGER IF NOT EXISTS ledger_is_not_changed BEFORE UPDATE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
    CREATE TRIGGER IF NOT EXISTS ledger_is_not_cut BEFORE DELETE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
    -- INSERT OR REPLACE deletes what it replaces, and asks no trigger on DELETE.
    CREATE TRIGGER IF NOT EXISTS ledger_is_not_replaced BEFORE INSERT ON ledger
        WHEN new.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM ledger)
            OR EXISTS (SELECT 1 FROM ledger WHERE idempotency_key = new.idempotency_key)
        BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
"""
_COLUMNS = (
    "seq, at, kind, authorisation_id, reference, amount_minor, currency, idempotency_key, reason"
)
MOST_AT_ONCE = 500


class Unusable(Exception):
    """This process cannot have the file."""


class Unavailable(Exception):
    """It could not be written, and has not taken place."""


class Answer(Struct, frozen=True):
    """What an idempotency key is owed."""

    fingerprint: str
    """Of the request: another one under the same key is a mistake."""
    status: int
    body: bytes


class Ledger:
    """One file, opened by one process. `close` waits for what was accepted. Raises Unusable.

    What is added is seen at once by what comes after it, before it is committed. So where a commit
    fails, all that was added since fails with it, and the ledger is read anew from its file: each
    such time begins another `era`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = _locked(path)
        self._era = 0
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._last: asyncio.Future[None] | None = None
        try:
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(SCHEMA)
            self._load()
        except sqlite3.Error as error:
            self._lock.close()
            raise Unusable(f"{path}: {error}") from error
        self._thread = threading.Thread(target=self._write, name="ledger")
        self._thread.start()

    def _load(self) -> None:
        """All that is committed, in place of what was added."""
        with closing(sqlite3.connect(self._path)) as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM ledger ORDER BY seq").fetchall()
            answers = connection.execute("SELECT * FROM answers").fetchall()
        self._authorisations: dict[str, Authorisation] = {}
        self._by_reference: dict[str, list[str]] = {}
        self._answers = {key: Answer(*answer) for key, *answer in answers}
        self._seq = 0
        for row in rows:
            self._apply(_entry(row))

    def _begin_era(self, era: int) -> None:
        self._load()
        self._last = None
        self._era = era

    def answer(self, key: str) -> Answer | None:
        return self._answers.get(key)

    def authorisation(self, authorisation_id: str) -> Authorisation | None:
        return self._authorisations.get(authorisation_id)

    def by_reference(self, reference: str) -> list[Authorisation]:
        """The newest first."""
        ids = self._by_reference.get(reference, [])
        return [self._authorisations[each] for each in reversed(ids)]

    async def settled(self) -> None:
        """Until all that can be read now is committed. Raises Unavailable where it was not."""
        if self._last is not None:
            await asyncio.shield(self._last)

    def add(self, entry: Entry) -> tuple[Entry, Authorisation]:
        """Numbered and seen at once by those that come after; it is to be `kept`."""
        at = CLOCK.now().isoformat(timespec="microseconds").replace("+00:00", "Z")
        entry = structs.replace(entry, seq=self._seq + 1, at=at)
        return entry, self._apply(entry)

    async def kept(self, entry: Entry, answer: Answer) -> None:
        """Until the entry and the answer of its key are committed. Raises Unavailable."""
        self._answers[entry.idempotency_key] = answer
        loop = asyncio.get_running_loop()
        self._last = loop.create_future()
        self._waiting.put(_Waiting(entry, answer, loop, self._last, self._era))
        await asyncio.shield(self._last)

    async def entries(self, past_seq: int, limit: int) -> list[Entry]:
        """Committed ones, in their order."""
        await self.settled()
        return await asyncio.to_thread(self._read, past_seq, limit)

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()
        self._lock.close()

    def _apply(self, entry: Entry) -> Authorisation:
        before = self._authorisations.get(entry.authorisation_id)
        now = self._authorisations[entry.authorisation_id] = after(before, entry)
        if before is None:
            self._by_reference.setdefault(entry.reference, []).append(now.id)
        self._seq = entry.seq
        return now

    def _read(self, past_seq: int, limit: int) -> list[Entry]:
        connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
        try:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?",
                (past_seq, limit),
            )
            return [_entry(row) for row in rows]
        finally:
            connection.close()

    def _write(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        era = 0
        try:
            while (first := self._waiting.get()) is not None:
                some, ends = [first], False
                while len(some) < MOST_AT_ONCE and not self._waiting.empty():
                    each = self._waiting.get()
                    if each is None:
                        ends = True
                        break
                    some.append(each)
                era = self._settle(connection, some, era)
                if ends:
                    return
        finally:
            connection.close()

    def _settle(self, connection: sqlite3.Connection, some: list[_Waiting], era: int) -> int:
        """Commit, and tell those who wait. The era that what comes next is to be of."""
        stale = [each for each in some if each.era != era]
        some = [each for each in some if each.era == era]
        for each in stale:
            each.tell(Unavailable("an entry before it could not be written"))
        if not some:
            return era
        error = _committed(connection, some)
        if error is not None:
            era += 1
            some[0].loop.call_soon_threadsafe(self._begin_era, era)
            log.error("the ledger was not written", entries=len(some), reason=str(error))
        for each in some:
            each.tell(error and Unavailable(f"the ledger cannot be written: {error}"))
        return era


class _Waiting:
    def __init__(
        self,
        entry: Entry,
        answer: Answer,
        loop: asyncio.AbstractEventLoop,
        future: asyncio.Future[None],
        era: int,
    ) -> None:
        self.entry, self.answer, self.loop, self._future = entry, answer, loop, future
        self.era = era

    def tell(self, error: Unavailable | None) -> None:
        """From the writer's thread."""
        with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            self.loop.call_soon_threadsafe(self._told, error)

    def _told(self, error: Unavailable | None) -> None:
        if self._future.done():
            return
        if error is None:
            self._future.set_result(None)
        else:
            self._future.set_exception(error)
            self._future.exception()  # whoever waited may have gone


def _locked(path: Path) -> IO[bytes]:
    """By a file of its own: to close the database's would drop the locks that SQLite has on it."""
    try:
        lock = path.with_name(path.name + "-lock").open("ab")
    except OSError as error:
        raise Unusable(f"{path}: {error}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise Unusable(f"another process has {path}") from error
    return lock


def _committed(connection: sqlite3.Connection, some: list[_Waiting]) -> sqlite3.Error | None:
    try:
        connection.execute("BEGIN")
        connection.executemany(
            f"INSERT INTO ledger ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_row(each.entry) for each in some],
        )
        connection.executemany(
            "INSERT INTO answers VALUES (?, ?, ?, ?)",
            [(each.entry.idempotency_key, *structs.astuple(each.answer)) for each in some],
        )
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return error
    return None


def _entry(row: tuple) -> Entry:
    return Entry(**dict(zip(_COLUMNS.split(", "), row, strict=True)))


def _row(entry: Entry) -> tuple:
    return tuple(getattr(entry, name) for name in _COLUMNS.split(", "))
