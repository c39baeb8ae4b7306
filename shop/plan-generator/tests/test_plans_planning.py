"""From intents to steps: what becomes of each act, and what holds of every plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_generator.errors import OverLimit, Unplannable
from plan_generator.planning import MOST_DEPTH, MOST_STEPS, plan
from plan_generator.quoting import Priced, quote
from shop_intents import (
    Act,
    Add,
    BuyNow,
    CancelOrder,
    CartLine,
    CheckOut,
    EmptyCart,
    If,
    InStock,
    Intent,
    Item,
    PriceBelow,
    Remove,
    SetQuantity,
    Step,
    Swap,
    Variant,
)

CART = (CartLine(product_id="tray", variant_id="tray-1", quantity=2),)
PRICES = {"tray-1": Priced(2, 100)}


def variant(name: str, price_minor: int) -> Variant:
    return Variant(
        product_id=name.partition("-")[0], variant_id=name, title=name, price_minor=price_minor,
        available=9,
    )  # fmt: skip


def item(*variants: Variant, quantity: int = 1, **more: object) -> Item:
    return Item(words="a thing", quantity=quantity, variants=variants, **more)  # type: ignore[arg-type]


def intent(*acts: Act, most_minor: int | None = None) -> Intent:
    return Intent(text="do it", acts=acts, currency="EUR", total_most_minor=most_minor)  # type: ignore[arg-type]


MUG, JUG = variant("mug-s", 500), variant("jug-1", 900)
IN_STOCK, BELOW = InStock(item(JUG)), PriceBelow(item(JUG), 1000)
PAY = ["price_check", "check_out", "wait", "verify"]

TABLE: list[tuple[str, list[Act], list[str]]] = [
    ("an item is chosen and added", [Add(item=item(MUG))], ["choose", "add"]),
    (
        "what is bought now is chosen and paid past the cart",
        [BuyNow(items=(item(MUG), item(JUG)))],
        ["choose", "choose", *PAY],
    ),
    ("the cart is paid", [CheckOut()], PAY),
    (
        "what is added is paid with the cart",
        [Add(item=item(MUG)), CheckOut()],
        ["choose", "add", *PAY],
    ),
    (
        "two payments have each their own checks",
        [BuyNow(items=(item(MUG),)), CheckOut()],
        ["choose", *PAY, *PAY],
    ),
    ("a line is taken out", [Remove(variant_id="tray-1")], ["remove"]),
    ("a line is changed", [SetQuantity(variant_id="tray-1", quantity=5)], ["set_quantity"]),
    (
        "a line is swapped once the other is chosen",
        [Swap(variant_id="tray-1", item=item(MUG))],
        ["choose", "swap"],
    ),
    ("the cart is emptied", [EmptyCart()], ["empty"]),
    ("an order is cancelled", [CancelOrder(order_id="o-1")], ["cancel_order"]),
    (
        "both branches are planned",
        [If(condition=IN_STOCK, then=(Add(item=item(JUG)),), otherwise=(Add(item=item(MUG)),))],
        ["check", "choose", "add", "choose", "add"],
    ),
]


@pytest.mark.parametrize(("says", "acts", "kinds"), TABLE, ids=[row[0] for row in TABLE])
def test_the_steps_of_acts(says: str, acts: list[Act], kinds: list[str]) -> None:
    assert [step.kind for step in plan(intent(*acts), CART)] == kinds


REFUSED: list[tuple[str, list[Act], str]] = [
    ("no act", [], "asks for nothing"),
    ("a line that is not there", [Remove(variant_id="mug-s")], "does not hold mug-s"),
    ("a change of no line", [SetQuantity(variant_id="x", quantity=1)], "does not hold x"),
    ("an item without variants", [Add(item=item())], "needs a variant"),
    ("nothing at once", [BuyNow(items=())], "1 to 100 items"),
    ("itself", [Swap(variant_id="tray-1", item=item(variant("tray-1", 1)))], "for itself"),
    ("too many steps", [EmptyCart()] * (MOST_STEPS + 1), f"more than {MOST_STEPS} steps"),
]


@pytest.mark.parametrize(("says", "acts", "told"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_planned_is_told(says: str, acts: list[Act], told: str) -> None:
    with pytest.raises(Unplannable, match=told):
        plan(intent(*acts), CART)


def test_conditions_are_nested_so_deep_and_no_deeper() -> None:
    act: Act = EmptyCart()
    for _ in range(MOST_DEPTH):
        act = If(condition=IN_STOCK, then=(act,))  # type: ignore[arg-type]
    assert plan(intent(act))[-1].kind == "empty"
    with pytest.raises(Unplannable, match="deeper"):
        plan(intent(If(condition=IN_STOCK, then=(act,))))  # type: ignore[arg-type]


def test_what_hangs_on_a_condition_says_so() -> None:
    inner = If(condition=BELOW, then=(EmptyCart(),), negated=True)
    check, then, inner_check, emptied = plan(
        intent(If(condition=IN_STOCK, then=(Remove(variant_id="tray-1"),), otherwise=(inner,))),
        CART,
    )
    assert (check.unless_skipped, check.condition) == (None, IN_STOCK)
    assert (then.unless_skipped, then.when) == (check.id, True)
    assert (inner_check.unless_skipped, inner_check.when) == (check.id, False)
    assert (emptied.unless_skipped, emptied.when) == (inner_check.id, True)
    assert inner_check.negated


def test_a_payment_is_replanned_only_where_there_is_a_choice() -> None:
    one = plan(intent(BuyNow(items=(item(MUG),))))
    many = plan(intent(BuyNow(items=(item(MUG, JUG),))))
    added = plan(intent(Add(item=item(MUG, JUG)), CheckOut()))
    only_added = plan(intent(Add(item=item(MUG)), CheckOut()))
    assert {step.on_failure for step in one} == {"stop"}
    assert {s.on_failure for s in many if s.kind in PAY[:3]} == {"replan"}
    assert {s.on_failure for s in added if s.kind in PAY[:3]} == {"replan"}
    assert {s.on_failure for s in only_added if s.kind in PAY[:3]} == {"undo"}


def test_a_choice_is_among_the_best_alone() -> None:
    many = item(*(variant(f"mug-{number}", 500) for number in range(60)))
    check, choose, _ = plan(intent(If(condition=InStock(many), then=(Add(item=many),))))
    assert choose.item is not None
    assert check.condition is not None
    assert choose.item.variants == check.condition.item.variants == many.variants[:50]


# -- of every plan -----------------------------------------------------------------------------

NAMES = ("mug-s", "mug-l", "jug-1", "cup-1")
PRICED = st.builds(variant, st.sampled_from(NAMES), st.integers(1, 5_000))
ITEMS = st.builds(
    lambda variants, quantity: item(*variants, quantity=quantity),
    st.lists(PRICED, min_size=1, max_size=3, unique_by=lambda it: it.variant_id),
    st.integers(1, 5),
)
CONDITIONS = st.one_of(st.builds(InStock, ITEMS), st.builds(PriceBelow, ITEMS, st.integers(0, 900)))
SIMPLE = st.one_of(
    st.builds(Add, item=ITEMS),
    st.builds(BuyNow, items=st.lists(ITEMS, min_size=1, max_size=3).map(tuple)),
    st.builds(Remove, variant_id=st.just("tray-1"), quantity=st.none() | st.integers(1, 3)),
    st.builds(SetQuantity, variant_id=st.just("tray-1"), quantity=st.integers(1, 9)),
    st.builds(Swap, variant_id=st.just("tray-1"), item=ITEMS),
    st.just(EmptyCart()),
    st.just(CheckOut()),
    st.just(CancelOrder(order_id="o-1")),
)
ACTS = st.recursive(
    SIMPLE,
    lambda inner: st.builds(
        If,
        condition=CONDITIONS,
        then=st.lists(inner, max_size=3).map(tuple),
        otherwise=st.lists(inner, max_size=2).map(tuple),
        negated=st.booleans(),
    ),
    max_leaves=8,
)
INTENTS = st.lists(ACTS, min_size=1, max_size=5).map(lambda acts: intent(*acts))


def planned(wish: Intent) -> tuple[Step, ...]:
    try:
        return plan(wish, CART)
    except Unplannable:
        return ()


@given(INTENTS)
def test_a_step_needs_only_steps_before_it(wish: Intent) -> None:
    known: set[str] = set()
    for step in planned(wish):
        named = (*step.needs, *step.chosen, step.unless_skipped, step.chosen_by, step.of)
        assert {each for each in named if each is not None} <= known
        assert step.id not in known
        known.add(step.id)


@given(INTENTS)
def test_whatever_is_paid_is_checked_before_and_verified_after(wish: Intent) -> None:
    steps = planned(wish)
    by_id = {step.id: step for step in steps}
    pays = [step for step in steps if step.kind == "check_out"]
    for step in pays:
        check = by_id[step.of or ""]
        assert check.kind == "price_check"
        assert check.id in step.needs
        assert check.chosen == step.chosen
        named = {each.name for each in check.after} & {each.name for each in step.before}
        assert named >= {"approved", "within_budget", "within_mandate", "in_stock"}
        of_it = [each.kind for each in steps if each.of == step.id]
        assert of_it == ["wait", "verify"]
        gates = {(e.unless_skipped, e.when) for e in steps if step.id in (e.of, e.id)}
        assert len(gates | {(check.unless_skipped, check.when)}) == 1
    assert [s.id for s in steps if s.kind == "price_check"] == [step.of for step in pays]


@given(INTENTS, st.data())
def test_no_way_through_a_plan_costs_more_than_its_quote(wish: Intent, data: st.DataObject) -> None:
    steps = planned(wish)
    try:
        quoted = quote(wish, PRICES)
    except Unplannable:
        return
    assert quoted.pays == any(step.kind == "check_out" for step in steps)
    held = {s.id: data.draw(st.booleans()) for s in steps if s.kind == "check"}
    assert sum(paid(steps, held)) <= quoted.total_minor


@given(INTENTS, st.integers(0, 20_000))
def test_over_its_limit_nothing_is_planned(wish: Intent, most_minor: int) -> None:
    try:
        cost_minor = quote(wish, PRICES).total_minor
    except Unplannable:
        return
    limited = intent(*wish.acts, most_minor=most_minor)
    try:
        assert quote(limited, PRICES).total_minor <= most_minor
    except OverLimit:
        # What is put into the cart without being paid is held to the limit as well.
        pays = any(step.kind == "check_out" for step in planned(wish))
        assert cost_minor > most_minor or not pays


def paid(steps: Sequence[Step], held: dict[str, bool]) -> Iterator[int]:
    """What each checkout costs, played step by step at the prices of the quote."""
    skipped: set[str] = set()
    cart = {name: (line.quantity, line.price_minor) for name, line in PRICES.items()}
    for step in steps:
        gate = step.unless_skipped
        if gate is not None and (gate in skipped or held[gate] != step.when):
            skipped.add(step.id)
            continue
        _play(step, cart, {each.id: each for each in steps})
        if step.kind == "check_out":
            chosen = [_chosen(each) for each in steps if each.id in step.chosen]
            lines = [(n, price) for _, n, price in chosen] if step.chosen else [*cart.values()]
            yield sum(n * price for n, price in lines)


def _play(step: Step, cart: dict[str, tuple[int, int]], by_id: dict[str, Step]) -> None:
    if step.kind == "empty":
        cart.clear()
    there = cart.get(step.variant_id or "")
    if step.kind == "set_quantity" and there and step.quantity:
        cart[step.variant_id or ""] = (step.quantity, there[1])
    if step.kind in ("remove", "swap") and there:
        left = there[0] - step.quantity if step.kind == "remove" and step.quantity else 0
        cart.pop(step.variant_id or "")
        if left > 0:
            cart[step.variant_id or ""] = (left, there[1])
    if step.chosen_by:
        name, quantity, price = _chosen(by_id[step.chosen_by])
        cart[name] = (cart.get(name, (0, 0))[0] + quantity, price)


def _chosen(step: Step) -> tuple[str, int, int]:
    assert step.item is not None
    first = step.item.variants[0]
    return first.variant_id, step.item.quantity, first.price_minor
