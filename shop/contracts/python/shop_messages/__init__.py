"""What the services of a checkout say to each other, over Kafka and over HTTP alike.

    checkout-orchestrator ──command──> inventory | payment | order ──reply──> checkout-orchestrator

Topics are in `topics`; the key is the checkout's id, so that all of one checkout stay in order.
JSON; `type` names which it is. Whoever reads ignores fields that it does not know. Each participant
has one state for a checkout: a command that was carried out already is answered again, as it was.
"""

from shop_messages.commands import (
    AuthorisePayment,
    CancelOrder,
    CapturePayment,
    Command,
    CommitStock,
    ConfirmOrder,
    InventoryCommand,
    Line,
    OrderCommand,
    PaymentCommand,
    RefundPayment,
    ReleaseStock,
    ReserveStock,
    ReturnStock,
    VoidPayment,
)
from shop_messages.replies import (
    InventoryReply,
    OrderCancelled,
    OrderConfirmed,
    OrderRefused,
    OrderReply,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentRefunded,
    PaymentRefused,
    PaymentReply,
    PaymentVoided,
    Reply,
    StockCommitted,
    StockRefused,
    StockReleased,
    StockReserved,
    StockReturned,
)
from shop_messages.topics import (
    CHECKOUT_REPLIES,
    DEAD_LETTERS,
    INVENTORY_COMMANDS,
    ORDER_COMMANDS,
    PARTITIONS,
    PAYMENT_COMMANDS,
)

__all__ = [
    "CHECKOUT_REPLIES",
    "DEAD_LETTERS",
    "INVENTORY_COMMANDS",
    "ORDER_COMMANDS",
    "PARTITIONS",
    "PAYMENT_COMMANDS",
    "AuthorisePayment",
    "CancelOrder",
    "CapturePayment",
    "Command",
    "CommitStock",
    "ConfirmOrder",
    "InventoryCommand",
    "InventoryReply",
    "Line",
    "OrderCancelled",
    "OrderCommand",
    "OrderConfirmed",
    "OrderRefused",
    "OrderReply",
    "PaymentAuthorised",
    "PaymentCaptured",
    "PaymentCommand",
    "PaymentRefunded",
    "PaymentRefused",
    "PaymentReply",
    "PaymentVoided",
    "RefundPayment",
    "ReleaseStock",
    "Reply",
    "ReserveStock",
    "ReturnStock",
    "StockCommitted",
    "StockRefused",
    "StockReleased",
    "StockReserved",
    "StockReturned",
    "VoidPayment",
]
