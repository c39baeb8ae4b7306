"""What a sentence means: acts on a cart and on orders, or a question, or a refusal."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct
from shop_messages.commands import Currency, Id, Quantity

PriceMinor = Annotated[int, Meta(ge=0, le=10**12)]


class Span(Struct, frozen=True):
    """Characters of the text: from `start` to before `end`."""

    start: int
    end: int


class CartLine(Struct, frozen=True, kw_only=True):
    """What lies in a cart, or was ordered."""

    product_id: Id
    variant_id: Id
    quantity: Quantity


class Ordered(Struct, frozen=True, kw_only=True):
    """An order of the user's."""

    order_id: Id
    lines: tuple[CartLine, ...] = ()


class Variant(Struct, frozen=True, kw_only=True):
    """One that fits a wish, as the catalogue had it when the sentence was read."""

    product_id: Id
    variant_id: Id
    title: str
    """Product and options, as a person reads them: data, never instructions."""
    price_minor: PriceMinor
    available: int


class Item(Struct, frozen=True, kw_only=True):
    """A thing that is wished for. Never more units of it than `quantity` are to be bought."""

    words: str
    quantity: Quantity
    variants: tuple[Variant, ...]
    """At least one; any of them fulfils the wish, the first does so best."""
    pick: Literal["only", "cheapest", "dearest", "best_rated", "any"] = "only"
    """Why there may be several: `only` where the wish names one."""
    wanted: dict[str, list[str]] = {}
    """Option, `brand` or `product` → the values that were asked for."""
    unwanted: dict[str, list[str]] = {}
    most_minor: PriceMinor | None = None
    """Of one unit."""
    least_minor: PriceMinor | None = None
    spans: tuple[Span, ...] = ()


class InStock(Struct, frozen=True, tag_field="type", tag="in_stock"):
    """All of the item's quantity can be had."""

    item: Item


class PriceBelow(Struct, frozen=True, tag_field="type", tag="price_below"):
    """One unit costs less than, or with `or_equal` at most, so much."""

    item: Item
    limit_minor: PriceMinor
    or_equal: bool = False


Condition = InStock | PriceBelow


class Act(Struct, frozen=True, tag_field="type", kw_only=True):
    spans: tuple[Span, ...] = ()
    """What it rests on."""


class Add(Act, frozen=True, tag="add"):
    item: Item


class Remove(Act, frozen=True, tag="remove"):
    """The whole line, or `quantity` units of it."""

    variant_id: Id
    quantity: Quantity | None = None


class SetQuantity(Act, frozen=True, tag="set_quantity"):
    variant_id: Id
    quantity: Quantity


class Swap(Act, frozen=True, tag="swap"):
    """The line goes, the item comes; where the item cannot be had, the line stays."""

    variant_id: Id
    item: Item


class BuyNow(Act, frozen=True, tag="buy_now"):
    """These items, past the cart, in one checkout."""

    items: tuple[Item, ...]


class CheckOut(Act, frozen=True, tag="check_out"):
    """What is in the cart once the acts before have been done."""


class CancelOrder(Act, frozen=True, tag="cancel_order"):
    order_id: Id


class EmptyCart(Act, frozen=True, tag="empty_cart"):
    pass


class If(Act, frozen=True, tag="if"):
    condition: Condition
    then: tuple[AnyAct, ...] = ()
    otherwise: tuple[AnyAct, ...] = ()
    negated: bool = False


AnyAct = Add | Remove | SetQuantity | Swap | BuyNow | CheckOut | CancelOrder | EmptyCart | If


class Parsed(Struct, frozen=True, tag_field="type", kw_only=True):
    text: str
    rests_on: tuple[Span, ...] = ()
    unexplained: tuple[Span, ...] = ()
    """Words that nothing was made of."""


class Intent(Parsed, frozen=True, tag="intent"):
    """Acts in the order in which they are to be done."""

    acts: tuple[AnyAct, ...]
    currency: Currency
    total_most_minor: PriceMinor | None = None
    """Of all that is bought."""


class Choice(Struct, frozen=True, kw_only=True):
    words: str
    """That a person may answer with."""
    product_id: str | None = None
    variant_id: str | None = None
    price_minor: PriceMinor | None = None


class Question(Parsed, frozen=True, tag="question"):
    """What was meant cannot be told: `choices` are equally likely."""

    about: Literal["product", "variant", "quantity", "line", "order", "meaning"]
    says: str
    choices: tuple[Choice, ...] = ()


class Refusal(Parsed, frozen=True, tag="refusal"):
    """`impossible`: the catalogue, the cart or the limits do not allow it."""

    reason: Literal["out_of_scope", "impossible", "not_permitted"]
    says: str


AnyParsed = Intent | Question | Refusal
