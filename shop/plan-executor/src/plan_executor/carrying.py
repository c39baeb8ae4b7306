"""Carries out the steps of one plan: what is asked of the shop, and what is written down before.

read ──> decide (pure) ──> write down what is to be ──> do it ──> write down that it was
                                    │ killed here, it is done again in the same words
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace
from shop_intents import CartLine, Item, Plan, Step
from shop_kit import crashing
from shop_kit.backoff import delays_s
from shop_kit.clock import CLOCK
from shop_lookups import Lookup
from shop_messages import Line

from plan_executor import carting
from plan_executor.carting import Cart
from plan_executor.choosing import Offers, chosen, holds
from plan_executor.conditions import Found, require
from plan_executor.errors import (
    Cancelled,
    Forbidden,
    NoAnswer,
    Rejected,
    StepFailed,
    Unable,
)
from plan_executor.offers import offers_of
from plan_executor.progress import (
    CART,
    Begun,
    Progress,
    Units,
    attempt,
    begun_by,
    changed,
    choices,
    held_in_cart,
    told,
    with_checkout,
)
from plan_executor.shop import Shop

POLL_S = 10
"""A checkout's end is waited for in stretches of so long."""
MOST_WRITES = 5
"""Until a line of a cart is as it is to be."""
_OVER = ("confirmed", "cancelled")
T = TypeVar("T")

Keep = Callable[[Progress], Awaitable[None]]


def now() -> str:
    return CLOCK.now().isoformat(timespec="milliseconds")


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Until there is an answer, or the step's time is over. Raises Unable for one that is a no."""
    waits = delays_s(limit_s=2.0)
    while True:
        try:
            return await ask()
        except NoAnswer:
            await asyncio.sleep(next(waits))
        except Rejected as error:
            raise Unable(f"the shop says no: {error}") from error


