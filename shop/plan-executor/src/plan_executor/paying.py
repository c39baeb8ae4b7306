"""Steps that pay: what it would come to, a checkout begun once, and its end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace
from shop_intents import CartLine, Item, Plan, Step
from shop_kit import crashing
from shop_kit.backoff import delays_s
from shop_messages import Line

from plan_executor import carting
from plan_executor.choosing import Offers
from plan_executor.conditions import require
from plan_executor.errors import Cancelled, Forbidden, NoAnswer, Rejected, Unable
from plan_executor.progress import (
    Begun,
    attempt,
    begun_by,
    changed,
    choices,
    held_in_cart,
    told,
    with_checkout,
)
from plan_executor.under_way import UnderWay, cart_line, item_of, now, patiently, total_minor

POLL_S = 10
"""A checkout's end is waited for in stretches of so long."""
_OVER = ("confirmed", "cancelled")


class Paying:
    def __init__(self, under_way: UnderWay) -> None:
        self._it = under_way

    async def price(self, step: Step) -> tuple[Line, ...]:
        """What is about to be paid for, at the prices of now. Raises StepFailed."""
        require(step.before, self._it.found())
        wanted = await self._wanted(step)
        crashing.point("mid-step", [step.kind])
        return await self._payable(step, wanted, step.after)

    async def check_out(self, step: Step) -> None:
        """Begun once: under a key that was written down before, and with the same lines again.

        What was asked for and not answered is asked for again only while it may be: where it may
        not any more, it is asked whether it was begun. Raises StepFailed.
        """
        name = attempt(self._it.progress, step.id)
        waits = delays_s(limit_s=2.0)
        while True:
            begun = self._it.progress.checkouts.get(name)
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

    async def wait(self, step: Step) -> Begun:
        """Until the checkout is confirmed. Raises StepFailed, Cancelled."""
        it = self._it
        name, begun = self.begun(step)
        crashing.point("mid-step", [step.kind])
        if begun.state not in _OVER:
            begun = await self._ended(begun)
            checkouts = with_checkout(it.progress, name, begun)
            await it.write(changed(it.progress, checkouts=checkouts))
        if begun.state == "cancelled":
            raise Cancelled(f"the checkout was cancelled: {begun.reason}", _short(begun))
        require(step.after, it.found(begun=begun))
        return begun

    async def settle(self) -> None:
        """Checkouts that were begun are waited for, and told. Raises Unable."""
        it = self._it
        for name, begun in it.progress.checkouts.items():
            if begun.state == "asked" and await self._known(name, begun):
                checkout_id = await patiently(lambda begun=begun: self._asked(begun))
                begun = replace(begun, state="running", checkout_id=checkout_id)
            if begun.state == "running":
                begun = await self._ended(begun)
                checkouts = with_checkout(it.progress, name, begun)
                await it.write(changed(it.progress, checkouts=checkouts))

    def begun(self, step: Step) -> tuple[str, Begun]:
        """The checkout that a step is of, and its name. Raises Unable."""
        begun = begun_by(self._it.progress, step.of or "")
        if begun is None:
            raise Unable("no checkout was begun")
        checkouts = self._it.progress.checkouts
        return next(at for at, each in checkouts.items() if each is begun), begun

    async def _to_pay(self, step: Step, begun: Begun | None) -> tuple[Line, ...]:
        """At the prices of now. Raises StepFailed."""
        self._it.in_time()
        quoted = begun.lines if begun is not None else self._it.progress.quotes[step.of or ""]
        lines = await self._payable(step, [cart_line(line) for line in quoted], step.before)
        crashing.point("mid-step", [step.kind])
        return lines

    async def _about_to(
        self, step: Step, name: str, begun: Begun | None, lines: tuple[Line, ...]
    ) -> Begun:
        """Written down: that it is asked for, and what it may come to."""
        total = total_minor(lines)
        if begun is not None and total in begun.checked:
            return begun
        if begun is None:
            begun = Begun(key=f"{self._it.key}/{name}", lines=lines, checked=(total,))
        else:
            begun = replace(begun, checked=(*begun.checked, total))
        await self._told_of(step, name, begun, "running")
        return begun

    async def _known(self, name: str, begun: Begun) -> bool:
        it = self._it
        if await patiently(lambda: it.shop.knows(begun.key)):
            return True
        never = with_checkout(it.progress, name, replace(begun, state="never"))
        await it.write(changed(it.progress, checkouts=never))
        return False

    async def _asked(self, begun: Begun) -> str:
        method = self._it.plan.payment_method or ""
        return await self._it.shop.check_out(begun.key, begun.lines, method)

    async def _told_of(
        self, step: Step, name: str, begun: Begun, state: Any, says: str = ""
    ) -> None:
        it = self._it
        checkouts = with_checkout(it.progress, name, begun)
        await it.write(told(it.progress, step.id, state, says, now(), checkouts=checkouts))

    async def _ended(self, begun: Begun) -> Begun:
        while True:
            found = await patiently(lambda: self._it.shop.checkout(begun.checkout_id, POLL_S))
            if found.state in _OVER:
                return replace(
                    begun,
                    state="confirmed" if found.state == "confirmed" else "cancelled",
                    total_minor=found.total_minor,
                    order_id=found.order_id or "",
                    reason=found.reason or "",
                )

    async def _payable(
        self, step: Step, wanted: Sequence[CartLine], checks: Sequence[Any]
    ) -> tuple[Line, ...]:
        """What is about to be paid, at the prices of now. Raises Forbidden."""
        it = self._it
        offers = await it.offers(line.product_id for line in wanted)
        lines = tuple(
            Line(
                product_id=line.product_id,
                variant_id=line.variant_id,
                quantity=line.quantity,
                unit_price_minor=_price_minor(offers, line.variant_id),
            )
            for line in wanted
        )
        name = attempt(it.progress, _checkout_of(it.plan, step))
        others = [each for at, each in it.progress.checkouts.items() if at != name]
        found = it.found(
            lines=lines, offers=offers, items=self._items(step),
            spent_minor=sum(each.may_cost_minor for each in others),
        )  # fmt: skip
        require(checks, found)
        return lines

    async def _wanted(self, step: Step) -> Sequence[CartLine]:
        it = self._it
        if not step.chosen:
            return carting.lines_of(await patiently(it.cart), held_in_cart(it.progress))
        units: dict[str, CartLine] = {}
        for name in step.chosen:
            line = cart_line(it.progress.chosen[name])
            there = units.get(line.variant_id)
            quantity = line.quantity + (there.quantity if there is not None else 0)
            units[line.variant_id] = replace(line, quantity=quantity)
        return tuple(units.values())

    def _items(self, step: Step) -> Mapping[str, Sequence[Item]]:
        """By variant, what it was chosen for."""
        it = self._it
        items: dict[str, list[Item]] = {}
        by_id = {each.id: each for each in it.plan.steps}
        for name in choices(it.plan, it.progress, step):
            variant_id = it.progress.chosen[name].variant_id
            items.setdefault(variant_id, []).append(item_of(by_id[name]))
        return items


def _checkout_of(plan: Plan, step: Step) -> str:
    if step.kind == "check_out":
        return step.id
    return next(each.id for each in plan.steps if each.kind == "check_out" and each.of == step.id)


def _price_minor(offers: Offers, variant_id: str) -> int:
    """0 where it is not sold, which its stock then tells."""
    offer = offers.get(variant_id)
    return 0 if offer is None else offer.price_minor


_SHORT = re.compile(r"(?:of (\S+) are asked for|there is no (\S+?)(?:;|$))")


def _short(begun: Begun) -> frozenset[str]:
    """Of what was asked for, the variants that there was too little of, as the shop's words say."""
    named = {first or second for first, second in _SHORT.findall(begun.reason)}
    return frozenset(named & {line.variant_id for line in begun.lines})
