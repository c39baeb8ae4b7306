-- Events that wait to be published: written in the transaction of what they tell of.

CREATE TABLE IF NOT EXISTS outbox (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id    text NOT NULL UNIQUE,
    shard       smallint NOT NULL,
    topic       text NOT NULL,
    key         text NOT NULL,
    payload     bytea NOT NULL,
    headers     jsonb NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX IF NOT EXISTS outbox_shard ON outbox (shard, seq);

-- Events whose effects are in this database: written in the transaction of those effects.
CREATE TABLE IF NOT EXISTS inbox (
    consumer  text NOT NULL,
    event_id  text NOT NULL,
    seen_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, event_id)
);

CREATE INDEX IF NOT EXISTS inbox_seen ON inbox (seen_at);
