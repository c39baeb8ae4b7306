"""What a command does to the record of an order. Pure.

new ──confirm──> confirmed ──cancel──> cancelled
 └──cancel──> cancelled: a confirmation that comes later is refused
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from shop_messages import (
    CancelOrder,
    ConfirmOrder,
    OrderCancelled,
    OrderCommand,
    OrderConfirmed,
    OrderRefused,
    Reply,
)

State = Literal["new", "confirmed", "cancelled"]


@dataclass(frozen=True)
class Record:
    checkout_id: str
    order_id: str
    state: State = "new"
    confirmed: ConfirmOrder | None = None
    """What was confirmed at some time; None where it was cancelled before."""
    reason: str = ""
    """Why it was cancelled."""


def decide(command: OrderCommand, record: Record) -> tuple[Record, Reply]:
    """The record is the same object where nothing changes."""
    checkout_id = command.checkout_id
    match command, record.state:
        case ConfirmOrder(), "new":
            record = replace(record, state="confirmed", confirmed=command)
            return record, OrderConfirmed(checkout_id=checkout_id, order_id=record.order_id)
        case ConfirmOrder(), "confirmed":
            return record, OrderConfirmed(checkout_id=checkout_id, order_id=record.order_id)
        case ConfirmOrder(), _:
            return record, OrderRefused(checkout_id=checkout_id, reason="it was cancelled before")
        case CancelOrder(), "cancelled":
            return record, OrderCancelled(checkout_id=checkout_id)
        case CancelOrder(reason=reason), _:
            record = replace(record, state="cancelled", reason=reason)
            return record, OrderCancelled(checkout_id=checkout_id)
        case _:
            raise AssertionError(command)
