"""What a step makes of a cart, and which write brings a line there. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from shop_intents import CartLine, Step
from shop_messages import Line

from plan_executor.errors import Forbidden
from plan_executor.progress import Units

MOST_UNITS = 1000
"""Of a variant in a cart, as the shop has it."""
Cart = Mapping[str, CartLine]
"""By variant."""


def quantities(cart: Cart) -> dict[str, int]:
    return {name: line.quantity for name, line in cart.items()}


def targets(step: Step, cart: Cart, chosen: Line | None) -> tuple[Units, ...]:
    """The lines that it changes, with what they are to be in the end. Raises Forbidden."""
    match step.kind:
        case "empty":
            return tuple(_units(line, 0) for line in cart.values())
        case "remove" | "set_quantity":
            line = _line(step, cart)
            left = step.quantity or 0
            if step.kind == "remove":
                left = 0 if step.quantity is None else max(0, line.quantity - step.quantity)
            return (_units(line, left),)
        case "add" | "swap":
            assert chosen is not None
            comes = _coming(cart, chosen)
            return (_units(_line(step, cart), 0), comes) if step.kind == "swap" else (comes,)
        case _:
            raise AssertionError(step.kind)


def write(line: CartLine | None, quantity: int) -> Literal["post", "put", "delete"] | None:
    """Which request brings a line to a quantity; None where it is there already.

    Only a line that is not there is added; what is there is set, which may be done again.
    """
    there = 0 if line is None else line.quantity
    if there == quantity:
        return None
    if quantity == 0:
        return "delete"
    return "put" if there else "post"


def lines_of(cart: Cart, held: Mapping[str, Units]) -> Sequence[CartLine]:
    """What a checkout of the cart is for. Raises Forbidden where somebody else has changed it."""
    for name, units in held.items():
        quantity = cart[name].quantity if name in cart else 0
        if quantity != units.quantity:
            told = f"somebody else has changed the cart: it holds {quantity} of {name}"
            raise Forbidden(f"{told}, and was to hold {units.quantity}")
    if not cart:
        raise Forbidden("there is nothing in the cart")
    return tuple(cart.values())


def _line(step: Step, cart: Cart) -> CartLine:
    line = cart.get(step.variant_id or "")
    if line is None:
        raise Forbidden(f"{step.variant_id} is not in the cart")
    return line


def _units(line: CartLine, quantity: int) -> Units:
    return Units(
        product_id=line.product_id, variant_id=line.variant_id, was=line.quantity,
        quantity=quantity,
    )  # fmt: skip


def _coming(cart: Cart, chosen: Line) -> Units:
    there = cart[chosen.variant_id].quantity if chosen.variant_id in cart else 0
    quantity = there + chosen.quantity
    if quantity > MOST_UNITS:
        raise Forbidden(f"a cart holds no more than {MOST_UNITS} of {chosen.variant_id}")
    return Units(
        product_id=chosen.product_id, variant_id=chosen.variant_id, was=there, quantity=quantity
    )
