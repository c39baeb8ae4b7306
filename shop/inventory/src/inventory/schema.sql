-- Units of each variant. Their sum is what was ever received.
CREATE TABLE IF NOT EXISTS stock (
    variant_id  text PRIMARY KEY,
    received    int NOT NULL,
    on_hand     int NOT NULL CHECK (on_hand >= 0),
    held        int NOT NULL DEFAULT 0 CHECK (held >= 0),
    committed   int NOT NULL DEFAULT 0 CHECK (committed >= 0)
);

-- Only ever added to: what each checkout moved, and what it left of the variant. Numbered while the
-- row of the variant is locked: so of each variant the numbers are in the order of the moves.
CREATE TABLE IF NOT EXISTS stock_history (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    variant_id   text NOT NULL,
    checkout_id  text NOT NULL,
    on_hand      int NOT NULL,
    held         int NOT NULL,
    committed    int NOT NULL
);

-- One for each checkout that was ever heard of: where nothing was held, it stands in the way of a
-- reservation that comes late.
CREATE TABLE IF NOT EXISTS reservations (
    checkout_id  text PRIMARY KEY,
    state        text NOT NULL,
    units        jsonb NOT NULL DEFAULT '{}',
    refused      jsonb,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
