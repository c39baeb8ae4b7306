"""What may be asked of the parser."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct
from shop_intents import CartLine, Ordered

LONGEST = 2_000
"""Characters of a text that is read."""


class Asking(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=LONGEST)]
    cart: Annotated[tuple[CartLine, ...], Meta(max_length=100)] = ()
    orders: Annotated[tuple[Ordered, ...], Meta(max_length=20)] = ()
    """The newest first."""
