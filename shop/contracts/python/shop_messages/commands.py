"""What the orchestrator asks for. Asking again is always allowed, and changes nothing."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[!-~]+$(?!\n)")]
"""It stands in headers, keys and tables, and so in no more than printable ASCII."""
Quantity = Annotated[int, Meta(ge=1, le=1000)]
AmountMinor = Annotated[int, Meta(ge=1, le=10**12)]
"""In the currency's minor unit."""
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", max_length=3)]
"""ISO 4217."""
_NO_NUL = r"^[^\x00]*$(?!\n)"
"""The one character that no text of Postgres holds."""


class Command(Struct, frozen=True, tag_field="type", kw_only=True):
    checkout_id: Id


class Line(Struct, frozen=True, kw_only=True):
    """So many units of one variant, at the price that was quoted."""

    product_id: Id
    variant_id: Id
    quantity: Quantity
    unit_price_minor: Annotated[int, Meta(ge=0, le=10**12)]


Lines = Annotated[tuple[Line, ...], Meta(min_length=1, max_length=100)]


class ReserveStock(Command, frozen=True, tag="ReserveStock"):
    """All lines or none, from on hand to held. Each variant is in one line at most."""

    lines: Lines


class CommitStock(Command, frozen=True, tag="CommitStock"):
    """The order stands: from held to committed, for good."""


class ReleaseStock(Command, frozen=True, tag="ReleaseStock"):
    """From held back to on hand. Where nothing was reserved yet, nothing can be any more."""


class ReturnStock(Command, frozen=True, tag="ReturnStock"):
    """The order stands no more: what was committed is on hand again."""


class AuthorisePayment(Command, frozen=True, tag="AuthorisePayment"):
    amount_minor: AmountMinor
    currency: Currency
    payment_method: Id
    """A token of the provider's; never a card."""


class CapturePayment(Command, frozen=True, tag="CapturePayment"):
    """All that was authorised."""


class VoidPayment(Command, frozen=True, tag="VoidPayment"):
    """Give up what was authorised. Where nothing was yet, nothing can be any more."""


class RefundPayment(Command, frozen=True, tag="RefundPayment"):
    """Give back what was captured; a void where nothing was."""


class ConfirmOrder(Command, frozen=True, tag="ConfirmOrder"):
    user_id: Annotated[str, Meta(min_length=1, max_length=200, pattern=_NO_NUL)]
    lines: Lines
    total_minor: AmountMinor
    currency: Currency


class CancelOrder(Command, frozen=True, tag="CancelOrder"):
    """Where nothing was confirmed yet, nothing can be any more."""

    reason: Annotated[str, Meta(max_length=500, pattern=_NO_NUL)]


InventoryCommand = ReserveStock | CommitStock | ReleaseStock | ReturnStock
PaymentCommand = AuthorisePayment | CapturePayment | VoidPayment | RefundPayment
OrderCommand = ConfirmOrder | CancelOrder
