"""What a command does to a reservation and to the stock. Pure.

new ──reserve──> held ──commit──> committed
 │ │               │                 └──return──> returned
 │ │               └────release──> released
 │ └──reserve, too little──> refused
 └──release──> released: a reservation that comes later is refused
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from shop_kit.participant import Impossible
from shop_messages import (
    CommitStock,
    InventoryCommand,
    Line,
    ReleaseStock,
    Reply,
    ReserveStock,
    ReturnStock,
    StockCommitted,
    StockRefused,
    StockReleased,
    StockReserved,
    StockReturned,
)

State = Literal["new", "held", "refused", "committed", "released", "returned"]


@dataclass(frozen=True)
class Reservation:
    checkout_id: str
    state: State = "new"
    units: Mapping[str, int] = field(default_factory=dict)
    """Variant → how many, of what was held at some time."""
    refused: StockRefused | None = None
    """What was answered, where it was refused."""


@dataclass(frozen=True)
class Units:
    """Of one variant."""

    on_hand: int = 0
    held: int = 0
    committed: int = 0


@dataclass(frozen=True)
class Outcome:
    reservation: Reservation
    stock: Mapping[str, Units]
    """Of the variants that changed."""
    reply: Reply


def decide(
    command: InventoryCommand, reservation: Reservation, stock: Mapping[str, Units]
) -> Outcome:
    """Raises Impossible: to commit what is not held, to release what is committed, or to return
    what is not."""
    match command:
        case ReserveStock():
            return _reserve(command, reservation, stock)
        case CommitStock():
            return _commit(reservation, stock)
        case ReleaseStock():
            return _release(reservation, stock)
        case ReturnStock():
            return _return(reservation, stock)


def units_of(lines: tuple[Line, ...]) -> dict[str, int]:
    units: dict[str, int] = {}
    for line in lines:
        units[line.variant_id] = units.get(line.variant_id, 0) + line.quantity
    return units


def _reserve(
    command: ReserveStock, reservation: Reservation, stock: Mapping[str, Units]
) -> Outcome:
    checkout_id = command.checkout_id
    match reservation.state:
        case "held" | "committed" | "returned":
            return Outcome(reservation, {}, StockReserved(checkout_id=checkout_id))
        case "refused":
            assert reservation.refused is not None
            return Outcome(reservation, {}, reservation.refused)
        case "released":
            refused = StockRefused(checkout_id=checkout_id, reason="it was released before")
            return Outcome(reservation, {}, refused)
        case "new":
            pass
    units = units_of(command.lines)
    short = [name for name, asked in units.items() if stock.get(name, Units()).on_hand < asked]
    if short:
        told = [
            f"{units[name]} of {name} are asked for, and {stock[name].on_hand} are left"
            if name in stock
            else f"there is no {name}"
            for name in short
        ]
        refused = StockRefused(
            checkout_id=checkout_id, reason="; ".join(told)[:500], variant_ids=tuple(short)
        )
        return Outcome(replace(reservation, state="refused", refused=refused), {}, refused)
    changed = {
        name: replace(stock[name], on_hand=stock[name].on_hand - n, held=stock[name].held + n)
        for name, n in units.items()
    }
    held = replace(reservation, state="held", units=units)
    return Outcome(held, changed, StockReserved(checkout_id=checkout_id))


def _commit(reservation: Reservation, stock: Mapping[str, Units]) -> Outcome:
    reply = StockCommitted(checkout_id=reservation.checkout_id)
    if reservation.state in ("committed", "returned"):
        return Outcome(reservation, {}, reply)
    if reservation.state != "held":
        raise Impossible(f"a reservation that is {reservation.state} cannot be committed")
    changed = {
        name: replace(stock[name], held=stock[name].held - n, committed=stock[name].committed + n)
        for name, n in reservation.units.items()
    }
    return Outcome(replace(reservation, state="committed"), changed, reply)


def _release(reservation: Reservation, stock: Mapping[str, Units]) -> Outcome:
    reply = StockReleased(checkout_id=reservation.checkout_id)
    match reservation.state:
        case "committed":
            raise Impossible("a reservation that is committed cannot be released")
        case "refused" | "released" | "returned":
            return Outcome(reservation, {}, reply)
        case "new":
            return Outcome(replace(reservation, state="released"), {}, reply)
        case "held":
            changed = {
                name: replace(
                    stock[name], on_hand=stock[name].on_hand + n, held=stock[name].held - n
                )
                for name, n in reservation.units.items()
            }
            return Outcome(replace(reservation, state="released"), changed, reply)


def _return(reservation: Reservation, stock: Mapping[str, Units]) -> Outcome:
    reply = StockReturned(checkout_id=reservation.checkout_id)
    if reservation.state == "returned":
        return Outcome(reservation, {}, reply)
    if reservation.state != "committed":
        raise Impossible(f"a reservation that is {reservation.state} cannot be returned")
    changed = {
        name: replace(
            stock[name], on_hand=stock[name].on_hand + n, committed=stock[name].committed - n
        )
        for name, n in reservation.units.items()
    }
    return Outcome(replace(reservation, state="returned"), changed, reply)
