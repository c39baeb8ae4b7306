"""What may be done with an authorisation, and what an entry of the ledger makes of it. Pure.

authorised ──capture──> captured ──refund, in parts or whole──> refunded
    │ └──void──> voided
declined
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, structs

Kind = Literal["authorised", "declined", "captured", "voided", "refunded"]
Status = Kind


class Entry(Struct, frozen=True, kw_only=True):
    """One line of the ledger."""

    kind: Kind
    authorisation_id: str
    reference: str
    amount_minor: int
    """Of this entry: what was authorised, captured, voided, or given back."""
    currency: str
    idempotency_key: str
    reason: str = ""
    seq: int = 0
    at: str = ""
    """UTC, ISO 8601."""


class Authorisation(Struct, frozen=True, kw_only=True):
    id: str
    status: Status
    amount_minor: int
    currency: str
    reference: str
    captured_minor: int = 0
    refunded_minor: int = 0
    decline_reason: str | None = None


class WrongState(Exception):
    """It cannot be done with an authorisation as it stands; the message says how it does.

    Where it is the amount that is too much, the amounts say so.
    """

    def __init__(
        self,
        told: str,
        state: Status,
        asked_minor: int | None = None,
        most_minor: int | None = None,
    ) -> None:
        super().__init__(told)
        self.state = state
        self.asked_minor = asked_minor
        self.most_minor = most_minor


def after(before: Authorisation | None, entry: Entry) -> Authorisation:
    """The authorisation, once the entry is in the ledger."""
    if before is None:
        return Authorisation(
            id=entry.authorisation_id,
            status=entry.kind,
            amount_minor=entry.amount_minor,
            currency=entry.currency,
            reference=entry.reference,
            decline_reason=entry.reason or None,
        )
    match entry.kind:
        case "captured":
            return structs.replace(before, status="captured", captured_minor=entry.amount_minor)
        case "voided":
            return structs.replace(before, status="voided")
        case _:
            refunded = before.refunded_minor + entry.amount_minor
            whole = refunded == before.captured_minor
            status = "refunded" if whole else "captured"
            return structs.replace(before, status=status, refunded_minor=refunded)


def amount_of(action: str, held: Authorisation, asked_minor: int | None) -> int:
    """What a capture, void or refund comes to. Raises WrongState."""
    wanted = {"capture": "authorised", "void": "authorised", "refund": "captured"}[action]
    if held.status != wanted:
        told = f"it is {held.status}, and a {action} needs one that is {wanted}"
        raise WrongState(told, held.status)
    most = held.captured_minor - held.refunded_minor if action == "refund" else held.amount_minor
    if action == "void" or asked_minor is None:
        return most
    if asked_minor > most:
        told = f"{asked_minor} is more than the {most} that are left for a {action}"
        raise WrongState(told, held.status, asked_minor, most)
    return asked_minor
