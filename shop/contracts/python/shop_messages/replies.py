"""What participants answer: done, or refused for good. What is not known yet is not answered."""

from __future__ import annotations

from msgspec import Struct


class _Reply(Struct, frozen=True, tag_field="type", kw_only=True):
    checkout_id: str


class _Refused(_Reply, frozen=True):
    reason: str
    """For people: `2 of v-17 are asked for, and 1 is left`."""


class StockReserved(_Reply, frozen=True, tag="StockReserved"):
    pass


class StockRefused(_Refused, frozen=True, tag="StockRefused"):
    """Not enough of something, unknown, or released before."""

    variant_ids: tuple[str, ...] = ()
    """Those there is too little of."""


class StockCommitted(_Reply, frozen=True, tag="StockCommitted"):
    pass


class StockReleased(_Reply, frozen=True, tag="StockReleased"):
    pass


class StockReturned(_Reply, frozen=True, tag="StockReturned"):
    pass


class PaymentAuthorised(_Reply, frozen=True, tag="PaymentAuthorised"):
    authorisation_id: str
    """The provider's."""


class PaymentCaptured(_Reply, frozen=True, tag="PaymentCaptured"):
    pass


class PaymentRefused(_Refused, frozen=True, tag="PaymentRefused"):
    """Declined by the provider, or given up before: of an authorisation or a capture."""


class PaymentVoided(_Reply, frozen=True, tag="PaymentVoided"):
    pass


class PaymentRefunded(_Reply, frozen=True, tag="PaymentRefunded"):
    """Or voided, where nothing had been captured."""


class OrderConfirmed(_Reply, frozen=True, tag="OrderConfirmed"):
    order_id: str


class OrderRefused(_Refused, frozen=True, tag="OrderRefused"):
    """Cancelled before."""


class OrderCancelled(_Reply, frozen=True, tag="OrderCancelled"):
    pass


InventoryReply = StockReserved | StockRefused | StockCommitted | StockReleased | StockReturned
PaymentReply = (
    PaymentAuthorised | PaymentCaptured | PaymentRefused | PaymentVoided | PaymentRefunded
)
OrderReply = OrderConfirmed | OrderRefused | OrderCancelled
Reply = InventoryReply | PaymentReply | OrderReply
