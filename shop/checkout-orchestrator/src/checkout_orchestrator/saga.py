"""The saga of a checkout: a table of steps, and what a reply or a silence leads to. Pure.

    running: reserve ──> authorise ──> capture ──> confirm ──> commit ──> confirmed
                │            │            │           │
    undoing: release <──── void <────── refund <─── cancel      (in reverse, from where it failed)
                │
             cancelled

    confirmed ──(its user takes it back)──> undoing: return <── … , from the end

A step that was refused had no effect, and the undoing begins before it. One that was silent for too
long may have had one, and is undone like those before it: whoever takes part keeps a tombstone, so
that what comes late has no effect either. Once the order is confirmed nothing is undone, unless
whoever ordered takes it back: then all is, from the last step on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from shop_messages import (
    INVENTORY_COMMANDS,
    ORDER_COMMANDS,
    PAYMENT_COMMANDS,
    AuthorisePayment,
    CancelOrder,
    CapturePayment,
    Command,
    CommitStock,
    ConfirmOrder,
    Line,
    OrderCancelled,
    OrderConfirmed,
    OrderRefused,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentRefunded,
    PaymentRefused,
    PaymentVoided,
    RefundPayment,
    ReleaseStock,
    Reply,
    ReserveStock,
    ReturnStock,
    StockCommitted,
    StockRefused,
    StockReleased,
    StockReserved,
    StockReturned,
    VoidPayment,
)

TAKEN_BACK = "cancelled by its user"
State = Literal["running", "undoing", "confirmed", "cancelled"]


@dataclass(frozen=True)
class Checkout:
    """As it stands in the table."""

    checkout_id: str
    user_id: str
    lines: tuple[Line, ...]
    total_minor: int
    currency: str
    payment_method: str
    state: State = "running"
    step: int = 0
    """Index of the step that is done, or undone, now."""
    silences: int = 0
    """How often its answer has not come in time."""
    order_id: str = ""
    reason: str = ""
    """Why it was cancelled."""

    @property
    def terminal(self) -> bool:
        return self.state in ("confirmed", "cancelled")


@dataclass(frozen=True)
class Step:
    name: str
    topic: str
    do: Callable[[Checkout], Command]
    done: type[Reply]
    refused: type[Reply] | None
    """None: it cannot be."""
    answer_s: float
    """Silent for so long, it is asked again, with the same words."""
    patience: int | None
    """Silent so often, it is given up, and undone. None: never, past the point of return."""
    undo: Callable[[Checkout], Command] | None = None
    undone: type[Reply] | None = None


STEPS: tuple[Step, ...] = (
    Step(
        "reserve", INVENTORY_COMMANDS,
        lambda it: ReserveStock(checkout_id=it.checkout_id, lines=it.lines),
        StockReserved, StockRefused, answer_s=5.0, patience=4,
        undo=lambda it: ReleaseStock(checkout_id=it.checkout_id), undone=StockReleased,
    ),
    Step(
        "authorise", PAYMENT_COMMANDS,
        lambda it: AuthorisePayment(
            checkout_id=it.checkout_id, amount_minor=it.total_minor, currency=it.currency,
            payment_method=it.payment_method,
        ),
        PaymentAuthorised, PaymentRefused, answer_s=10.0, patience=3,
        undo=lambda it: VoidPayment(checkout_id=it.checkout_id), undone=PaymentVoided,
    ),
    Step(
        "capture", PAYMENT_COMMANDS,
        lambda it: CapturePayment(checkout_id=it.checkout_id),
        PaymentCaptured, PaymentRefused, answer_s=10.0, patience=3,
        undo=lambda it: RefundPayment(checkout_id=it.checkout_id), undone=PaymentRefunded,
    ),
    Step(
        "confirm", ORDER_COMMANDS,
        lambda it: ConfirmOrder(
            checkout_id=it.checkout_id, user_id=it.user_id, lines=it.lines,
            total_minor=it.total_minor, currency=it.currency,
        ),
        OrderConfirmed, OrderRefused, answer_s=5.0, patience=12,
        undo=lambda it: CancelOrder(checkout_id=it.checkout_id, reason=it.reason),
        undone=OrderCancelled,
    ),
    Step(
        "commit", INVENTORY_COMMANDS,
        lambda it: CommitStock(checkout_id=it.checkout_id),
        StockCommitted, None, answer_s=5.0, patience=None,
        undo=lambda it: ReturnStock(checkout_id=it.checkout_id), undone=StockReturned,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """What is written down in one transaction."""

    checkout: Checkout
    what: str
    """For the history: `stock reserved`, `authorise: no answer`."""
    command: Command | None
    """To be asked next; None where it is over."""

    @property
    def topic(self) -> str:
        return STEPS[self.checkout.step].topic

    @property
    def answer_s(self) -> float:
        return STEPS[self.checkout.step].answer_s


def begin(checkout: Checkout) -> Change:
    return Change(checkout, "accepted", STEPS[0].do(checkout))


def heard(checkout: Checkout, reply: Reply) -> Change | None:
    """None for a reply that changes nothing: late, repeated, or of what is undone already."""
    if checkout.terminal:
        return None
    step = STEPS[checkout.step]
    what = _words(type(reply).__name__)
    if checkout.state == "undoing":
        return _undone(checkout, what) if isinstance(reply, step.undone or ()) else None
    if isinstance(reply, step.done):
        if isinstance(reply, OrderConfirmed):
            checkout = replace(checkout, order_id=reply.order_id)
        return _forward(checkout, what)
    if step.refused is not None and isinstance(reply, step.refused):
        checkout = replace(checkout, reason=reply.reason)  # type: ignore[attr-defined]
        return _backward(checkout, f"{what}: {checkout.reason}", checkout.step - 1)
    return None


def taken_back(checkout: Checkout) -> Change | None:
    """Its user does not want it any more; None where it is not confirmed."""
    if checkout.state != "confirmed":
        return None
    unwanted = replace(checkout, reason=TAKEN_BACK)
    return _backward(unwanted, TAKEN_BACK, len(STEPS) - 1)


def silent(checkout: Checkout) -> Change:
    """Its answer has not come in time: asked again, or, after too often, undone."""
    step = STEPS[checkout.step]
    silences = checkout.silences + 1
    again = replace(checkout, silences=silences)
    if checkout.state == "undoing":
        assert step.undo is not None
        return Change(again, f"{step.name}: no answer to the undoing", step.undo(again))
    if step.patience is None or silences < step.patience:
        return Change(again, f"{step.name}: no answer", step.do(again))
    given_up = replace(checkout, reason=f"no answer to {step.name}, {silences} times")
    return _backward(given_up, f"{step.name}: given up", checkout.step)


def current(checkout: Checkout) -> Command | None:
    """What is to be asked of it now: after a restart, it is asked again."""
    if checkout.terminal:
        return None
    step = STEPS[checkout.step]
    if checkout.state == "running":
        return step.do(checkout)
    assert step.undo is not None
    return step.undo(checkout)


def _forward(checkout: Checkout, what: str) -> Change:
    if checkout.step + 1 == len(STEPS):
        return Change(replace(checkout, state="confirmed", silences=0), what, None)
    after = replace(checkout, step=checkout.step + 1, silences=0)
    return Change(after, what, STEPS[after.step].do(after))


def _undone(checkout: Checkout, what: str) -> Change:
    return _backward(checkout, what, checkout.step - 1)


def _backward(checkout: Checkout, what: str, step: int) -> Change:
    if step < 0:
        return Change(replace(checkout, state="cancelled", silences=0), what, None)
    after = replace(checkout, state="undoing", step=step, silences=0)
    undo = STEPS[step].undo
    assert undo is not None, "what is past the point of return is not undone"
    return Change(after, what, undo(after))


def _words(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
