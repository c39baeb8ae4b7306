"""What may become of an authorisation. Pure.

    authorise ──> authorised ──capture──> captured ──refund, once or in parts──> refunded
        │             └──void──> voided
        └───> declined

An authorisation is what its entries in the ledger add up to; nothing else is kept of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

Kind = Literal["authorised", "declined", "captured", "voided", "refunded"]
"""Of an entry: what took place. Also the states that an authorisation may be in."""

AmountMinor = Annotated[int, Meta(ge=1, le=10**12, description="In the currency's minor unit.")]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", max_length=3, description="ISO 4217.")]
PaymentMethod = Annotated[
    str,
    Meta(
        pattern="^pm_[A-Za-z0-9_-]+$",
        max_length=64,
        description="A token, never a card: `pm_declined…` is declined, `pm_ok…` never is.",
    ),
]
Reference = Annotated[
    str, Meta(min_length=1, max_length=128, description="The caller's own, to ask by.")
]


class Authorise(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    amount_minor: AmountMinor
    currency: Currency
    payment_method: PaymentMethod
    reference: Reference


class Capture(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that was authorised."""


class Void(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Give up what was authorised."""


class Refund(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Give back what was captured, or a part of it."""

    amount_minor: AmountMinor | UnsetType = UNSET
    """All that is left, where it is left out."""


Change = Capture | Void | Refund


class Entry(Struct, frozen=True, kw_only=True):
    """What took place, as the ledger keeps it."""

    kind: Kind
    authorisation_id: str
    reference: str
    amount_minor: int
    currency: str
    decline_reason: str | None = None


class Authorisation(Struct, frozen=True, kw_only=True):
    id: str
    status: Kind
    decline_reason: str | UnsetType = UNSET
    amount_minor: int
    currency: str
    reference: str
    captured_minor: int = 0
    refunded_minor: int = 0


class WrongState(Exception):
    """What is asked for cannot be done to an authorisation in this state."""

    def __init__(self, state: Kind, told: str) -> None:
        super().__init__(told)
        self.state = state


class TooMuch(WrongState):
    """More is to be given back than is left."""

    def __init__(self, state: Kind, left_minor: int) -> None:
        super().__init__(state, f"of what was captured, {left_minor} is left to refund")
        self.left_minor = left_minor


def opened(asked: Authorise, authorisation_id: str, decline_reason: str | None) -> Entry:
    return Entry(
        kind="declined" if decline_reason else "authorised",
        authorisation_id=authorisation_id,
        reference=asked.reference,
        amount_minor=asked.amount_minor,
        currency=asked.currency,
        decline_reason=decline_reason,
    )


def decide(change: Change, held: Authorisation) -> Entry:
    """What takes place. Raises WrongState or TooMuch where nothing does."""
    match change, held.status:
        case Capture(), "authorised":
            return _entry("captured", held, held.amount_minor)
        case Void(), "authorised":
            return _entry("voided", held, held.amount_minor)
        case Refund(amount_minor=asked), "captured":
            left = held.captured_minor - held.refunded_minor
            if asked is not UNSET and asked > left:
                raise TooMuch(held.status, left)
            return _entry("refunded", held, left if asked is UNSET else asked)
        case _, status:
            asked_for = type(change).__name__.lower()
            raise WrongState(status, f"there is nothing to {asked_for}: it is {status}")


def _entry(kind: Kind, held: Authorisation, amount_minor: int) -> Entry:
    return Entry(
        kind=kind,
        authorisation_id=held.id,
        reference=held.reference,
        amount_minor=amount_minor,
        currency=held.currency,
    )


def applied(entry: Entry, held: Authorisation | None) -> Authorisation:
    """The authorisation after the entry. ValueError where no such entry can follow."""
    match entry.kind, held:
        case "authorised" | "declined", None:
            return Authorisation(
                id=entry.authorisation_id,
                status=entry.kind,
                decline_reason=entry.decline_reason or UNSET,
                amount_minor=entry.amount_minor,
                currency=entry.currency,
                reference=entry.reference,
            )
        case "captured", Authorisation(status="authorised"):
            return replace(held, status="captured", captured_minor=entry.amount_minor)
        case "voided", Authorisation(status="authorised"):
            return replace(held, status="voided")
        case "refunded", Authorisation(status="captured"):
            refunded_minor = held.refunded_minor + entry.amount_minor
            status: Kind = "refunded" if refunded_minor == held.captured_minor else "captured"
            return replace(held, status=status, refunded_minor=refunded_minor)
        case kind, _:
            before = held.status if held else "nothing"
            raise ValueError(f"{entry.authorisation_id} cannot be {kind} after {before}")


def total(entries: Iterable[Entry]) -> Authorisation | None:
    """What the entries of one authorisation, in their order, add up to; None of none."""
    held: Authorisation | None = None
    for entry in entries:
        held = applied(entry, held)
    return held
