-- The catalogue: what the shop sells. product-write changes it, and all others only read.

CREATE TABLE IF NOT EXISTS categories (
    id        text PRIMARY KEY,
    parent_id text REFERENCES categories (id),
    name      text NOT NULL,
    -- From the root to this category, names included, so that a reader needs no recursion.
    path      text[] NOT NULL
);

CREATE TABLE IF NOT EXISTS brands (
    id   text PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE IF NOT EXISTS products (
    id          text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    title       text NOT NULL,
    description text NOT NULL DEFAULT '',
    brand_id    text NOT NULL REFERENCES brands (id),
    category_id text NOT NULL REFERENCES categories (id),
    -- Of its cheapest variant; kept beside them so that lists can filter and order by an index.
    price_from_minor bigint NOT NULL DEFAULT 0,
    search      tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED,
    -- Rises with every change of the product, its variants, prices or stock.
    version     bigint NOT NULL DEFAULT 1,
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS variants (
    id          text PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    product_id  text NOT NULL REFERENCES products (id),
    position    smallint NOT NULL,
    sku         text NOT NULL UNIQUE,
    -- [["Colour", "Sea Green"], ["Size", "M"]]: ordered, and read whole.
    options     jsonb NOT NULL DEFAULT '[]',
    currency    char(3) NOT NULL,
    price_minor bigint NOT NULL CHECK (price_minor >= 0),
    available   integer NOT NULL CHECK (available >= 0),
    UNIQUE (product_id, position)
);

CREATE TABLE IF NOT EXISTS ratings (
    product_id text PRIMARY KEY REFERENCES products (id),
    -- How many gave one star, two, ... five.
    stars      integer[] NOT NULL CHECK (cardinality(stars) = 5)
);

CREATE INDEX IF NOT EXISTS products_category ON products (category_id, id);
CREATE INDEX IF NOT EXISTS products_shelf ON products (category_id, price_from_minor, id);
CREATE INDEX IF NOT EXISTS products_price ON products (price_from_minor, id);
CREATE INDEX IF NOT EXISTS products_search ON products USING gin (search) WITH (fastupdate = off);
