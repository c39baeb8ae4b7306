"""What may be asked: bodies, checked field by field."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct
from shop_intents import CartLine, Intent
from shop_messages.commands import Id


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cart`: as it stands; it is looked at again when the plan is carried out."""

    intent: Intent
    cart_id: Id
    cart: Annotated[tuple[CartLine, ...], Meta(max_length=100)] = ()
    payment_method: Id | None = None
    """A token of the payment provider's; never a card. Needed where the plan pays."""


class Answer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    answer: Literal["yes", "no"]
