-- Each execution as it stands. `plan` and `progress` are JSON; `digest` is the plan's. `owner` is
-- who carries it out, until `due_at`, unless that is renewed; null once it is over. `headers`: the
-- trace that it began in.
CREATE TABLE IF NOT EXISTS executions (
    execution_id     text PRIMARY KEY,
    user_id          text NOT NULL,
    idempotency_key  text NOT NULL,
    plan_id          text NOT NULL UNIQUE,
    digest           text NOT NULL,
    plan             text NOT NULL,
    progress         text NOT NULL,
    state            text NOT NULL,
    outcome          text,
    owner            text NOT NULL,
    due_at           timestamptz,
    deadline_at      timestamptz NOT NULL,
    headers          text NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (user_id, idempotency_key)
);

CREATE INDEX IF NOT EXISTS executions_due ON executions (due_at) WHERE due_at IS NOT NULL;

-- Only ever added to.
CREATE TABLE IF NOT EXISTS execution_history (
    execution_id  text NOT NULL REFERENCES executions,
    seq           bigint NOT NULL,
    event         text NOT NULL,
    PRIMARY KEY (execution_id, seq)
);
