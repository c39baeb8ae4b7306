"""From an intent to typed steps. Pure.

    item           choose ──> add
    items, now     choose … ──> price_check ──> check_out ──> wait ──> verify
    the cart                    price_check ──> check_out ──> wait ──> verify
    if             check ──> what hangs on it, skipped where it does not hold

Acts are done in the order in which they were said, so each begins where the one before has ended.
A step needs steps that stand before it alone, and so there is no circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec.structs import replace
from shop_intents import (
    Act,
    Add,
    BuyNow,
    CancelOrder,
    CartLine,
    Check,
    CheckOut,
    EmptyCart,
    If,
    Intent,
    Item,
    Remove,
    SetQuantity,
    Step,
    Swap,
)
from shop_intents.plans import Kind

from plan_generator.errors import Unplannable
from plan_generator.quoting import MOST_VARIANTS, others

MOST_STEPS = 100
MOST_DEPTH = 6
"""Of conditions in conditions."""
MOST_ITEMS = 100
"""In one checkout, as the shop has it."""

OnFailure = Literal["stop", "undo", "replan"]

APPROVED = Check(name="approved", says="the user's mandate is there, and has not expired")
WITHIN_BUDGET = Check(name="within_budget", says="all that is paid is at most the plan's budget")
WITHIN_MANDATE = Check(name="within_mandate", says="all that is paid is at most the mandate's cap")
IN_STOCK = Check(name="in_stock", says="all of the quantity can be had")
WITHIN_LIMIT = Check(
    name="within_limit", says="one unit of each item costs what the request allows"
)
CONFIRMED = Check(name="confirmed", says="the checkout has ended in an order")
AS_ASKED = Check(name="quantity_is", says="the order holds what was asked for, and no more")
CHARGED_ONCE = Check(name="charged_once", says="one order, at the price that was checked")
IS_OURS = Check(name="order_is_ours", says="the order is the user's")


def plan(intent: Intent, cart: Sequence[CartLine] = ()) -> tuple[Step, ...]:
    """`cart`: as it is before. Raises Unplannable."""
    if not intent.acts:
        raise Unplannable("an intent without an act asks for nothing")
    planner = _Planner({line.variant_id for line in cart})
    planner.acts(intent.acts, _Gate(), ())
    return tuple(planner.steps)


@dataclass(frozen=True)
class _Gate:
    """What decides whether an act is done at all."""

    check_id: str | None = None
    when: bool = True
    depth: int = 0


@dataclass
class _Planner:
    may_hold: set[str]
    """Variants that may be in the cart by now."""
    steps: list[Step] = field(default_factory=list)
    may_replan: bool = False
    """Something was put into the cart that could be replaced by another."""
    changes_cart: bool = False

    def acts(self, acts: Iterable[Act], gate: _Gate, ends: tuple[str, ...]) -> tuple[str, ...]:
        """`ends`: steps that end what was before; gives those that end these."""
        for act in acts:
            ends = self._act(act, gate, ends)
        return ends

    def _act(self, act: Act, gate: _Gate, ends: tuple[str, ...]) -> tuple[str, ...]:
        match act:
            case Add(item=item):
                chosen = self._choose(item, gate, ends)
                return self._change("add", gate, (chosen,), chosen_by=chosen, item=item)
            case Swap(variant_id=variant_id, item=item):
                self._in_cart(variant_id)
                item = others(item, variant_id)
                chosen = self._choose(item, gate, ends)
                return self._change(
                    "swap", gate, (chosen,), chosen_by=chosen, item=item, variant_id=variant_id
                )
            case Remove(variant_id=variant_id, quantity=quantity):
                self._in_cart(variant_id)
                return self._change("remove", gate, ends, variant_id=variant_id, quantity=quantity)
            case SetQuantity(variant_id=variant_id, quantity=quantity):
                self._in_cart(variant_id)
                return self._change(
                    "set_quantity", gate, ends, variant_id=variant_id, quantity=quantity
                )
            case EmptyCart():
                return self._change("empty", gate, ends)
            case BuyNow(items=items):
                return self._buy_now(items, gate, ends)
            case CheckOut():
                return self._pay((), gate, ends, self.may_replan)
            case CancelOrder(order_id=order_id):
                return (self._cancel(order_id, gate, ends),)
            case If():
                return self._if(act, gate, ends)
            case _:
                raise AssertionError(act)

    def _if(self, act: If, gate: _Gate, ends: tuple[str, ...]) -> tuple[str, ...]:
        if gate.depth >= MOST_DEPTH:
            raise Unplannable(f"conditions stand in conditions, deeper than {MOST_DEPTH}")
        condition = replace(act.condition, item=_checked(act.condition.item))
        check = self._add(
            "check", gate, ends, condition=condition, negated=act.negated,
            on_failure=self._stop(),
        )  # fmt: skip
        then = self.acts(act.then, _Gate(check, True, gate.depth + 1), (check,))
        otherwise = self.acts(act.otherwise, _Gate(check, False, gate.depth + 1), (check,))
        return tuple(dict.fromkeys((*then, *otherwise)))

    def _choose(self, item: Item, gate: _Gate, ends: tuple[str, ...]) -> str:
        item = _checked(item)
        limits = item.most_minor is not None or item.least_minor is not None
        after = (IN_STOCK, WITHIN_LIMIT) if limits else (IN_STOCK,)
        return self._add("choose", gate, ends, item=item, after=after, on_failure=self._stop())

    def _change(
        self, kind: Kind, gate: _Gate, needs: tuple[str, ...], *, item: Item | None = None,
        **more: Any,
    ) -> tuple[str, ...]:  # fmt: skip
        before, after = _of_cart(kind, more.get("quantity"))
        quantity = item.quantity if item is not None else more.pop("quantity", None)
        self.changes_cart = True
        step = self._add(
            kind, gate, needs, quantity=quantity, before=before, after=after, on_failure="undo",
            **more,
        )  # fmt: skip
        if item is not None:
            self.may_hold |= {variant.variant_id for variant in item.variants}
            self.may_replan = self.may_replan or len(item.variants) > 1
        return (step,)

    def _buy_now(
        self, items: tuple[Item, ...], gate: _Gate, ends: tuple[str, ...]
    ) -> tuple[str, ...]:
        if not 0 < len(items) <= MOST_ITEMS:
            raise Unplannable(f"a checkout has 1 to {MOST_ITEMS} items")
        chosen = tuple(self._choose(item, gate, ends) for item in items)
        return self._pay(chosen, gate, chosen, any(len(item.variants) > 1 for item in items))

    def _pay(
        self, chosen: tuple[str, ...], gate: _Gate, needs: tuple[str, ...], may_replan: bool
    ) -> tuple[str, ...]:
        fails: OnFailure = "replan" if may_replan else self._stop()
        limits = (APPROVED, IN_STOCK, WITHIN_LIMIT, WITHIN_BUDGET, WITHIN_MANDATE)
        price = self._add(
            "price_check", gate, needs, chosen=chosen, before=(APPROVED,), after=limits,
            on_failure=fails,
        )  # fmt: skip
        checkout = self._add(
            "check_out", gate, (price,), chosen=chosen, of=price, before=limits, on_failure=fails
        )
        wait = self._add(
            "wait", gate, (checkout,), of=checkout, after=(CONFIRMED,), on_failure=fails
        )
        after = (CONFIRMED, AS_ASKED, CHARGED_ONCE, WITHIN_BUDGET, WITHIN_MANDATE)
        return (self._add("verify", gate, (wait,), of=checkout, after=after),)

    def _cancel(self, order_id: str, gate: _Gate, ends: tuple[str, ...]) -> str:
        return self._add(
            "cancel_order", gate, ends, order_id=order_id, before=(IS_OURS,),
            on_failure=self._stop(),
        )  # fmt: skip

    def _add(self, kind: Kind, gate: _Gate, needs: tuple[str, ...], **more: Any) -> str:
        if len(self.steps) >= MOST_STEPS:
            raise Unplannable(f"it takes more than {MOST_STEPS} steps")
        if gate.check_id is not None:
            needs = tuple(dict.fromkeys((gate.check_id, *needs)))
        step_id = f"s{len(self.steps) + 1}"
        self.steps.append(
            Step(
                id=step_id,
                kind=kind,
                needs=needs,
                unless_skipped=gate.check_id,
                when=gate.when,
                **more,
            )
        )
        return step_id

    def _stop(self) -> OnFailure:
        """What a failure leads to: where the cart was changed by then, it is taken back."""
        return "undo" if self.changes_cart else "stop"

    def _in_cart(self, variant_id: str) -> None:
        if variant_id not in self.may_hold:
            raise Unplannable(f"the cart does not hold {variant_id}")


def _checked(item: Item) -> Item:
    if not item.variants:
        raise Unplannable("an item needs a variant that fits it")
    return replace(item, variants=item.variants[:MOST_VARIANTS])


def _of_cart(kind: Kind, quantity: int | None) -> tuple[tuple[Check, ...], tuple[Check, ...]]:
    """Of a step that changes the cart: what is so before it, and after it."""
    there = Check(name="in_cart", says="the line is in the cart")
    gone = Check(name="not_in_cart", says="the line is not in the cart any more")
    units = Check(name="quantity_is", says="the cart holds as many as were asked for")
    match kind:
        case "add":
            return (), (Check(name="in_cart", says="the item is in the cart"), units)
        case "swap":
            return (there,), (gone, Check(name="in_cart", says="the item is in the cart"), units)
        case "remove":
            return (there,), (units,) if quantity is not None else (gone,)
        case "set_quantity":
            return (there,), (there, units)
        case "empty":
            return (), (Check(name="not_in_cart", says="nothing is in the cart any more"),)
        case _:
            raise AssertionError(kind)
