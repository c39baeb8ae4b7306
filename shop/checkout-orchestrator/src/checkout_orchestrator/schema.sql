-- Each checkout as it stands; what it is told of is in its history, which is only added to.
CREATE TABLE IF NOT EXISTS checkouts (
    checkout_id      text PRIMARY KEY,
    user_id          text NOT NULL,
    idempotency_key  text NOT NULL,
    request          text NOT NULL,
    lines            jsonb NOT NULL,
    total_minor      bigint NOT NULL,
    currency         text NOT NULL,
    payment_method   text NOT NULL,
    state            text NOT NULL,
    step             int NOT NULL,
    silences         int NOT NULL,
    order_id         text NOT NULL,
    reason           text NOT NULL,
    due_at           timestamptz,
    headers          jsonb NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (user_id, idempotency_key)
);

-- `request`: digest of the body, so that a key is used for one. `due_at`: when an answer is missed,
-- null once it is over. `headers`: the trace that it began in.
CREATE INDEX IF NOT EXISTS checkouts_due ON checkouts (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS checkout_history (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    checkout_id  text NOT NULL,
    state        text NOT NULL,
    step         int NOT NULL,
    what         text NOT NULL,
    at           timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX IF NOT EXISTS checkout_history_of ON checkout_history (checkout_id, seq);

CREATE TABLE IF NOT EXISTS cart_items (
    user_id     text NOT NULL,
    cart_id     text NOT NULL,
    variant_id  text NOT NULL,
    product_id  text NOT NULL,
    quantity    int NOT NULL CHECK (quantity > 0),
    added_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, cart_id, variant_id)
);
