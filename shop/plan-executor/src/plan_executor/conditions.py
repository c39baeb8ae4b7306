"""What is to be so before and after a step, held against what was found. Pure.

Each `Check` that a plan names is evaluated here, by its name; one that is not met ends the step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shop_intents import Check, Item, Mandate, Plan
from shop_messages import Line

from plan_executor.choosing import Offers, over_limit
from plan_executor.errors import Forbidden, StepFailed, Unable
from plan_executor.progress import Begun, Units


@dataclass(frozen=True)
class Order:
    """As the shop has it."""

    order_id: str
    checkout_id: str
    state: str
    lines: tuple[Line, ...]
    total_minor: int
    currency: str


@dataclass(frozen=True)
class Found:
    """What a step knows when its checks are held against it; what it does not know is not there."""

    plan: Plan
    now_s: float
    variant_id: str | None = None
    """The line that it is about."""
    cart: Mapping[str, int] = field(default_factory=dict[str, int])
    """Units by variant."""
    targets: Sequence[Units] = ()
    """What it makes of the cart."""
    lines: Sequence[Line] = ()
    """What is about to be paid, at the prices of now."""
    items: Mapping[str, Sequence[Item]] = field(default_factory=dict[str, Sequence[Item]])
    """By variant: what it was chosen for."""
    offers: Offers = field(default_factory=dict)  # type: ignore[assignment]
    spent_minor: int = 0
    """Beside that: paid by the plan, or about to be."""
    begun: Begun | None = None
    order: Order | None = None
    orders_of_checkout: int = 0

    @property
    def mandate(self) -> Mandate | None:
        return self.plan.mandate

    @property
    def to_pay_minor(self) -> int:
        return sum(line.quantity * line.unit_price_minor for line in self.lines)


def require(checks: Sequence[Check], found: Found) -> None:
    """Raises Forbidden, or Unable, for the first that is not met."""
    for check in checks:
        error = unmet(check, found)
        if error is not None:
            raise error


def unmet(check: Check, found: Found) -> StepFailed | None:
    """None where it is met."""
    match check.name:
        case "approved":
            return _approved(found)
        case "within_budget":
            return _within("the plan's budget", found.plan.budget_minor, found)
        case "within_mandate":
            cap_minor = found.mandate.cap_minor if found.mandate is not None else 0
            return _within("the mandate's cap", cap_minor, found)
        case "in_stock":
            return _in_stock(found)
        case "within_limit":
            return _within_limit(found)
        case "in_cart" | "not_in_cart" | "quantity_is":
            return _in_cart(check, found) if found.order is None else _as_asked(found)
        case "confirmed":
            return _confirmed(found)
        case "charged_once":
            return _charged_once(found)
        case "order_is_ours":
            return Forbidden("you have no such order") if found.order is None else None


def _approved(found: Found) -> StepFailed | None:
    if found.mandate is None:
        return Forbidden("there is no mandate")
    if found.mandate.expires_at <= found.now_s:
        return Forbidden("the mandate has expired")
    return None


def _within(what: str, most_minor: int, found: Found) -> StepFailed | None:
    order = found.order
    # Once there is an order, it is what counts, and it is among what was spent.
    cost_minor = found.spent_minor + (found.to_pay_minor if order is None else 0)
    if cost_minor <= most_minor:
        return None
    return Forbidden(f"it costs {cost_minor} now, and {what} is {most_minor}")


def _in_stock(found: Found) -> StepFailed | None:
    gone: dict[str, str] = {}
    for line in found.lines:
        offer = found.offers.get(line.variant_id)
        if offer is None or offer.product_id != line.product_id:
            gone[line.variant_id] = f"{line.variant_id} is not sold any more"
        elif offer.currency != found.plan.currency:
            gone[line.variant_id] = f"{line.variant_id} is sold in {offer.currency}"
        elif offer.available < line.quantity:
            told = f"{offer.available} of {line.quantity} {line.variant_id} can be had"
            gone[line.variant_id] = told
    return Forbidden("; ".join(gone.values()), frozenset(gone)) if gone else None


def _within_limit(found: Found) -> StepFailed | None:
    over = {
        line.variant_id: f"{line.variant_id}: {told}"
        for line in found.lines
        for item in found.items.get(line.variant_id, ())
        if (told := over_limit(item, line.unit_price_minor)) is not None
    }
    return Forbidden("; ".join(over.values()), frozenset(over)) if over else None


def _in_cart(check: Check, found: Found) -> StepFailed | None:
    """Before the cart is changed, of the line that is named; after it, of all that was to be."""
    cart = found.cart
    if not found.targets and found.variant_id is not None:
        there = found.variant_id in cart
        if there == (check.name == "in_cart"):
            return None
        return Forbidden(f"{found.variant_id} is {'' if there else 'not '}in the cart")
    for units in found.targets:
        quantity = cart.get(units.variant_id, 0)
        asked = {
            "in_cart": units.quantity == 0 or quantity > 0,
            "not_in_cart": units.quantity > 0 or quantity == 0,
            "quantity_is": units.quantity == quantity,
        }[check.name]
        if not asked:
            told = f"the cart holds {quantity} of {units.variant_id}, and is to hold"
            return Unable(f"{told} {units.quantity}")
    return None


def _as_asked(found: Found) -> StepFailed | None:
    assert found.order is not None
    assert found.begun is not None
    ordered = sorted((e.product_id, e.variant_id, e.quantity) for e in found.order.lines)
    asked = sorted((e.product_id, e.variant_id, e.quantity) for e in found.begun.lines)
    if ordered == asked:
        return None
    return Unable(f"the order {found.order.order_id} holds {ordered}, and {asked} were asked for")


def _confirmed(found: Found) -> StepFailed | None:
    begun, order = found.begun, found.order
    if begun is None or begun.state != "confirmed":
        return Unable("the checkout is not confirmed")
    if order is not None and order.state != "confirmed":
        return Unable(f"the order {order.order_id} is {order.state}")
    return None


def _charged_once(found: Found) -> StepFailed | None:
    begun, order = found.begun, found.order
    if begun is None or order is None:
        return Unable("there is no order")
    if found.orders_of_checkout != 1:
        return Unable(f"the checkout has {found.orders_of_checkout} orders")
    if order.total_minor not in begun.checked or order.currency != found.plan.currency:
        told = f"the order {order.order_id} is for {order.total_minor} {order.currency}"
        return Unable(f"{told}, and {' or '.join(map(str, begun.checked))} were checked")
    return None
