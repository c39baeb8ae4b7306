"""Products as bytes that are sent as they are.

`GetResponse.product` and `BatchGetResponse.products` are both field 1, a `Product`. So the bytes of
a whole `GetResponse` are also one entry of a `BatchGetResponse`, and answers of both kinds are made
by joining what was encoded once. A test holds the contract to that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from shop.lookup.v1 import product_lookup_pb2 as pb

VARIANT_COLUMNS = ("variants", "skus", "options", "currencies", "prices_minor", "available")


def encode(row: Mapping[str, Any]) -> bytes:
    """A serialised `GetResponse` from a row of `queries`."""
    product = pb.Product(
        id=row["id"],
        title=row["title"],
        brand=row["brand"],
        category_path=row["category_path"],
        version=row["version"],
    )
    # A product without variants has NULL for all of them.
    columns = (row[name] or () for name in VARIANT_COLUMNS)
    for variant, sku, options, currency, price_minor, available in zip(*columns, strict=True):
        product.variants.add(
            id=variant,
            sku=sku,
            options=_options(options),
            price=pb.Money(currency=currency, amount_minor=price_minor),
            available=available,
        )
    return pb.GetResponse(product=product).SerializeToString()


# A catalogue has few colours and sizes and very many variants.
@lru_cache(maxsize=16_384)
def _options(text: str) -> tuple[pb.Option, ...]:
    return tuple(pb.Option(name=name, value=value) for name, value in json.loads(text))


def batch(product_ids: Sequence[str], found: Mapping[str, bytes]) -> bytes:
    """A serialised `BatchGetResponse`: what was found in the order asked for, each once."""
    wanted = dict.fromkeys(product_ids)
    parts = [found[each] for each in wanted if each in found]
    if len(parts) < len(wanted):
        parts.append(_missing(each for each in wanted if each not in found))
    return b"".join(parts)


def _missing(product_ids: Iterable[str]) -> bytes:
    return pb.BatchGetResponse(missing=product_ids).SerializeToString()
