"""Whether an answer to a request is right: by what it leads to, not by how it is put."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shop_intents.intents import (
    Act,
    Add,
    AnyParsed,
    BuyNow,
    CancelOrder,
    CheckOut,
    Condition,
    EmptyCart,
    If,
    InStock,
    Intent,
    Item,
    Question,
    Remove,
    SetQuantity,
    Swap,
)

from shop_requests.goods import Goods, goods
from shop_requests.model import Outcome, Request, Units


class CannotBeDone(Exception):
    """An act that names what is not there, or more of it than there is."""


@dataclass(frozen=True)
class Happened:
    decision: str
    """`failure` where an intent cannot be carried out."""
    detail: str | None
    cart: Mapping[str, int]
    """Variant → pieces."""
    bought: Sequence[Mapping[str, int]]
    cancelled: frozenset[str]


def right(request: Request, parsed: AnyParsed) -> bool:
    """Whether it is one of the outcomes that are right. Raises CatalogueMissing."""
    found = happened(request, parsed, goods(request.catalogue))
    return any(meets(outcome, found) for outcome in request.outcomes)


def happened(request: Request, parsed: AnyParsed, shop: Goods) -> Happened:
    before = Counter({line.variant_id: line.quantity for line in request.cart})
    if isinstance(parsed, Question):
        return Happened("question", parsed.about, before, (), frozenset())
    if not isinstance(parsed, Intent):
        return Happened("refusal", parsed.reason, before, (), frozenset())
    world = _World(shop, before.copy(), {order.order_id for order in request.orders})
    try:
        world.do(parsed.acts)
        world.check(parsed.total_most_minor)
    except CannotBeDone as error:
        return Happened("failure", str(error), before, (), frozenset())
    return Happened("intent", None, +world.cart, world.bought, frozenset(world.cancelled))


def meets(outcome: Outcome, found: Happened) -> bool:
    return (
        outcome.decision == found.decision
        and outcome.detail in (None, found.detail)
        and _fits(outcome.cart, found.cart)
        and len(outcome.bought) == len(found.bought)
        and _each(outcome.bought, found.bought)
        and frozenset(outcome.cancelled) == found.cancelled
    )


def _each(expected: Sequence[tuple[Units, ...]], found: Sequence[Mapping[str, int]]) -> bool:
    """Each of the orders is one that is expected; in which sequence does not matter."""
    if not expected:
        return not found
    return any(
        _fits(expected[0], order) and _each(expected[1:], [*found[:place], *found[place + 1 :]])
        for place, order in enumerate(found)
    )


def _fits(expected: Sequence[Units], found: Mapping[str, int]) -> bool:
    """Lines of one variant first: what they leave is for those that can be any of several."""
    lines = sorted(expected, key=lambda units: len(units.variant_ids))
    return _taken(lines, dict(found))


def _taken(lines: Sequence[Units], left: dict[str, int]) -> bool:
    if not lines:
        return not any(left.values())
    units = lines[0]
    return any(
        left.get(each, 0) >= units.quantity
        and _taken(lines[1:], left | {each: left[each] - units.quantity})
        for each in units.variant_ids
    )


@dataclass
class _World:
    shop: Goods
    cart: Counter[str]
    orders: set[str]
    bought: list[Mapping[str, int]] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)

    def do(self, acts: Iterable[Act]) -> None:
        for act in acts:
            self._do(act)

    def _do(self, act: Act) -> None:
        match act:
            case Add():
                self.cart[self._chosen(act.item)] += act.item.quantity
            case Swap():
                chosen = self._chosen(act.item)
                del self.cart[self._held(act.variant_id)]
                self.cart[chosen] += act.item.quantity
            case Remove():
                held = self._held(act.variant_id)
                if self.cart[held] < (act.quantity or 0):
                    raise CannotBeDone(f"{held}: more is removed than there was")
                self.cart[held] -= act.quantity or self.cart[held]
            case SetQuantity():
                self.cart[self._held(act.variant_id)] = act.quantity
            case BuyNow():
                order: Counter[str] = Counter()
                for item in act.items:
                    order[self._chosen(item)] += item.quantity
                self._buy(order)
            case CheckOut():
                self._buy(+self.cart)
            case CancelOrder() if act.order_id in self.orders:
                self.cancelled.add(act.order_id)
            case EmptyCart():
                self.cart.clear()
            case If():
                self.do(act.then if self._holds(act.condition) != act.negated else act.otherwise)
            case _:
                raise CannotBeDone(f"{act}: no such act, or no such order")

    def check(self, total_most_minor: int | None) -> None:
        """What is to hold once all is done."""
        prices = self.shop.by_variant
        total = sum(
            prices[each].price_minor * count
            for order in self.bought
            for each, count in order.items()
        )
        if total_most_minor is not None and total > total_most_minor:
            raise CannotBeDone(f"{total} is more than {total_most_minor}")

    def _buy(self, order: Counter[str]) -> None:
        if not order:
            raise CannotBeDone("nothing is bought")
        for each, count in order.items():
            if self.shop.by_variant[each].available < count:
                raise CannotBeDone(f"{each}: there are not {count} of it")
        self.bought.append(order)

    def _chosen(self, item: Item) -> str:
        """The first that can be had within the item's limits, at the catalogue's price."""
        for variant in item.variants:
            offer = self.shop.by_variant.get(variant.variant_id)
            if (
                offer is not None
                and offer.available >= item.quantity
                and (item.most_minor is None or offer.price_minor <= item.most_minor)
                and (item.least_minor is None or offer.price_minor >= item.least_minor)
            ):
                return offer.variant_id
        raise CannotBeDone(f"{item.words}: none of it can be had")

    def _held(self, variant_id: str) -> str:
        if not self.cart[variant_id]:
            raise CannotBeDone(f"{variant_id}: it is not in the cart")
        return variant_id

    def _holds(self, condition: Condition) -> bool:
        item = condition.item
        offers = [self.shop.by_variant[variant.variant_id] for variant in item.variants]
        if isinstance(condition, InStock):
            return any(offer.available >= item.quantity for offer in offers)
        price = offers[0].price_minor
        return price < condition.limit_minor or (
            condition.or_equal and price == condition.limit_minor
        )
