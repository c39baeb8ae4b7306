-- What took place, in the order in which it did. SQLite itself keeps anybody from changing it: the
-- triggers on INSERT are there as INSERT OR REPLACE deletes without asking those on DELETE.

CREATE TABLE IF NOT EXISTS ledger (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('authorised', 'declined', 'captured', 'voided', 'refunded')),
    authorisation_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    decline_reason TEXT CHECK ((decline_reason IS NOT NULL) = (kind = 'declined')),
    idempotency_key TEXT NOT NULL UNIQUE
) STRICT;

CREATE INDEX IF NOT EXISTS ledger_of_authorisation ON ledger (authorisation_id);
CREATE INDEX IF NOT EXISTS ledger_of_reference ON ledger (reference);

CREATE TRIGGER IF NOT EXISTS ledger_not_updated BEFORE UPDATE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER IF NOT EXISTS ledger_not_deleted BEFORE DELETE ON ledger
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER IF NOT EXISTS ledger_not_replaced BEFORE INSERT ON ledger
WHEN new.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM ledger)
    OR EXISTS (SELECT 1 FROM ledger WHERE idempotency_key = new.idempotency_key)
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;

-- The first answer to each key, in the transaction of what it tells of.

CREATE TABLE IF NOT EXISTS answers (
    idempotency_key TEXT PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER IF NOT EXISTS answers_not_updated BEFORE UPDATE ON answers
BEGIN SELECT raise(ABORT, 'answers stay as they are'); END;

CREATE TRIGGER IF NOT EXISTS answers_not_deleted BEFORE DELETE ON answers
BEGIN SELECT raise(ABORT, 'answers stay as they are'); END;

CREATE TRIGGER IF NOT EXISTS answers_not_replaced BEFORE INSERT ON answers
WHEN EXISTS (SELECT 1 FROM answers WHERE idempotency_key = new.idempotency_key)
BEGIN SELECT raise(ABORT, 'answers stay as they are'); END;
