"""Carries out the steps of one plan: what is asked of the shop, and what is written down before.

read ──> decide (pure) ──> write down what is to be ──> do it ──> write down that it was
                                    │ killed here, it is done again in the same words
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from shop_intents import Step
from shop_kit import crashing

from plan_executor.choosing import chosen, holds
from plan_executor.conditions import require
from plan_executor.errors import Unable
from plan_executor.filling import Filling
from plan_executor.paying import POLL_S, Paying
from plan_executor.progress import CART, told
from plan_executor.under_way import UnderWay, item_of, now, patiently, total_minor

Done = tuple[str, dict[str, Any]]
"""What is said of a step that is done, and what else is written down with it."""
_BEGUN_BEFORE = ("check_out", "wait", "verify")
"""Steps that go on when the plan's time is over: money may be under way."""


class Carrying:
    """The steps of a plan, each done by what its kind is about."""

    def __init__(self, under_way: UnderWay) -> None:
        self.under_way = under_way
        self._filling = Filling(under_way)
        self._paying = Paying(under_way)

    async def revert(self) -> None:
        """What is to be put back into the cart, before anything else. Raises Unable."""
        await self._filling.revert()

    async def settle(self) -> None:
        """Checkouts that were begun are waited for, and told. Raises Unable."""
        await self._paying.settle()

    async def do(self, step: Step) -> None:
        """Raises StepFailed."""
        it = self.under_way
        if step.kind not in _BEGUN_BEFORE:
            it.in_time()
        if step.kind in CART:
            return await self._filling.change(step)
        if step.kind == "check_out":
            return await self._paying.check_out(step)
        crashing.point("before-effect", [step.kind])
        handlers: dict[str, Callable[[Step], Awaitable[Done]]] = {
            "choose": self._choose,
            "check": self._check,
            "price_check": self._price_check,
            "wait": self._wait,
            "verify": self._verify,
            "cancel_order": self._cancel_order,
        }
        says, more = await handlers[step.kind](step)
        crashing.point("after-effect", [step.kind])
        return await it.write(told(it.progress, step.id, "done", says, now(), **more))

    async def _choose(self, step: Step) -> Done:
        it, item = self.under_way, item_of(step)
        offers = await it.offers(each.product_id for each in item.variants)
        crashing.point("mid-step", [step.kind])
        gone = it.progress.gone.get(step.id, ())
        line = chosen(item, offers, it.plan.currency, gone)
        items = {line.variant_id: [item]}
        require(step.after, it.found(lines=[line], items=items, offers=offers))
        return line.variant_id, {"chosen": {**it.progress.chosen, step.id: line}}

    async def _check(self, step: Step) -> Done:
        it, condition = self.under_way, step.condition
        if condition is None:
            raise Unable("a condition that says nothing")
        offers = await it.offers(each.product_id for each in condition.item.variants)
        crashing.point("mid-step", [step.kind])
        held = holds(condition, offers, it.plan.currency) != step.negated
        says = "it holds" if held else "it does not hold"
        return says, {"held": {**it.progress.held, step.id: held}}

    async def _price_check(self, step: Step) -> Done:
        it = self.under_way
        lines = await self._paying.price(step)
        says = f"{total_minor(lines)} {it.plan.currency}, in minor units"
        return says, {"quotes": {**it.progress.quotes, step.id: lines}}

    async def _wait(self, step: Step) -> Done:
        begun = await self._paying.wait(step)
        return f"order {begun.order_id}", {}

    async def _verify(self, step: Step) -> Done:
        it = self.under_way
        _, begun = self._paying.begun(step)
        order = await patiently(lambda: it.shop.order(begun.order_id))
        crashing.point("mid-step", [step.kind])
        orders = await patiently(it.shop.orders)
        of_checkout = [each for each in orders if each.checkout_id == begun.checkout_id]
        found = it.found(
            begun=begun, order=order, orders_of_checkout=len(of_checkout),
            spent_minor=it.progress.spent_minor,
        )  # fmt: skip
        if order is None:
            raise Unable(f"the order {begun.order_id} cannot be found")
        require(step.after, found)
        return f"{order.total_minor} {order.currency} were paid, in minor units", {}

    async def _cancel_order(self, step: Step) -> Done:
        it = self.under_way
        order = await patiently(lambda: it.shop.order(step.order_id or ""))
        crashing.point("mid-step", [step.kind])
        require(step.before, it.found(order=order))
        if order is not None and order.state == "cancelled":
            return "it was cancelled before", {}
        assert order is not None, "it was required to be ours"
        checkout_id = order.checkout_id
        crashing.point("before-effect", [step.kind])
        await patiently(lambda: it.shop.take_back(checkout_id))
        crashing.point("after-effect", [step.kind])
        while True:
            found = await patiently(lambda: it.shop.checkout(checkout_id, POLL_S))
            if found.state == "cancelled":
                break
        return f"order {order.order_id} is cancelled, and paid back", {}
