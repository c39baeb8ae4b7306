"""Which variant is taken, and whether a condition holds, by what can be had now. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shop_intents import InStock, Item, PriceBelow, Variant
from shop_intents.intents import Condition
from shop_messages import Line

from plan_executor.errors import Forbidden


@dataclass(frozen=True)
class Offer:
    """A variant as the shop sells it now."""

    product_id: str
    variant_id: str
    price_minor: int
    currency: str
    available: int


Offers = Mapping[str, Offer]
"""By variant."""


def chosen(item: Item, offers: Offers, currency: str, gone: Sequence[str] = ()) -> Line:
    """The best that can be had, of the item's list alone. Raises Forbidden."""
    why: list[str] = []
    for variant in ranked(item, offers):
        reason = _unfit(item, variant, offers, currency)
        if variant.variant_id in gone:
            reason = "it could not be had"
        if reason is None:
            return Line(
                product_id=variant.product_id,
                variant_id=variant.variant_id,
                quantity=item.quantity,
                unit_price_minor=offers[variant.variant_id].price_minor,
            )
        why.append(f"{variant.variant_id}: {reason}")
    raise Forbidden(f"nothing that fits can be had now ({'; '.join(why[:5])})")


def ranked(item: Item, offers: Offers) -> Sequence[Variant]:
    """The best first; which one is the cheapest, or the dearest, the prices of now say."""
    if item.pick not in ("cheapest", "dearest"):
        return item.variants

    def price_minor(variant: Variant) -> int:
        offer = offers.get(variant.variant_id)
        return variant.price_minor if offer is None else offer.price_minor

    return sorted(item.variants, key=price_minor, reverse=item.pick == "dearest")


def holds(condition: Condition, offers: Offers, currency: str) -> bool:
    item = condition.item
    match condition:
        case InStock():
            return _can_be_had(item, offers, currency)
        case PriceBelow(limit_minor=limit_minor, or_equal=or_equal):
            price_minor = _price_minor(item, offers, currency)
            if price_minor is None:
                return False
            return price_minor <= limit_minor if or_equal else price_minor < limit_minor


def _can_be_had(item: Item, offers: Offers, currency: str) -> bool:
    try:
        chosen(item, offers, currency)
    except Forbidden:
        return False
    return True


def _price_minor(item: Item, offers: Offers, currency: str) -> int | None:
    """Of the best that there is enough of; where all are sold out, of the best that is sold."""
    sold = [
        offer
        for variant in ranked(item, offers)
        if (offer := offers.get(variant.variant_id)) is not None and offer.currency == currency
    ]
    there = [offer for offer in sold if offer.available >= item.quantity]
    return next((offer.price_minor for offer in there or sold), None)


def over_limit(item: Item, price_minor: int) -> str | None:
    """Why one unit at this price is not what was asked for."""
    if item.most_minor is not None and price_minor > item.most_minor:
        return f"it costs {price_minor}, and may cost {item.most_minor}"
    if item.least_minor is not None and price_minor < item.least_minor:
        return f"it costs {price_minor}, and is to cost {item.least_minor} or more"
    return None


def _unfit(item: Item, variant: Variant, offers: Offers, currency: str) -> str | None:
    offer = offers.get(variant.variant_id)
    if offer is None or offer.product_id != variant.product_id:
        return "it is not sold any more"
    if offer.currency != currency:
        return f"it is sold in {offer.currency}"
    if offer.available < item.quantity:
        return f"{offer.available} of {item.quantity} can be had"
    return over_limit(item, offer.price_minor)
