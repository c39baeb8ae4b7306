"""Steps that change the cart: each line is brought to what it is to be, and read again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from shop_intents import CartLine, Step
from shop_kit import crashing
from shop_kit.backoff import delays_s

from plan_executor import carting
from plan_executor.conditions import require
from plan_executor.errors import NoAnswer, Rejected, Unable
from plan_executor.progress import Units, changed, told
from plan_executor.under_way import UnderWay, now, patiently

MOST_WRITES = 5
"""Until a line of a cart is as it is to be."""


class Filling:
    def __init__(self, under_way: UnderWay) -> None:
        self._it = under_way

    async def change(self, step: Step) -> None:
        """What it is to become is written down before. Raises StepFailed."""
        it = self._it
        if step.id not in it.progress.targets:
            cart = await patiently(it.cart)
            quantities = carting.quantities(cart)
            require(step.before, it.found(variant_id=step.variant_id, cart=quantities))
            chosen = None if step.chosen_by is None else it.progress.chosen[step.chosen_by]
            targets = {**it.progress.targets, step.id: carting.targets(step, cart, chosen)}
            await it.write(told(it.progress, step.id, "running", "", now(), targets=targets))
        targets = it.progress.targets[step.id]
        crashing.point("before-effect", [step.kind])
        await self._bring(targets, step.kind)
        quantities = carting.quantities(await patiently(it.cart))
        crashing.point("after-effect", [step.kind])
        require(step.after, it.found(cart=quantities, targets=targets))
        says = ", ".join(f"{each.variant_id}: {each.quantity}" for each in targets)
        await it.write(told(it.progress, step.id, "done", says, now()))

    async def revert(self) -> None:
        """What is to be put back into the cart, before anything else. Raises Unable."""
        it = self._it
        crashing.point("before-effect", ["undo"])
        await self._bring(it.progress.reverting, "undo")
        crashing.point("after-effect", ["undo"])
        await it.write(changed(it.progress, reverting=()))

    async def _bring(self, targets: Sequence[Units], kind: str) -> None:
        """Each line to its quantity: read, written, read again. Raises Unable."""
        for units in targets:
            waits = delays_s(limit_s=2.0)
            for _ in range(MOST_WRITES):
                cart = await patiently(self._it.cart)
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
        shop, cart_id, variant_id = self._it.shop, self._it.plan.cart_id, units.variant_id
        try:
            if how == "post":
                await shop.add_line(cart_id, units.product_id, variant_id, units.quantity)
            elif how is not None:
                await shop.set_line(cart_id, variant_id, units.quantity)
        except Rejected as error:
            if error.status != 404:  # it went away meanwhile, and is read again
                raise Unable(f"the cart says no: {error}") from error
        return how is not None
