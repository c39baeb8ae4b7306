"""How far a plan has come: everything that outlives the process, and how it changes. Pure.

running: the first step that waits or runs, again and again ──> ended: completed
   │  a step fails: another variant is chosen, once, or
undoing: checkouts waited for, the cart put back ──> ended: refused | compensated | failed
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace
from shop_intents import Happened, Outcome, Plan, Step
from shop_messages import Line

from plan_executor.errors import Cancelled, Forbidden, StepFailed

StepState = Literal["waiting", "running", "done", "skipped", "failed", "undone"]
CART = frozenset({"add", "remove", "set_quantity", "swap", "empty"})
"""Kinds of steps that change it."""


class Units(Struct, frozen=True, kw_only=True):
    """How many of a variant there were in the cart, and how many there are to be; 0: no line."""

    product_id: str
    variant_id: str
    was: int
    quantity: int


class Begun(Struct, frozen=True, kw_only=True):
    """A checkout that was asked for, or is about to be: written down before it is."""

    key: str
    """Its Idempotency-Key."""
    lines: tuple[Line, ...]
    """At the prices of the first of these times."""
    state: Literal["asked", "running", "confirmed", "cancelled", "never"] = "asked"
    """`asked`: whether it was begun is not known. `never`: it is known that it was not."""
    checkout_id: str = ""
    order_id: str = ""
    checked: tuple[int, ...]
    """Totals that were within all limits before it was asked for, each time that it was."""
    total_minor: int = 0
    """As the shop says."""
    reason: str = ""

    @property
    def may_cost_minor(self) -> int:
        """What it costs, or may yet."""
        if self.state in ("cancelled", "never"):
            return 0
        return max(self.total_minor, *self.checked)


class Progress(Struct, frozen=True, kw_only=True):
    steps: tuple[Happened, ...]
    """Each of the plan's, in its order."""
    seq: int = 0
    """Of the last change."""
    held: dict[str, bool] = {}
    """By `check` step: what hangs on it is done where True."""
    chosen: dict[str, Line] = {}
    """By `choose` step."""
    gone: dict[str, tuple[str, ...]] = {}
    """By `choose` step: variants that were chosen, and then could not be had."""
    targets: dict[str, tuple[Units, ...]] = {}
    """By step that changes the cart; written down before it is changed."""
    reverting: tuple[Units, ...] = ()
    """What is put back into the cart, or taken out again, before anything else is done."""
    quotes: dict[str, tuple[Line, ...]] = {}
    """By `price_check` step."""
    checkouts: dict[str, Begun] = {}
    """By `check_out` step, and by `s5/again` where it was tried with another choice."""
    state: Literal["running", "undoing", "ended"] = "running"
    fails: Literal["refused", "compensated"] = "compensated"
    """What the outcome is where all could be taken back."""
    puts_back: bool = True
    """The cart, when it is undone."""
    outcome: Outcome | None = None
    says: str = ""

    @property
    def spent_minor(self) -> int:
        paid = (each for each in self.checkouts.values() if each.state == "confirmed")
        return sum(each.total_minor for each in paid)


def begin(plan: Plan) -> Progress:
    return Progress(
        steps=tuple(Happened(step_id=s.id, kind=s.kind, state="waiting") for s in plan.steps)
    )


def changed(progress: Progress, **more: Any) -> Progress:
    """The next in the row of changes."""
    return replace(progress, seq=progress.seq + 1, **more)


def step_of(progress: Progress, step_id: str) -> Happened:
    return next(each for each in progress.steps if each.step_id == step_id)


def told(
    progress: Progress, step_id: str, state: StepState, says: str, at: str, **more: Any
) -> Progress:
    """Of one step, what has become of it; and with it, what else has changed."""
    return changed(progress, steps=_steps(progress, step_id, state, says, at), **more)


def _steps(
    progress: Progress, step_id: str, state: StepState, says: str, at: str
) -> tuple[Happened, ...]:
    return tuple(
        replace(each, state=state, says=says, at=at) if each.step_id == step_id else each
        for each in progress.steps
    )


def current(plan: Plan, progress: Progress) -> Step | None:
    """What is to be done now; None where all is."""
    for step, happened in zip(plan.steps, progress.steps, strict=True):
        if happened.state in ("waiting", "running"):
            return step
    return None


def skipped(step: Step, progress: Progress) -> bool:
    """What hangs on a condition that does not hold, or that was itself skipped."""
    if step.unless_skipped is None:
        return False
    if step_of(progress, step.unless_skipped).state == "skipped":
        return True
    return progress.held[step.unless_skipped] != step.when


def attempt(progress: Progress, step_id: str) -> str:
    """The name of the checkout that is to be begun now: the step's own, or that of a second try."""
    first = progress.checkouts.get(step_id)
    if first is None or first.state not in ("cancelled", "never"):
        return step_id
    return f"{step_id}/again"


def begun_by(progress: Progress, step_id: str) -> Begun | None:
    """The last checkout that a `check_out` step has begun."""
    checkouts = progress.checkouts
    return checkouts.get(f"{step_id}/again") or checkouts.get(step_id)


def with_checkout(progress: Progress, name: str, begun: Begun) -> dict[str, Begun]:
    return {**progress.checkouts, name: begun}


