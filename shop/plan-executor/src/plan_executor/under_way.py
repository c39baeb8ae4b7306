"""A plan that is being carried out: what is written down of it, and what all its steps ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from shop_intents import CartLine, Item, Plan, Step
from shop_kit.backoff import delays_s
from shop_kit.clock import CLOCK
from shop_lookups import Lookup
from shop_messages import Line

from plan_executor.carting import Cart
from plan_executor.choosing import Offers
from plan_executor.conditions import Found
from plan_executor.errors import NoAnswer, Rejected, Unable
from plan_executor.offers import offers_of
from plan_executor.progress import Progress
from plan_executor.shop import Shop

T = TypeVar("T")

Keep = Callable[[Progress], Awaitable[None]]


class UnderWay:
    """`progress` is what was written down last, or is being written down."""

    def __init__(
        self, plan: Plan, progress: Progress, key: str, deadline_s: float, shop: Shop,
        lookup: Lookup, keep: Keep,
    ) -> None:  # fmt: skip
        """`key`: of the execution. `deadline_s`, since 1970: after it nothing new is begun."""
        self.plan = plan
        self.progress = progress
        self.key = key
        self.shop = shop
        self._deadline_s = deadline_s
        self._lookup = lookup
        self._keep = keep

    async def write(self, progress: Progress) -> None:
        self.progress = progress
        await self._keep(progress)

    def in_time(self) -> None:
        """Raises Unable where it is too late to begin anything."""
        if CLOCK.now_s() > self._deadline_s:
            raise Unable("the plan has taken too long")

    async def offers(self, product_ids: Iterable[str]) -> Offers:
        wanted = list(product_ids)
        return await patiently(lambda: offers_of(self._lookup, wanted))

    async def cart(self) -> Cart:
        return await self.shop.cart(self.plan.cart_id)

    def found(self, **more: Any) -> Found:
        """What conditions are held against."""
        return Found(plan=self.plan, now_s=CLOCK.now_s(), **more)


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


def item_of(step: Step) -> Item:
    if step.item is None:
        raise Unable("a choice of nothing")
    return step.item


def cart_line(line: Line) -> CartLine:
    return CartLine(product_id=line.product_id, variant_id=line.variant_id, quantity=line.quantity)


def total_minor(lines: Sequence[Line]) -> int:
    return sum(line.quantity * line.unit_price_minor for line in lines)
