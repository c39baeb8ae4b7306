"""The append-only ledger, and the answers that idempotency keys are owed, in one SQLite file.

Entries and answers of all requests that wait are committed together, by one thread, and each
request is answered after its commit: what was acknowledged outlives the process.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct, structs

from payment_provider.rules import Authorisation, Entry, after

_SCHEMA = """
    CREATE TABLE IF NOT EXISTS ledger (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, kind TEXT NOT NULL,
        authorisation_id TEXT NOT NULL, reference TEXT NOT NULL, amount_minor INTEGER NOT NULL,
        currency TEXT NOT NULL, idempotency_key TEXT NOT NULL, reason TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS answers (
        key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL,
        body BLOB NOT NULL);
    CREATE TRIGGER IF NOT EXISTS ledger_is_not_changed BEFORE UPDATE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
    CREATE TRIGGER IF NOT EXISTS ledger_is_not_cut BEFORE DELETE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;
"""
_COLUMNS = (
    "seq, at, kind, authorisation_id, reference, amount_minor, currency, idempotency_key, reason"
)
MOST_AT_ONCE = 500


class Answer(Struct, frozen=True):
    """What an idempotency key is owed."""

    fingerprint: str
    """Of the request: another one under the same key is a mistake."""
    status: int
    body: bytes


class Ledger:
    """One file, opened by one process. `close` waits for what was accepted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._last: asyncio.Future[None] | None = None
        self._authorisations: dict[str, Authorisation] = {}
        self._by_reference: dict[str, list[str]] = {}
        self._answers: dict[str, Answer] = {}
        self._seq = 0
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)
            for row in connection.execute(f"SELECT {_COLUMNS} FROM ledger ORDER BY seq"):
                self._apply(_entry(row))
            for key, *answer in connection.execute("SELECT * FROM answers"):
                self._answers[key] = Answer(*answer)
        connection.close()
        self._thread = threading.Thread(target=self._write, name="ledger")
        self._thread.start()

    def answer(self, key: str) -> Answer | None:
        return self._answers.get(key)

    def authorisation(self, authorisation_id: str) -> Authorisation | None:
        return self._authorisations.get(authorisation_id)

    def by_reference(self, reference: str) -> list[Authorisation]:
        """The newest first."""
        ids = self._by_reference.get(reference, [])
        return [self._authorisations[each] for each in reversed(ids)]

    async def settled(self) -> None:
        """Until all that can be read now is committed."""
        if self._last is not None:
            await asyncio.shield(self._last)

    def add(self, entry: Entry) -> tuple[Entry, Authorisation]:
        """Numbered and seen at once by those that come after; it is to be `kept`."""
        at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        entry = structs.replace(entry, seq=self._seq + 1, at=at)
        return entry, self._apply(entry)

    async def kept(self, entry: Entry, answer: Answer) -> None:
        """Until the entry and the answer of its key are committed."""
        self._answers[entry.idempotency_key] = answer
        loop = asyncio.get_running_loop()
        self._last = loop.create_future()
        self._waiting.put(_Waiting(entry, answer, loop, self._last))
        await asyncio.shield(self._last)

    async def entries(self, past_seq: int, limit: int) -> list[Entry]:
        """Committed ones, in their order."""
        await self.settled()
        return await asyncio.to_thread(self._read, past_seq, limit)

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()

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
        try:
            while (first := self._waiting.get()) is not None:
                some, ends = [first], False
                while len(some) < MOST_AT_ONCE and not self._waiting.empty():
                    each = self._waiting.get()
                    if each is None:
                        ends = True
                        break
                    some.append(each)
                error = _committed(connection, some)
                for each in some:
                    each.loop.call_soon_threadsafe(each.told, error)
                if ends:
                    return
        finally:
            connection.close()


class _Waiting:
    def __init__(
        self,
        entry: Entry,
        answer: Answer,
        loop: asyncio.AbstractEventLoop,
        future: asyncio.Future[None],
    ) -> None:
        self.entry, self.answer, self.loop, self._future = entry, answer, loop, future

    def told(self, error: sqlite3.Error | None) -> None:
        if self._future.done():
            return
        if error is None:
            self._future.set_result(None)
        else:
            self._future.set_exception(error)


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
