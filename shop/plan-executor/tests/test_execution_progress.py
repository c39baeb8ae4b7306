"""How far a plan has come: what is next, what a failure leads to, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from plan_executor.errors import Cancelled, Forbidden, StepFailed, Unable
from plan_executor.progress import (
    Begun,
    Progress,
    Units,
    attempt,
    begin,
    changed,
    current,
    ended,
    failed,
    skipped,
    told,
)
from plan_generator.planning import plan as steps_of
from shop_intents import (
    Act,
    Add,
    BuyNow,
    CartLine,
    CheckOut,
    If,
    InStock,
    Intent,
    Item,
    Plan,
    Remove,
    Step,
    Variant,
)
from shop_messages import Line

CART = (CartLine(product_id="tray", variant_id="tray-1", quantity=2),)


def item(*names: str) -> Item:
    variants = tuple(
        Variant(product_id="mug", variant_id=each, title=each, price_minor=500, available=9)
        for each in names
    )
    return Item(words="mug", quantity=1, variants=variants)


def plan_of(*acts: Act) -> Plan:
    return Plan(
        plan_id="p", user_id="ann", cart_id="c", text="x", currency="EUR", budget_minor=9,
        quoted_minor=9, approval="not_needed", digest="0" * 64, expires_at=1,
        steps=steps_of(Intent(text="x", acts=acts, currency="EUR"), CART),  # type: ignore[arg-type]
    )  # fmt: skip


def at(plan: Plan, kind: str, number: int = 0) -> Step:
    return [step for step in plan.steps if step.kind == kind][number]


def units(name: str, was: int, quantity: int) -> Units:
    return Units(product_id="mug", variant_id=name, was=was, quantity=quantity)


def line(name: str) -> Line:
    return Line(product_id="mug", variant_id=name, quantity=1, unit_price_minor=500)


def begun(state: Any, **more: Any) -> Begun:
    return Begun(key="k", lines=(line("mug-s"),), checked=(500,), state=state, **more)


def done_until(plan: Plan, kind: str, **more: Any) -> Progress:
    """All steps before the first of this kind are done."""
    progress = begin(plan)
    for step in plan.steps:
        if step.kind == kind:
            break
        progress = told(progress, step.id, "done", "", "now")
    return changed(progress, **more)


def states(progress: Progress) -> dict[str, str]:
    return {each.kind: each.state for each in progress.steps}


def back(progress: Progress) -> dict[str, int]:
    return {each.variant_id: each.quantity for each in progress.reverting}


def test_steps_are_done_in_their_order() -> None:
    plan = plan_of(Add(item=item("mug-s")), Remove(variant_id="tray-1"))
    progress = begin(plan)
    seen: list[str] = []
    while (step := current(plan, progress)) is not None:
        seen.append(step.kind)
        progress = told(progress, step.id, "running", "", "now")
        assert current(plan, progress) is step
        progress = told(progress, step.id, "done", "", "now")
    assert seen == ["choose", "add", "remove"]
    assert progress.seq == 6
    assert ended(progress, "", "now").outcome == "completed"


@pytest.mark.parametrize(
    ("held", "inner_held", "done"),
    [
        (True, True, ["remove"]),
        (False, True, ["add"]),
        (False, False, []),
    ],
)
def test_what_hangs_on_a_condition(held: bool, inner_held: bool, done: list[str]) -> None:
    inner = If(condition=InStock(item("mug-s")), then=(Add(item=item("mug-s")),))
    plan = plan_of(
        If(
            condition=InStock(item("mug-s")),
            then=(Remove(variant_id="tray-1"),),
            otherwise=(inner,),
        )
    )
    progress = begin(plan)
    found: list[str] = []
    checks = iter([held, inner_held])
    while (step := current(plan, progress)) is not None:
        if skipped(step, progress):
            progress = told(progress, step.id, "skipped", "", "now")
            continue
        more = {"held": {**progress.held, step.id: next(checks)}} if step.kind == "check" else {}
        progress = told(progress, step.id, "done", "", "now", **more)
        found += [step.kind] if step.kind in ("add", "remove") else []
    assert found == done


GONE = frozenset({"mug-s"})


def paying_cart(*names: str, until: str = "wait", **more: Any) -> tuple[Plan, Progress]:
    """One of these was added to a cart that held one of `mug-s`, and is being paid."""
    plan = plan_of(Remove(variant_id="tray-1"), Add(item=item(*names)), CheckOut())
    choose, add, remove = at(plan, "choose"), at(plan, "add"), at(plan, "remove")
    progress = done_until(
        plan, until,
        chosen={choose.id: line("mug-s")},
        targets={
            remove.id: (units("tray-1", 2, 0),), add.id: (units("mug-s", 1, 2),),
        },
        **more,
    )  # fmt: skip
    return plan, progress


def test_another_is_chosen_and_what_was_added_is_taken_out_first() -> None:
    cancelled = {"s7": begun("cancelled")}
    plan, progress = paying_cart("mug-s", "mug-l")
    checkout = at(plan, "check_out")
    progress = replace(progress, checkouts={checkout.id: cancelled["s7"]})
    after = failed(plan, progress, at(plan, "wait"), Cancelled("none left", GONE), "now")
    assert after.state == "running"
    assert states(after) == {
        "remove": "done", "choose": "waiting", "add": "waiting", "price_check": "waiting",
        "check_out": "waiting", "wait": "waiting", "verify": "waiting",
    }  # fmt: skip
    assert back(after) == {"mug-s": 1}
    assert after.gone == {at(plan, "choose").id: ("mug-s",)}
    assert current(plan, after) == at(plan, "choose")
    assert attempt(after, checkout.id) == f"{checkout.id}/again"


NO_OTHER: list[tuple[str, tuple[str, ...], StepFailed, dict[str, Any]]] = [
    ("there is no other", ("mug-s",), Cancelled("", GONE), {}),
    ("nobody chose it", ("mug-s", "mug-l"), Cancelled("", frozenset({"tray-1"})), {}),
    ("it is not why", ("mug-s", "mug-l"), Cancelled("declined"), {}),
    ("it was done once", ("mug-s", "mug-l"), Cancelled("", GONE), {"gone": {"s2": ("mug-x",)}}),
    ("it took too long", ("mug-s", "mug-l"), Unable("late"), {}),
]


@pytest.mark.parametrize(
    ("says", "names", "error", "more"), NO_OTHER, ids=[row[0] for row in NO_OTHER]
)
def test_where_no_other_is_chosen_all_is_taken_back(
    says: str, names: tuple[str, ...], error: StepFailed, more: dict[str, Any]
) -> None:
    plan, progress = paying_cart(*names, **more)
    after = failed(plan, progress, at(plan, "wait"), error, "now")
    assert (after.state, states(after)["wait"]) == ("undoing", "failed")
    assert back(after) == {"mug-s": 1, "tray-1": 2}


def test_of_a_payment_past_the_cart_the_cart_is_not_touched() -> None:
    plan = plan_of(BuyNow(items=(item("cup-1"), item("mug-s", "mug-l"))))
    first, second = at(plan, "choose"), at(plan, "choose", 1)
    chosen = {first.id: line("cup-1"), second.id: line("mug-s")}
    progress = done_until(plan, "price_check", chosen=chosen)
    after = failed(plan, progress, at(plan, "price_check"), Forbidden("gone", GONE), "now")
    assert (after.state, after.reverting) == ("running", ())
    assert (after.chosen, current(plan, after)) == ({first.id: line("cup-1")}, second)


def test_what_was_bought_before_is_not_chosen_again() -> None:
    plan = plan_of(Add(item=item("mug-s", "mug-l")), CheckOut(), CheckOut())
    choose, first, second = at(plan, "choose"), at(plan, "check_out"), at(plan, "wait", 1)
    progress = begin(plan)
    for step in plan.steps[: plan.steps.index(second)]:
        progress = told(progress, step.id, "done", "", "now")
    progress = replace(
        progress, chosen={choose.id: line("mug-s")}, checkouts={first.id: begun("confirmed")}
    )
    after = failed(plan, progress, second, Cancelled("gone", GONE), "now")
    assert after.state == "undoing"


def test_what_a_second_choice_had_still_to_put_back_is_not_forgotten() -> None:
    plan, progress = paying_cart("mug-s", "mug-l")
    after = failed(plan, progress, at(plan, "wait"), Cancelled("gone", GONE), "now")
    assert back(after) == {"mug-s": 1}
    again = failed(plan, after, at(plan, "choose"), Forbidden("none"), "now")
    assert back(again) == {"mug-s": 1, "tray-1": 2}


def test_the_cart_goes_back_to_what_it_was_first() -> None:
    plan = plan_of(Add(item=item("mug-s")), Add(item=item("mug-s")), Remove(variant_id="mug-s"))
    adds = [step.id for step in plan.steps if step.kind == "add"]
    targets = {adds[0]: (units("mug-s", 4, 5),), adds[1]: (units("mug-s", 5, 6),)}
    progress = done_until(plan, "remove", targets=targets)
    after = failed(plan, progress, at(plan, "remove"), Unable("late"), "now")
    assert after.reverting == (units("mug-s", 6, 4),)


OUTCOMES: list[tuple[str, StepFailed, dict[str, Begun], str, str]] = [
    ("forbidden", Forbidden("no"), {}, "", "refused"),
    ("too late", Unable("late"), {}, "", "compensated"),
    ("never begun", Forbidden("no"), {"s": begun("never")}, "", "refused"),
    ("cancelled", Cancelled("no"), {"s": begun("cancelled")}, "", "compensated"),
    ("forbidden after one was cancelled", Forbidden("no"), {"s": begun("cancelled")}, "",
     "compensated"),
    ("paid before", Forbidden("no"), {"s": begun("confirmed", order_id="o-1")}, "", "failed"),
    ("not known", Unable("late"), {"s": begun("asked")}, "its end is not known", "failed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("says", "error", "checkouts", "unsettled", "outcome"), OUTCOMES, ids=[r[0] for r in OUTCOMES]
)
def test_how_it_ends(
    says: str, error: StepFailed, checkouts: dict[str, Begun], unsettled: str, outcome: str
) -> None:
    plan, progress = paying_cart("mug-s", until="price_check", checkouts=checkouts)
    undoing = failed(plan, progress, at(plan, "price_check"), error, "now")
    over = ended(undoing, unsettled, "now")
    assert (over.state, over.outcome) == ("ended", outcome)
    assert str(error) in over.says
    assert unsettled in over.says
    assert ("o-1" in over.says) == (outcome == "failed" and not unsettled)
    assert states(over)["add"] == "undone"
    assert states(over)["price_check"] == "failed"


def test_what_may_be_paid_counts_until_it_is_known_not_to_be() -> None:
    costs = {s: begun(s).may_cost_minor for s in ("asked", "running", "cancelled", "never")}
    assert costs == {"asked": 500, "running": 500, "cancelled": 0, "never": 0}
    assert begun("confirmed", total_minor=700).may_cost_minor == 700
