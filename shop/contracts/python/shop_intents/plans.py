"""What is to be done about an intent: steps that depend on each other, and what they may cost."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct
from shop_messages.commands import Currency, Id, Quantity

from shop_intents.intents import Condition, Item, PriceMinor

Kind = Literal[
    "choose",  # the best variant of an item that can be had now, at most at its limit
    "check",  # a condition; what hangs on it is skipped where it does not hold
    "add", "remove", "set_quantity", "swap", "empty",  # of the cart
    "price_check",  # what is about to be paid, against budget and mandate
    "check_out",  # the saga begins, with a key derived from the plan's
    "wait",  # for its end
    "verify",  # that the order holds what was asked for, once, at the price that was checked
    "cancel_order",
]  # fmt: skip


class Check(Struct, frozen=True, kw_only=True):
    """A pre- or postcondition, in words for people and a name for programs."""

    name: Literal[
        "in_stock", "within_limit", "within_budget", "within_mandate", "in_cart", "not_in_cart",
        "quantity_is", "confirmed", "charged_once", "approved", "order_is_ours",
    ]  # fmt: skip
    says: str


class Step(Struct, frozen=True, kw_only=True):
    id: Id
    """`s1`, `s2`, … in the plan; its idempotency key is the plan's key and this."""
    kind: Kind
    needs: tuple[str, ...] = ()
    """Steps that must have been done before."""
    unless_skipped: str | None = None
    """A `check` step: this is skipped where that did not hold …"""
    when: bool = True
    """… or, where False, where it did."""
    item: Item | None = None
    chosen_by: str | None = None
    """The `choose` step whose variant this one takes."""
    chosen: tuple[str, ...] = ()
    """Of what pays: the `choose` steps whose items it is for; none: for what is in the cart."""
    of: str | None = None
    """Of a `check_out`, the `price_check` before it; of a `wait` or `verify`, the `check_out`."""
    variant_id: Id | None = None
    quantity: Quantity | None = None
    order_id: Id | None = None
    condition: Condition | None = None
    negated: bool = False
    before: tuple[Check, ...] = ()
    after: tuple[Check, ...] = ()
    on_failure: Literal["stop", "undo", "replan"] = "stop"
    """`undo`: what was done to the cart is taken back. `replan`: choose once more, once."""


class Mandate(Struct, frozen=True, kw_only=True):
    """What the user allows this plan to spend. `signature` is a JWT of all the rest."""

    user_id: str
    cap_minor: PriceMinor
    currency: Currency
    merchant: str
    plan_digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    """SHA-256 of all of the plan but approval and mandate."""
    expires_at: int
    """Seconds since 1970, UTC."""
    signature: str


class Plan(Struct, frozen=True, kw_only=True):
    plan_id: Id
    user_id: str
    cart_id: Id
    text: str
    steps: tuple[Step, ...]
    currency: Currency
    payment_method: Id | None = None
    """A token of the payment provider's, never a card; there where a step pays."""
    budget_minor: PriceMinor
    """What it may cost at most: the quoted total, or the limit that the sentence names."""
    quoted_minor: PriceMinor
    """What it costs at the prices of the sentence's reading."""
    approval: Literal["not_needed", "needed", "given", "refused"]
    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    mandate: Mandate | None = None
    """None while the approval is `needed`."""
    expires_at: int
