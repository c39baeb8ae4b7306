"""What is wanted of a payment, what is known of it, and what to ask of the provider next. Pure.

    state: new ──> authorised ──> captured ──> refunded          (what the provider has said)
            │ └──> refused  └──> voided
            └────> voided: given up before anything was asked for
    goal:  none, authorised, captured, undone                    (what commands have asked for)

While the state is short of the goal there is a call to make. One that failed, or whose answer was
lost, may have taken place: it is asked for before anything is decided.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from shop_kit.participant import Impossible
from shop_messages import (
    AuthorisePayment,
    CapturePayment,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentCommand,
    PaymentRefunded,
    PaymentRefused,
    PaymentVoided,
    RefundPayment,
    Reply,
    VoidPayment,
)

State = Literal["new", "authorised", "refused", "captured", "voided", "refunded"]
Goal = Literal["none", "authorised", "captured", "undone"]
Call = Literal["authorise", "capture", "void", "refund", "find"]
"""`find`: how it stands. Where the provider has heard of nothing, an authorisation may be on its
way still, and only the same one again, with the same key, settles it."""


@dataclass(frozen=True)
class Payment:
    checkout_id: str
    state: State = "new"
    goal: Goal = "none"
    amount_minor: int = 0
    currency: str = ""
    payment_method: str = ""
    authorisation_id: str = ""
    reason: str = ""
    """Why it was refused."""
    undo: Literal["", "VoidPayment", "RefundPayment"] = ""
    """The command that wants it undone, and is answered when it is."""
    unsure: bool = False
    """A call was made, or is about to be, and its answer is not known. Written down before it."""


@dataclass(frozen=True)
class Found:
    """How the provider says that an authorisation stands."""

    state: Literal["authorised", "refused", "captured", "voided", "refunded"]
    authorisation_id: str = ""
    reason: str = ""


def asked(command: PaymentCommand, payment: Payment) -> tuple[Payment, Reply | None]:
    """With the answer where it is known already. Raises Impossible: to capture what never was.

    The payment is the same object where nothing changes.
    """
    match command:
        case AuthorisePayment() if payment.goal == "none":
            return replace(
                payment,
                goal="authorised",
                amount_minor=command.amount_minor,
                currency=command.currency,
                payment_method=command.payment_method,
            ), None
        case CapturePayment() if payment.goal == "none":
            raise Impossible("a payment that was never authorised cannot be captured")
        case CapturePayment() if payment.goal == "authorised":
            if payment.state == "new":
                raise Impossible("a payment that is not authorised yet cannot be captured")
            if payment.state == "authorised":
                return replace(payment, goal="captured"), None
        case VoidPayment() | RefundPayment() if payment.goal != "undone":
            undo = "VoidPayment" if isinstance(command, VoidPayment) else "RefundPayment"
            payment = replace(payment, goal="undone", undo=undo)
            if payment.state == "new" and not payment.unsure:
                payment = replace(payment, state="voided")
        case _:
            pass
    return payment, answer(type(command), payment)


def answer(kind: type[PaymentCommand], payment: Payment) -> Reply | None:
    """To a command of this kind that was carried out; None while it is not known yet."""
    checkout_id = payment.checkout_id
    if kind in (VoidPayment, RefundPayment):
        done = PaymentVoided if kind is VoidPayment else PaymentRefunded
        return done(checkout_id=checkout_id) if reached(payment) else None
    if payment.goal == "undone":
        return PaymentRefused(checkout_id=checkout_id, reason="it was given up before")
    match payment.state:
        case "refused" | "voided" | "refunded":
            return PaymentRefused(checkout_id=checkout_id, reason=payment.reason)
        case "authorised" | "captured" if kind is AuthorisePayment:
            return PaymentAuthorised(
                checkout_id=checkout_id, authorisation_id=payment.authorisation_id
            )
        case "captured":
            return PaymentCaptured(checkout_id=checkout_id)
        case _:
            return None


def reached(payment: Payment) -> bool:
    """Whether nothing is left to ask for."""
    match payment.goal:
        case "none":
            return True
        case "authorised":
            return payment.state != "new"
        case "captured":
            return payment.state not in ("new", "authorised")
        case "undone":
            return payment.state in ("refused", "voided", "refunded")


def reply_due(payment: Payment) -> Reply | None:
    """To the command that set the goal, once it is reached."""
    if not reached(payment):
        return None
    match payment.goal:
        case "none":
            return None
        case "authorised":
            return answer(AuthorisePayment, payment)
        case "captured":
            return answer(CapturePayment, payment)
        case "undone":
            undo = VoidPayment if payment.undo == "VoidPayment" else RefundPayment
            return answer(undo, payment)


def next_call(payment: Payment, lost: bool) -> Call | None:
    """What to ask of the provider; None where the goal is reached.

    `lost`: a call was made, and its answer did not come. How the payment stands is asked first.
    """
    if reached(payment):
        return None
    if lost or (payment.state == "new" and payment.goal == "undone"):
        return "find"
    match payment.state, payment.goal:
        case "new", _:
            return "authorise"
        case "authorised", "captured":
            return "capture"
        case "authorised", _:
            return "void"
        case _:
            return "refund"


def learnt(payment: Payment, found: Found) -> Payment:
    """The payment, after the provider has said how it stands."""
    return replace(
        payment,
        state=found.state,
        authorisation_id=found.authorisation_id or payment.authorisation_id,
        reason=found.reason or payment.reason,
        unsure=False,
    )
