from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from product_lookup import wire
from shop.lookup.v1 import product_lookup_pb2 as pb

words = st.text(st.characters(exclude_categories=("Cs",)), max_size=80)
money = st.integers(0, 2**63 - 1)
options = st.lists(st.tuples(words, words), max_size=3)
variants = st.lists(
    st.tuples(words, words, options, st.just("EUR"), money, st.integers(0, 2**31 - 1)), max_size=5
)
rows = st.builds(
    lambda key, title, brand, path, version, variants: {
        "id": key,
        "title": title,
        "brand": brand,
        "category_path": path,
        "version": version,
        **dict.fromkeys(wire.VARIANT_COLUMNS),
        **{
            name: [json.dumps(v) if name == "options" else v for v in values]
            for name, values in zip(wire.VARIANT_COLUMNS, zip(*variants, strict=True), strict=False)
        },
    },
    *(words, words, words, st.lists(words, max_size=4), money, variants),
)


def pairs(options) -> list[list[str]]:
    return [[option.name, option.value] for option in options]


@given(rows)
def test_a_row_becomes_the_product(row) -> None:
    product = pb.GetResponse.FromString(wire.encode(row)).product
    for name in ("id", "title", "brand", "category_path", "version"):
        assert getattr(product, name) == row[name]
    assert [
        (v.id, v.sku, pairs(v.options), v.price.currency, v.price.amount_minor, v.available)
        for v in product.variants
    ] == [
        (key, sku, json.loads(options), currency, price, available)
        for key, sku, options, currency, price, available in zip(
            *(row[name] or () for name in wire.VARIANT_COLUMNS), strict=True
        )
    ]


@given(st.lists(rows, max_size=6, unique_by=lambda row: row["id"]), st.lists(words, max_size=6))
def test_joined_bytes_are_a_batch(some, missing) -> None:
    """What `wire` rests on: the same field in both answers. A change of the contract fails here."""
    found = {row["id"]: wire.encode(row) for row in some}
    missing = [each for each in dict.fromkeys(missing) if each not in found]
    asked = [*found, *missing, *found]
    answer = pb.BatchGetResponse.FromString(wire.batch(asked, found))
    assert [product.id for product in answer.products] == list(found)
    assert list(answer.missing) == missing
    for product in answer.products:
        assert product == pb.GetResponse.FromString(found[product.id]).product