class Carrying:
    """`progress` is what was written down last, or is being written down."""

    def __init__(
        self, plan: Plan, progress: Progress, key: str, deadline_s: float, shop: Shop,
        lookup: Lookup, keep: Keep,
    ) -> None:  # fmt: skip
        self.plan = plan
        self.progress = progress
        self._key = key
        self._deadline_s = deadline_s
        """Seconds since 1970: after it nothing new is begun."""
        self._shop = shop
        self._lookup = lookup
        self._keep = keep

    async def write(self, progress: Progress) -> None:
        self.progress = progress
        await self._keep(progress)

    # -- steps -------------------------------------------------------------------------------------

    async def do(self, step: Step) -> None:
        """Raises StepFailed."""
        late = CLOCK.now_s() > self._deadline_s
        if late and step.kind not in ("check_out", "wait", "verify"):
            raise self._too_late()
        if step.kind in CART:
            return await self._change_cart(step)
        if step.kind == "check_out":
            return await self._check_out(step)
        crashing.point("before-effect", [step.kind])
        handlers: dict[str, Callable[[Step], Awaitable[tuple[str, dict[str, Any]]]]] = {
            "choose": self._choose,
            "check": self._check,
            "price_check": self._price_check,
            "wait": self._wait,
            "verify": self._verify,
            "cancel_order": self._cancel_order,
        }
        says, more = await handlers[step.kind](step)
        crashing.point("after-effect", [step.kind])
        return await self.write(told(self.progress, step.id, "done", says, now(), **more))

    async def _choose(self, step: Step) -> tuple[str, dict[str, Any]]:
        item = _item(step)
        offers = await self._offers(each.product_id for each in item.variants)
        crashing.point("mid-step", [step.kind])
        gone = self.progress.gone.get(step.id, ())
        line = chosen(item, offers, self.plan.currency, gone)
        items = {line.variant_id: [item]}
        require(step.after, self._found(lines=[line], items=items, offers=offers))
        return line.variant_id, {"chosen": {**self.progress.chosen, step.id: line}}

    async def _check(self, step: Step) -> tuple[str, dict[str, Any]]:
        condition = step.condition
        if condition is None:
            raise Unable("a condition that says nothing")
        offers = await self._offers(each.product_id for each in condition.item.variants)
        crashing.point("mid-step", [step.kind])
        held = holds(condition, offers, self.plan.currency) != step.negated
        says = "it holds" if held else "it does not hold"
        return says, {"held": {**self.progress.held, step.id: held}}

    async def _price_check(self, step: Step) -> tuple[str, dict[str, Any]]:
        require(step.before, self._found())
        wanted = await self._wanted(step)
        crashing.point("mid-step", [step.kind])
        lines = await self._payable(step, wanted, step.after)
        says = f"{_total_minor(lines)} {self.plan.currency}, in minor units"
        return says, {"quotes": {**self.progress.quotes, step.id: lines}}

    async def _wait(self, step: Step) -> tuple[str, dict[str, Any]]:
        name, begun = self._begun(step)
        crashing.point("mid-step", [step.kind])
        if begun.state not in _OVER:
            begun = await self._ended(begun)
            await self.write(
                changed(self.progress, checkouts=with_checkout(self.progress, name, begun))
            )
        if begun.state == "cancelled":
            raise Cancelled(f"the checkout was cancelled: {begun.reason}", _short(begun))
        require(step.after, self._found(begun=begun))
        return f"order {begun.order_id}", {}

    async def _verify(self, step: Step) -> tuple[str, dict[str, Any]]:
        _, begun = self._begun(step)
        order = await patiently(lambda: self._shop.order(begun.order_id))
        crashing.point("mid-step", [step.kind])
        orders = await patiently(self._shop.orders)
        of_checkout = [each for each in orders if each.checkout_id == begun.checkout_id]
        found = self._found(
            begun=begun, order=order, orders_of_checkout=len(of_checkout),
            spent_minor=self.progress.spent_minor,
        )  # fmt: skip
        if order is None:
            raise Unable(f"the order {begun.order_id} cannot be found")
        require(step.after, found)
        return f"{order.total_minor} {order.currency} were paid, in minor units", {}

    async def _cancel_order(self, step: Step) -> tuple[str, dict[str, Any]]:
        order = await patiently(lambda: self._shop.order(step.order_id or ""))
        crashing.point("mid-step", [step.kind])
        require(step.before, self._found(order=order))
        if order is not None and order.state == "cancelled":
            return "it was cancelled before", {}
        assert order is not None, "it was required to be ours"
        checkout_id = order.checkout_id
        crashing.point("before-effect", [step.kind])
        await patiently(lambda: self._shop.take_back(checkout_id))
        crashing.point("after-effect", [step.kind])
        while True:
            found = await patiently(lambda: self._shop.checkout(checkout_id, POLL_S))
            if found.state == "cancelled":
                break
        return f"order {order.order_id} is cancelled, and paid back", {}

    # -- the cart ----------------------------------------------------------------------------------

    async def _change_cart(self, step: Step) -> None:
        if step.id not in self.progress.targets:
            cart = await patiently(self._cart)
            quantities = carting.quantities(cart)
            found = self._found(variant_id=step.variant_id, cart=quantities)
            require(step.before, found)
            targets = carting.targets(step, cart, self._chosen(step))
            all_targets = {**self.progress.targets, step.id: targets}
            await self.write(
                told(self.progress, step.id, "running", "", now(), targets=all_targets)
            )
        targets = self.progress.targets[step.id]
        crashing.point("before-effect", [step.kind])
        await self._bring(targets, step.kind)
        quantities = carting.quantities(await patiently(self._cart))
        crashing.point("after-effect", [step.kind])
        require(step.after, self._found(cart=quantities, targets=targets))
        says = ", ".join(f"{each.variant_id}: {each.quantity}" for each in targets)
        await self.write(told(self.progress, step.id, "done", says, now()))

    async def revert(self) -> None:
        """What is to be put back into the cart, before anything else. Raises Unable."""
        crashing.point("before-effect", ["undo"])
        await self._bring(self.progress.reverting, "undo")
        crashing.point("after-effect", ["undo"])
        await self.write(changed(self.progress, reverting=()))

    async def _bring(self, targets: Sequence[Units], kind: str) -> None:
        """Each line to its quantity: read, written, read again. Raises Unable."""
        for units in targets:
            waits = delays_s(limit_s=2.0)
            for _ in range(MOST_WRITES):
                cart = await patiently(self._cart)
                crashing.point("mid-step", [kind])
                try:
                    if not await self._wrote(cart.get(units.variant_id), units):
                        break
                except NoAnswer:
                    await asyncio.sleep(next(waits))
            else:
                raise Unable(f"the cart does not take {units.quantity} of {units.variant_id}")

    async def _wrote(self, line: CartLine | None, units: Units) -> bool:
        """False where it was so already. Raises NoAnswer, Unable."""
        how = carting.write(line, units.quantity)
        cart_id, variant_id = self.plan.cart_id, units.variant_id
        try:
            if how == "post":
                await self._shop.add_line(cart_id, units.product_id, variant_id, units.quantity)
            elif how is not None:
                await self._shop.set_line(cart_id, variant_id, units.quantity)
        except Rejected as error:
            if error.status != 404:  # it went away meanwhile, and is read again
                raise Unable(f"the cart says no: {error}") from error
        return how is not None

    async def _cart(self) -> Cart:
        return await self._shop.cart(self.plan.cart_id)

    # -- payments ----------------------------------------------------------------------------------

    async def _check_out(self, step: Step) -> None:
        """Begun once: under a key that was written down before, and with the same lines again.

        What was asked for and not answered is asked for again only while it may be: where it may
        not any more, it is asked whether it was begun.
        """
        name = attempt(self.progress, step.id)
        waits = delays_s(limit_s=2.0)
        while True:
            begun = self.progress.checkouts.get(name)
            try:
                lines = await self._to_pay(step, begun)
                begun = await self._about_to(step, name, begun, lines)
            except (Forbidden, Unable):
                if begun is None or not await self._known(name, begun):
                    raise
            crashing.point("before-effect", [step.kind])
            try:
                checkout_id = await self._asked(begun)
            except NoAnswer:
                await asyncio.sleep(next(waits))
                continue
            except Rejected as error:
                await self._told_of(step, name, replace(begun, state="never"), "running")
                raise Forbidden(f"the shop takes no such checkout: {error}") from error
            crashing.point("after-effect", [step.kind])
            begun = replace(begun, state="running", checkout_id=checkout_id)
            return await self._told_of(step, name, begun, "done", f"checkout {checkout_id}")

    async def _to_pay(self, step: Step, begun: Begun | None) -> tuple[Line, ...]:
        """At the prices of now. Raises StepFailed."""
        if CLOCK.now_s() > self._deadline_s:
            raise self._too_late()
        quoted = begun.lines if begun is not None else self.progress.quotes[step.of or ""]
        lines = await self._payable(step, [_cart_line(line) for line in quoted], step.before)
        crashing.point("mid-step", [step.kind])
        return lines

    async def _about_to(
        self, step: Step, name: str, begun: Begun | None, lines: tuple[Line, ...]
    ) -> Begun:
        """Written down: that it is asked for, and what it may come to."""
        total_minor = _total_minor(lines)
        if begun is not None and total_minor in begun.checked:
            return begun
        if begun is None:
            begun = Begun(key=f"{self._key}/{name}", lines=lines, checked=(total_minor,))
        else:
            begun = replace(begun, checked=(*begun.checked, total_minor))
        await self._told_of(step, name, begun, "running")
        return begun

    async def _known(self, name: str, begun: Begun) -> bool:
        if await patiently(lambda: self._shop.knows(begun.key)):
            return True
        never = with_checkout(self.progress, name, replace(begun, state="never"))
        await self.write(changed(self.progress, checkouts=never))
        return False

    async def _asked(self, begun: Begun) -> str:
        method = self.plan.payment_method or ""
        return await self._shop.check_out(begun.key, begun.lines, method)

    async def _told_of(
        self, step: Step, name: str, begun: Begun, state: Any, says: str = ""
    ) -> None:
        checkouts = with_checkout(self.progress, name, begun)
        await self.write(told(self.progress, step.id, state, says, now(), checkouts=checkouts))

    async def _ended(self, begun: Begun) -> Begun:
        while True:
            found = await patiently(lambda: self._shop.checkout(begun.checkout_id, POLL_S))
            if found.state in _OVER:
                return replace(
                    begun,
                    state="confirmed" if found.state == "confirmed" else "cancelled",
                    total_minor=found.total_minor,
                    order_id=found.order_id or "",
                    reason=found.reason or "",
                )

    async def settle(self) -> None:
        """Checkouts that were begun are waited for, and told. Raises Unable."""
        for name, begun in self.progress.checkouts.items():
            if begun.state == "asked" and await self._known(name, begun):
                checkout_id = await patiently(lambda begun=begun: self._asked(begun))
                begun = replace(begun, state="running", checkout_id=checkout_id)
            if begun.state == "running":
                begun = await self._ended(begun)
                checkouts = with_checkout(self.progress, name, begun)
                await self.write(changed(self.progress, checkouts=checkouts))

    async def _payable(
        self, step: Step, wanted: Sequence[CartLine], checks: Sequence[Any]
    ) -> tuple[Line, ...]:
        """What is about to be paid, at the prices of now. Raises Forbidden."""
        offers = await self._offers(line.product_id for line in wanted)
        lines = tuple(
            Line(
                product_id=line.product_id,
                variant_id=line.variant_id,
                quantity=line.quantity,
                unit_price_minor=_price_minor(offers, line.variant_id),
            )
            for line in wanted
        )
        name = attempt(self.progress, _checkout_of(self.plan, step))
        others = [each for at, each in self.progress.checkouts.items() if at != name]
        found = self._found(
            lines=lines, offers=offers, items=self._items(step),
            spent_minor=sum(each.may_cost_minor for each in others),
        )  # fmt: skip
        require(checks, found)
        return lines

    async def _wanted(self, step: Step) -> Sequence[CartLine]:
        if not step.chosen:
            return carting.lines_of(await patiently(self._cart), held_in_cart(self.progress))
        units: dict[str, CartLine] = {}
        for name in step.chosen:
            line = _cart_line(self.progress.chosen[name])
            there = units.get(line.variant_id)
            quantity = line.quantity + (there.quantity if there is not None else 0)
            units[line.variant_id] = replace(line, quantity=quantity)
        return tuple(units.values())

    # -- what they share ---------------------------------------------------------------------------

    async def _offers(self, product_ids: Any) -> Offers:
        wanted = list(product_ids)
        return await patiently(lambda: offers_of(self._lookup, wanted))

    def _found(self, **more: Any) -> Found:
        return Found(plan=self.plan, now_s=CLOCK.now_s(), **more)

    def _chosen(self, step: Step) -> Line | None:
        return None if step.chosen_by is None else self.progress.chosen[step.chosen_by]

    def _items(self, step: Step) -> Mapping[str, Sequence[Item]]:
        """By variant, what it was chosen for."""
        items: dict[str, list[Item]] = {}
        by_id = {each.id: each for each in self.plan.steps}
        for name in choices(self.plan, self.progress, step):
            variant_id = self.progress.chosen[name].variant_id
            items.setdefault(variant_id, []).append(_item(by_id[name]))
        return items

    def _begun(self, step: Step) -> tuple[str, Begun]:
        begun = begun_by(self.progress, step.of or "")
        if begun is None:
            raise Unable("no checkout was begun")
        name = next(at for at, each in self.progress.checkouts.items() if each is begun)
        return name, begun

    def _too_late(self) -> StepFailed:
        return Unable("the plan has taken too long")


def _item(step: Step) -> Item:
    if step.item is None:
        raise Unable("a choice of nothing")
    return step.item


def _checkout_of(plan: Plan, step: Step) -> str:
    if step.kind == "check_out":
        return step.id
    return next(each.id for each in plan.steps if each.kind == "check_out" and each.of == step.id)


def _cart_line(line: Line) -> CartLine:
    return CartLine(product_id=line.product_id, variant_id=line.variant_id, quantity=line.quantity)


def _total_minor(lines: Sequence[Line]) -> int:
    return sum(line.quantity * line.unit_price_minor for line in lines)


def _price_minor(offers: Offers, variant_id: str) -> int:
    """0 where it is not sold, which its stock then tells."""
    offer = offers.get(variant_id)
    return 0 if offer is None else offer.price_minor


_SHORT = re.compile(r"(?:of (\S+) are asked for|there is no (\S+?)(?:;|$))")


def _short(begun: Begun) -> frozenset[str]:
    """Of what was asked for, the variants that there was too little of, as the shop's words say."""
    named = {first or second for first, second in _SHORT.findall(begun.reason)}
    return frozenset(named & {line.variant_id for line in begun.lines})
