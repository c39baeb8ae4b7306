"""What an intent costs at the prices of its reading: at most, whichever conditions hold. Pure.

Each act is played on every cart that there may be when its turn comes; a condition makes two of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
from shop_intents import (
    Act,
    Add,
    BuyNow,
    CancelOrder,
    CheckOut,
    EmptyCart,
    If,
    Intent,
    Item,
    Remove,
    SetQuantity,
    Swap,
    Variant,
)

from plan_generator.errors import OverLimit, Unplannable

MOST_WAYS = 64
"""That the conditions of one intent may lead to."""
MOST_MINOR = 10**12
MOST_VARIANTS = 50
"""Of an item, the best: what a plan may choose among."""


@dataclass(frozen=True)
class Priced:
    """Units of one variant, and what one of them costs."""

    quantity: int
    price_minor: int

    @property
    def total_minor(self) -> int:
        return self.quantity * self.price_minor


@dataclass(frozen=True)
class Way:
    """What has come of the acts so far."""

    cart: Mapping[str, Priced]
    paid_minor: int = 0
    added_minor: int = 0
    """Put into the cart, paid or not."""
    unpayable: bool = False
    """A checkout found nothing to pay for."""


@dataclass(frozen=True)
class Quote:
    pays: bool
    total_minor: int
    """Of what is paid, at most."""


def quote(intent: Intent, cart: Mapping[str, Priced]) -> Quote:
    """Raises Unplannable; OverLimit where a limit of the user's is passed already."""
    ways = _played(intent.acts, [Way(cart)])
    pays = any(paying(act) for act in intent.acts)
    if all(way.unpayable for way in ways):
        raise Unplannable("there is nothing to pay for: the cart is empty then")
    total_minor = max(way.paid_minor for way in ways)
    if pays and total_minor < 1:
        raise Unplannable("what is to be paid has no price")
    if total_minor > MOST_MINOR:
        raise Unplannable(f"no checkout is for more than {MOST_MINOR}")
    most_minor = intent.total_most_minor
    spent_minor = total_minor if pays else max(way.added_minor for way in ways)
    if most_minor is not None and spent_minor > most_minor:
        raise OverLimit(
            f"it costs {spent_minor} {intent.currency} in minor units, and the limit of the"
            f" request is {most_minor}"
        )
    return Quote(pays, total_minor)


def paying(act: Act) -> bool:
    if isinstance(act, If):
        return any(paying(each) for each in (*act.then, *act.otherwise))
    return isinstance(act, (BuyNow, CheckOut))


def checks_out_cart(acts: Iterable[Act]) -> bool:
    return any(
        checks_out_cart((*act.then, *act.otherwise))
        if isinstance(act, If)
        else isinstance(act, CheckOut)
        for act in acts
    )


def first_of(item: Item) -> Variant:
    """The best variant within the item's own limits. Raises OverLimit."""
    for variant in item.variants[:MOST_VARIANTS]:
        if within(item, variant.price_minor):
            return variant
    if not item.variants:
        raise Unplannable("an item needs a variant that fits it")
    raise OverLimit(
        f"no {_named(item)} is within the limits of the request: they cost"
        f" {', '.join(str(each.price_minor) for each in item.variants[:5])} in minor units"
    )


def others(item: Item, variant_id: str) -> Item:
    """What a line may be swapped for. Raises Unplannable."""
    variants = tuple(each for each in item.variants if each.variant_id != variant_id)
    if not variants:
        raise Unplannable(f"{variant_id} would be swapped for itself")
    return msgspec.structs.replace(item, variants=variants)


def within(item: Item, price_minor: int) -> bool:
    least = item.least_minor or 0
    return least <= price_minor and (item.most_minor is None or price_minor <= item.most_minor)


def _named(item: Item) -> str:
    return f"{item.words[:60]!r}"


def _played(acts: Sequence[Act], ways: list[Way]) -> list[Way]:
    for act in acts:
        if isinstance(act, If):
            ways = [*_played(act.then, ways), *_played(act.otherwise, ways)]
        else:
            step = _step(act)
            ways = [step(way) for way in ways]
        ways = _distinct(ways)
        if len(ways) > MOST_WAYS:
            raise Unplannable(f"its conditions lead to more than {MOST_WAYS} ends")
    return ways


def _distinct(ways: Iterable[Way]) -> list[Way]:
    found = {
        (frozenset(way.cart.items()), way.paid_minor, way.added_minor, way.unpayable): way
        for way in ways
    }
    return list(found.values())


def _step(act: Act) -> Callable[[Way], Way]:
    match act:
        case Add(item=item):
            return lambda way: _added(way, item)
        case Remove(variant_id=variant_id, quantity=quantity):
            return lambda way: _removed(way, variant_id, quantity)
        case SetQuantity(variant_id=variant_id, quantity=quantity):
            return lambda way: _set(way, variant_id, quantity)
        case Swap(variant_id=variant_id, item=item):
            comes = others(item, variant_id)
            return lambda way: _added(_removed(way, variant_id, None), comes)
        case BuyNow(items=items):
            cost_minor = sum(first_of(item).price_minor * item.quantity for item in items)
            return lambda way: replace(way, paid_minor=way.paid_minor + cost_minor)
        case CheckOut():
            return _checked_out
        case EmptyCart():
            return lambda way: replace(way, cart={})
        case CancelOrder():
            return lambda way: way
        case _:
            raise AssertionError(act)


def _added(way: Way, item: Item) -> Way:
    variant = first_of(item)
    there = way.cart.get(variant.variant_id, Priced(0, 0))
    line = Priced(there.quantity + item.quantity, variant.price_minor)
    added_minor = way.added_minor + variant.price_minor * item.quantity
    return replace(way, cart={**way.cart, variant.variant_id: line}, added_minor=added_minor)


def _removed(way: Way, variant_id: str, quantity: int | None) -> Way:
    there = way.cart.get(variant_id)
    if there is None:
        return way
    rest = {name: line for name, line in way.cart.items() if name != variant_id}
    left = 0 if quantity is None else there.quantity - quantity
    if left > 0:
        rest[variant_id] = replace(there, quantity=left)
    return replace(way, cart=rest)


def _set(way: Way, variant_id: str, quantity: int) -> Way:
    there = way.cart.get(variant_id)
    if there is None:
        return way
    return replace(way, cart={**way.cart, variant_id: replace(there, quantity=quantity)})


def _checked_out(way: Way) -> Way:
    """The shop leaves in the cart what was paid."""
    cost_minor = sum(line.total_minor for line in way.cart.values())
    return replace(
        way,
        paid_minor=way.paid_minor + cost_minor,
        unpayable=way.unpayable or not way.cart,
    )
