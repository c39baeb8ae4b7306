//! What is asked of the catalogue. Every query of products gives the columns that `wire` encodes.

pub const BUCKETS: usize = 4_096;

macro_rules! bucket {
    () => {
        "(hashtextextended(p.id, 0) & 4095)::int"
    };
}
macro_rules! columns {
    () => {
        "p.id, p.title, b.name AS brand, c.path AS category_path, p.version,
         v.variants, v.skus, v.options, v.currencies, v.prices_minor, v.available"
    };
}
macro_rules! variants {
    () => {
        "array_agg(id ORDER BY position) AS variants,
         array_agg(sku ORDER BY position) AS skus,
         array_agg(options::text ORDER BY position) AS options,
         array_agg(currency::text ORDER BY position) AS currencies,
         array_agg(price_minor ORDER BY position) AS prices_minor,
         array_agg(available ORDER BY position) AS available"
    };
}
macro_rules! products {
    () => {
        "products p JOIN brands b ON b.id = p.brand_id JOIN categories c ON c.id = p.category_id"
    };
}
// A few products: the variants of each are found by the index on (product_id, position).
macro_rules! few {
    () => {
        concat!(
            products!(),
            " CROSS JOIN LATERAL (SELECT ",
            variants!(),
            " FROM variants WHERE product_id = p.id) v"
        )
    };
}

pub const ONE_PRODUCT: &str = concat!("SELECT ", columns!(), " FROM ", few!(), " WHERE p.id = $1");
pub const SOME_PRODUCTS: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM ",
    few!(),
    " WHERE p.id = ANY ($1::text[])"
);

/// A fingerprint a bucket, over the ids and versions of the products in it.
pub const FINGERPRINTS: &str = concat!(
    "SELECT array_agg(coalesce(f.fingerprint, 0) ORDER BY i)
     FROM generate_series(0, 4095) i
     LEFT JOIN (SELECT ",
    bucket!(),
    " AS bucket, bit_xor(hashtextextended(p.id, p.version)) AS fingerprint
      FROM products p GROUP BY 1) f ON f.bucket = i"
);
pub const VERSIONS_IN_BUCKETS: &str = concat!(
    "SELECT ",
    bucket!(),
    " AS bucket, p.id, p.version FROM products p WHERE ",
    bucket!(),
    " = ANY ($1::int[])"
);
pub const BUCKETS_OF: &str = concat!(
    "SELECT ",
    bucket!(),
    " FROM unnest($1::text[]) WITH ORDINALITY p(id, i) ORDER BY i"
);
/// What a product's other version changes in the fingerprint; of no product, no version is given.
pub const STEPS: &str = "
    SELECT coalesce(hashtextextended(id, before), 0) # coalesce(hashtextextended(id, now), 0)
    FROM unnest($1::text[], $2::bigint[], $3::bigint[]) WITH ORDINALITY p(id, before, now, i)
    ORDER BY i";
/// All of them: the variants are grouped once.
pub const ALL_PRODUCTS: &str = concat!(
    "SELECT ",
    bucket!(),
    " AS bucket, ",
    columns!(),
    " FROM ",
    products!(),
    " LEFT JOIN (SELECT product_id, ",
    variants!(),
    " FROM variants GROUP BY product_id) v ON v.product_id = p.id"
);
