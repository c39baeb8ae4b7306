"""What lies in a cart, and what it costs now, as the product lookup says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shop.lookup.v1 import product_lookup_pb2 as pb
from shop_intents import CartLine
from shop_kit.problems import unavailable
from shop_lookups import Lookup, NotLookedUp

from plan_generator.errors import Unplannable
from plan_generator.quoting import Priced


async def prices_of(lookup: Lookup, cart: Sequence[CartLine], currency: str) -> dict[str, Priced]:
    """By variant. Raises Problem, 503, where nothing can be said now; Unplannable."""
    try:
        products = await lookup.products(line.product_id for line in cart)
    except NotLookedUp as error:
        raise unavailable(str(error)) from error
    return priced(cart, products, currency)


def priced(
    cart: Sequence[CartLine], products: Mapping[str, pb.Product], currency: str
) -> dict[str, Priced]:
    """Raises Unplannable."""
    found: dict[str, Priced] = {}
    for line in cart:
        product = products.get(line.product_id)
        variants = product.variants if product is not None else ()
        variant = next((each for each in variants if each.id == line.variant_id), None)
        if variant is None:
            raise Unplannable(f"the shop does not sell {line.variant_id}, which is in the cart")
        if variant.price.currency != currency:
            raise Unplannable(f"{line.variant_id} in the cart is not sold in {currency}")
        if line.variant_id in found:
            raise Unplannable(f"the cart holds {line.variant_id} in two lines")
        found[line.variant_id] = Priced(line.quantity, variant.price.amount_minor)
    return found
