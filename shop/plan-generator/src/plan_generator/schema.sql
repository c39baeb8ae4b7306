-- `plan`: as it is told, JSON; its approval and mandate are all that ever changes. `request`: digest
-- of the body, so that a key is used for one.
CREATE TABLE IF NOT EXISTS plans (
    plan_id          text PRIMARY KEY,
    user_id          text NOT NULL,
    idempotency_key  text,
    request          text NOT NULL,
    plan             text NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (user_id, idempotency_key)
);