def held_in_cart(progress: Progress) -> Mapping[str, Units]:
    """By variant, what the plan has made of it: the last target of each."""
    return {
        units.variant_id: units
        for happened in progress.steps
        for units in progress.targets.get(happened.step_id, ())
    }


def as_it_was(plan: Plan, progress: Progress, from_step: int = 0) -> tuple[Units, ...]:
    """What the cart is to hold again so that the steps from there on have changed nothing."""
    now = held_in_cart(progress)
    first: dict[str, Units] = {}
    for step in plan.steps[from_step:]:
        for units in progress.targets.get(step.id, ()):
            first.setdefault(units.variant_id, units)
    return tuple(
        replace(units, was=now[name].quantity, quantity=units.was) for name, units in first.items()
    )


def failed(plan: Plan, progress: Progress, step: Step, error: StepFailed, at: str) -> Progress:
    """A step was not done: another choice, where the plan allows it, or the undoing begins."""
    if isinstance(error, Forbidden | Cancelled) and step.on_failure == "replan":
        again = _replanned(plan, progress, step, error, at)
        if again is not None:
            return again
    puts_back = step.on_failure != "stop"
    # What a second choice was to put back first, and has not yet.
    reverting = {units.variant_id: units for units in progress.reverting}
    if puts_back:
        reverting |= {units.variant_id: units for units in as_it_was(plan, progress)}
    return changed(
        progress,
        steps=_steps(progress, step.id, "failed", str(error), at),
        state="undoing",
        says=str(error),
        fails="refused" if isinstance(error, Forbidden) else "compensated",
        puts_back=puts_back,
        reverting=tuple(reverting.values()),
    )


def _replanned(
    plan: Plan, progress: Progress, step: Step, error: Forbidden | Cancelled, at: str
) -> Progress | None:
    """Chooses what is gone once more, once; None where nothing else may be chosen."""
    if progress.gone or not error.gone:
        return None
    affected = {
        name for name in choices(plan, progress, step)
        if progress.chosen[name].variant_id in error.gone
    }  # fmt: skip
    if not error.gone <= {progress.chosen[name].variant_id for name in affected}:
        return None  # something that nobody chose: a line that was in the cart before
    items = {each.id: each.item for each in plan.steps if each.id in affected}
    if any(item is None or len(item.variants) < 2 for item in items.values()):
        return None
    ids = [each.id for each in plan.steps]
    begins = min(ids.index(name) for name in affected)
    again = {
        each.id for each in plan.steps[begins : ids.index(step.id) + 1]
        if each.id in affected or each.kind in CART
    } | paying(plan, step)  # fmt: skip
    return changed(
        progress,
        steps=tuple(
            replace(each, state="waiting", says=f"again: {error}", at=at)
            if each.step_id in again and each.state != "skipped"
            else each
            for each in progress.steps
        ),
        gone={name: (progress.chosen[name].variant_id,) for name in affected},
        chosen={name: line for name, line in progress.chosen.items() if name not in affected},
        reverting=as_it_was(plan, progress, begins),
        targets={name: units for name, units in progress.targets.items() if name not in again},
    )


def paying(plan: Plan, step: Step) -> set[str]:
    """The steps of one payment: that of its `price_check`, `check_out`, `wait` or `verify`."""
    checkouts = [each for each in plan.steps if each.kind == "check_out"]
    for each in checkouts:
        of_it = {each.id, each.of or ""} | {s.id for s in plan.steps if s.of == each.id}
        if step.id in of_it:
            return of_it
    return set()


def choices(plan: Plan, progress: Progress, step: Step) -> tuple[str, ...]:
    """The `choose` steps that decided what a payment is for.

    Of a cart, those whose choice was put into it since the cart was last paid: what was bought
    before is not chosen again.
    """
    if step.kind in ("wait", "verify"):
        step = next(each for each in plan.steps if each.id == step.of)
    if step.chosen:
        return step.chosen
    found: list[str] = []
    for each in plan.steps:
        if each.id == step.id:
            break
        if each.kind == "check_out" and not each.chosen and each.id in progress.checkouts:
            found = []
        if each.chosen_by in progress.chosen and step_of(progress, each.id).state == "done":
            found.append(each.chosen_by)
    return tuple(found)


def ended(progress: Progress, unsettled: str, at: str) -> Progress:
    """`unsettled`: what could not be taken back, or is not known; empty where all is well."""
    if progress.state == "running":
        return changed(progress, state="ended", outcome="completed", says="all of it was done")
    orders = [e.order_id for e in progress.checkouts.values() if e.state == "confirmed"]
    says = [progress.says]
    outcome: Outcome = progress.fails
    if any(each.state == "cancelled" for each in progress.checkouts.values()):
        outcome = "compensated"
    if orders:
        says.append(f"ordered and paid before, and so it stays: {', '.join(orders)}")
        outcome = "failed"
    if unsettled:
        says.append(unsettled)
        outcome = "failed"
    steps = tuple(
        replace(each, state="undone", at=at) if _was_undone(each, progress) else each
        for each in progress.steps
    )
    return changed(progress, state="ended", outcome=outcome, says="; ".join(says), steps=steps)


def _was_undone(happened: Happened, progress: Progress) -> bool:
    if happened.state != "done":
        return False
    if happened.kind in CART:
        return progress.puts_back
    if happened.kind != "check_out":
        return False
    begun = begun_by(progress, happened.step_id)
    return begun is not None and begun.state == "cancelled"
