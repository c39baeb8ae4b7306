"""What is asked of the catalogue. Every query of products gives the columns that `wire` encodes."""

BUCKETS = 4_096
_BUCKET = f"(hashtextextended(p.id, 0) & {BUCKETS - 1})::int"

_COLUMNS = """
    p.id, p.title, b.name AS brand, c.path AS category_path, p.version,
    v.variants, v.skus, v.options, v.currencies, v.prices_minor, v.available
"""
_VARIANTS = """
    array_agg(id ORDER BY position) AS variants,
    array_agg(sku ORDER BY position) AS skus,
    array_agg(options::text ORDER BY position) AS options,
    array_agg(currency::text ORDER BY position) AS currencies,
    array_agg(price_minor ORDER BY position) AS prices_minor,
    array_agg(available ORDER BY position) AS available
"""
_PRODUCTS = (
    "products p JOIN brands b ON b.id = p.brand_id JOIN categories c ON c.id = p.category_id"
)
# A few products: the variants of each are found by the index on (product_id, position).
_FEW = (
    f"{_PRODUCTS} CROSS JOIN LATERAL (SELECT {_VARIANTS} FROM variants WHERE product_id = p.id) v"
)

ONE_PRODUCT = f"SELECT {_COLUMNS} FROM {_FEW} WHERE p.id = $1"
SOME_PRODUCTS = f"SELECT {_COLUMNS} FROM {_FEW} WHERE p.id = ANY ($1::text[])"

# The snapshot's: each product in a bucket, and a fingerprint a bucket over the ids and versions.
FINGERPRINTS = f"""
    SELECT array_agg(coalesce(f.fingerprint, 0) ORDER BY i)
    FROM generate_series(0, {BUCKETS - 1}) i
    LEFT JOIN (SELECT {_BUCKET} AS bucket, bit_xor(hashtextextended(p.id, p.version)) AS fingerprint
               FROM products p GROUP BY 1) f ON f.bucket = i
"""
VERSIONS_IN_BUCKETS = f"""
    SELECT {_BUCKET} AS bucket, p.id, p.version FROM products p WHERE {_BUCKET} = ANY ($1::int[])
"""
BUCKETS_OF = f"SELECT {_BUCKET} FROM unnest($1::text[]) WITH ORDINALITY p(id, i) ORDER BY i"
# What a product's other version changes in the fingerprint; of no product, no version is given.
STEPS = """
    SELECT coalesce(hashtextextended(id, before), 0) # coalesce(hashtextextended(id, now), 0)
    FROM unnest($1::text[], $2::bigint[], $3::bigint[]) WITH ORDINALITY p(id, before, now, i)
    ORDER BY i
"""
# All of them: the variants are grouped once.
ALL_PRODUCTS = f"""
    SELECT {_BUCKET} AS bucket, {_COLUMNS} FROM {_PRODUCTS}
    LEFT JOIN (SELECT product_id, {_VARIANTS} FROM variants GROUP BY product_id) v
           ON v.product_id = p.id
"""
