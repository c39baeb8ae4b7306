"""Prices and stock of now, as the product lookup says."""

from __future__ import annotations

from collections.abc import Iterable

from shop_lookups import Lookup, NotLookedUp

from plan_executor.choosing import Offer
from plan_executor.errors import NoAnswer


async def offers_of(lookup: Lookup, product_ids: Iterable[str]) -> dict[str, Offer]:
    """By variant, of all of these products that are sold. Raises NoAnswer."""
    try:
        products = await lookup.products(product_ids)
    except NotLookedUp as error:
        raise NoAnswer(str(error)) from error
    return {
        variant.id: Offer(
            product.id, variant.id, variant.price.amount_minor, variant.price.currency,
            variant.available,
        )
        for product in products.values()
        for variant in product.variants
    }  # fmt: skip
