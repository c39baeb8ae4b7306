-- One for each checkout that was ever heard of. Where it was cancelled before it was confirmed, no
-- order was ever made (`total_minor` is null), and it stands in the way of one that comes late.
CREATE TABLE IF NOT EXISTS orders (
    order_id     text PRIMARY KEY,
    checkout_id  text NOT NULL UNIQUE,
    state        text NOT NULL,
    user_id      text,
    lines        jsonb,
    total_minor  bigint,
    currency     text,
    reason       text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX IF NOT EXISTS orders_of_user ON orders (user_id, created_at DESC, order_id);

-- Only ever added to.
CREATE TABLE IF NOT EXISTS order_history (
    order_id  text NOT NULL REFERENCES orders,
    seq       bigint GENERATED ALWAYS AS IDENTITY,
    state     text NOT NULL,
    reason    text NOT NULL DEFAULT '',
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (order_id, seq)
);
