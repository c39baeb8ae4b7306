"""What items cost now, as the product lookup says."""

from __future__ import annotations

from collections.abc import Sequence

from shop.lookup.v1 import product_lookup_pb2 as pb
from shop_kit.problems import Mistake, Problem, bad_request, shown, unavailable
from shop_lookups import Lookup, NotLookedUp
from shop_messages import Line

from checkout_orchestrator.bodies import Item

MOST_MINOR = 10**12


async def quoted(
    lookup: Lookup, items: Sequence[Item], named: str = "items[{}]."
) -> tuple[tuple[Line, ...], int, str]:
    """A line for each variant, their total in minor units, and its currency.

    Raises Problem: 400 with the item that is wrong, 503 where nothing can be said now.
    `named`: how the fields of an item, by its number, are told.
    """
    try:
        products = await lookup.products(item.product_id for item in items)
    except NotLookedUp as error:
        raise unavailable(str(error)) from error
    return lines_of(items, products, named)


def lines_of(
    items: Sequence[Item], products: dict[str, pb.Product], named: str = "items[{}]."
) -> tuple[tuple[Line, ...], int, str]:
    """Raises Problem."""
    lines: dict[str, Line] = {}
    currency = ""
    total_minor = 0
    for number, item in enumerate(items):
        at = named.format(number)
        product = products.get(item.product_id)
        if product is None:
            raise _wrong(f"{at}product_id", item.product_id, "a product of the catalogue")
        variant = next((each for each in product.variants if each.id == item.variant_id), None)
        if variant is None:
            raise _wrong(f"{at}variant_id", item.variant_id, "a variant of the product")
        price = variant.price
        if currency and price.currency != currency:
            expected = f"one in {currency}, as those before it: a checkout has one currency"
            raise _wrong(f"{at}variant_id", f"{item.variant_id} in {price.currency}", expected)
        currency = price.currency
        if item.variant_id in lines:
            raise _wrong(f"{at}variant_id", item.variant_id, "each variant once")
        lines[item.variant_id] = Line(
            product_id=item.product_id,
            variant_id=item.variant_id,
            quantity=item.quantity,
            unit_price_minor=price.amount_minor,
        )
        total_minor += item.quantity * price.amount_minor
        if total_minor > MOST_MINOR:
            raise _wrong(
                f"{at}quantity", str(item.quantity), f"a total of no more than {MOST_MINOR}"
            )
    if total_minor < 1:
        raise bad_request(Mistake("items", "a total of 0", "something that has a price"))
    return tuple(lines.values()), total_minor, currency


def _wrong(field: str, found: str, expected: str) -> Problem:
    return bad_request(Mistake(field, shown(found), expected))
