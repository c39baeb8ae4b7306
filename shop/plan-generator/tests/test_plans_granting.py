"""What a token grants, when a plan is asked about, and what an answer leads to."""

from __future__ import annotations

import time

import pytest
from plan_generator import granting
from plan_generator.bodies import Wanted
from plan_generator.errors import Unplannable
from plan_generator.making import Granted, answered, made
from plan_generator.mandates import BadMandate, Mandates
from plan_generator.quoting import Priced
from shop_intents import Act, Add, BuyNow, CartLine, CheckOut, Intent, Item, Plan, Variant

MANDATES = Mandates(b"a secret for the tests of mandates, long enough", "shop")
MUG = Variant(product_id="mug", variant_id="mug-s", title="Mug", price_minor=500, available=9)
ITEM = Item(words="mug", quantity=2, variants=(MUG,))
BUY, ADD = BuyNow(items=(ITEM,)), Add(item=ITEM)

SCOPES = [
    ("none", [], 0),
    ("another scope", ["shop"], 0),
    ("one", ["shop", "spend:EUR:50000"], 50_000),
    ("another currency", ["spend:USD:50000"], 0),
    ("the highest", ["spend:EUR:1", "spend:EUR:70", "spend:EUR:9"], 70),
    ("none without a number", ["spend:EUR:", "spend:EUR", "spend:EUR:-5", "spend:EUR:1e9"], 0),
    ("no more digits than money has", ["spend:EUR:9999999999999"], 0),
    ("nothing around it", ["xspend:EUR:5", "spend:EUR:5x"], 0),
]


@pytest.mark.parametrize(("says", "scopes", "cap_minor"), SCOPES, ids=[row[0] for row in SCOPES])
def test_the_cap_of_a_token(says: str, scopes: list[str], cap_minor: int) -> None:
    assert granting.cap_minor(scopes, "EUR") == cap_minor


def plan_of(
    *acts: Act, scopes: tuple[str, ...] = (), limit_minor: int | None = None, over: int = 20_000
) -> Plan:
    intent = Intent(text="x", acts=acts, currency="EUR", total_most_minor=limit_minor)  # type: ignore[arg-type]
    cart = (CartLine(product_id="mug", variant_id="mug-s", quantity=1),)
    wanted = Wanted(intent=intent, cart_id="c", cart=cart, payment_method="pm_ok")
    granted = Granted("ann", frozenset(scopes), over)
    prices = {"mug-s": Priced(1, 500)}
    return made(wanted, prices, granted, MANDATES, "p-1", int(time.time()) + 3600)


ASKED: list[tuple[str, Plan, str]] = [
    ("nothing is paid", plan_of(ADD), "not_needed"),
    ("nothing is granted", plan_of(BUY), "needed"),
    ("what is granted is enough", plan_of(BUY, scopes=("spend:EUR:1000",)), "not_needed"),
    ("a cent is missing", plan_of(BUY, scopes=("spend:EUR:999",)), "needed"),
    ("always asked over", plan_of(BUY, scopes=("spend:EUR:1000",), over=999), "needed"),
    (
        "the limit counts, not what it costs",
        plan_of(BUY, scopes=("spend:EUR:1000",), limit_minor=1001),
        "needed",
    ),
    ("all of it counts", plan_of(BUY, CheckOut(), scopes=("spend:EUR:1499",)), "needed"),
]


@pytest.mark.parametrize(("says", "plan", "approval"), ASKED, ids=[row[0] for row in ASKED])
def test_when_a_plan_is_asked_about(says: str, plan: Plan, approval: str) -> None:
    assert plan.approval == approval
    if approval == "needed":
        assert plan.mandate is None
        with pytest.raises(BadMandate):
            MANDATES.verify(plan, "ann")
    else:
        mandate = MANDATES.verify(plan, "ann")
        assert mandate.cap_minor == plan.budget_minor, "it never grants more than the plan needs"


def test_the_budget_is_the_limit_or_the_quote() -> None:
    assert plan_of(BUY).budget_minor == plan_of(BUY).quoted_minor == 1000
    limited = plan_of(BUY, limit_minor=3000)
    assert (limited.budget_minor, limited.quoted_minor) == (3000, 1000)
    assert (plan_of(ADD, limit_minor=3000).budget_minor, plan_of(ADD).budget_minor) == (0, 0)


def test_a_yes_raises_the_cap_to_the_budget_and_a_no_to_nothing() -> None:
    plan = plan_of(BUY, limit_minor=3000)
    given = answered(plan, True, MANDATES)
    assert (given.approval, MANDATES.verify(given, "ann").cap_minor) == ("given", 3000)
    assert given.digest == plan.digest
    refused = answered(plan, False, MANDATES)
    assert (refused.approval, refused.mandate) == ("refused", None)


def test_who_pays_says_how() -> None:
    intent = Intent(text="x", acts=(BUY,), currency="EUR")
    granted = Granted("ann", frozenset(), 20_000)
    with pytest.raises(Unplannable, match="payment_method"):
        made(Wanted(intent=intent, cart_id="c"), {}, granted, MANDATES, "p-1", 1)
    only = Intent(text="x", acts=(ADD,), currency="EUR")
    wanted = Wanted(intent=only, cart_id="c", payment_method="pm_ok")
    assert made(wanted, {}, granted, MANDATES, "p-1", 1).payment_method is None
