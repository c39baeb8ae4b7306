-- One for each checkout that was ever heard of: where nothing was asked for, it stands in the way of
-- an authorisation that comes late.
CREATE TABLE IF NOT EXISTS payments (
    checkout_id       text PRIMARY KEY,
    state             text NOT NULL DEFAULT 'new',
    goal              text NOT NULL DEFAULT 'none',
    amount_minor      bigint NOT NULL DEFAULT 0,
    currency          text NOT NULL DEFAULT '',
    payment_method    text NOT NULL DEFAULT '',
    authorisation_id  text NOT NULL DEFAULT '',
    reason            text NOT NULL DEFAULT '',
    undo              text NOT NULL DEFAULT '',
    unsure            boolean NOT NULL DEFAULT false,
    tries             int NOT NULL DEFAULT 0,
    next_try_at       timestamptz,
    headers           jsonb NOT NULL DEFAULT '{}',
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- `next_try_at`: when it is to be taken up, null where there is nothing to do. `tries`: calls since
-- an answer came. `headers`: the trace of the command that set the goal.
CREATE INDEX IF NOT EXISTS payments_due ON payments (next_try_at) WHERE next_try_at IS NOT NULL;
