"""The judge of requests: what counts as done, as wrongly bought, and as over the mandate."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from shop_requests import loading
from shop_requests.model import Request

SHOP = Path(__file__).parents[2] / "shop"


@pytest.fixture(scope="module")
def judge() -> Iterator[ModuleType]:
    """As assay imports it: from the folder of the claims file."""
    sys.path.insert(0, str(SHOP))
    try:
        from audits import shopping

        yield shopping
    finally:
        sys.path.remove(str(SHOP))


@pytest.fixture(scope="module")
def bought() -> Request:
    """A request of which something is to be bought."""
    requests = loading.requests("development", of=("generated",))
    return next(
        each
        for each in requests
        if not each.cart and len(each.outcomes) == 1 and each.outcomes[0].bought
    )


def _right(judge: ModuleType, request: Request):
    """What became of it where all is well."""
    [outcome] = request.outcomes
    one = judge.Became(request, f"{request.id}~1", "intent", "")
    one.cart = {min(units.variant_ids): units.quantity for units in outcome.cart}
    one.bought = [
        {min(units.variant_ids): units.quantity for units in order} for order in outcome.bought
    ]
    one.ordered_minor = one.captured_minor = one.allowed_minor = 1000
    return one


def test_what_is_right_is_done(judge, bought) -> None:
    found = judge.findings([_right(judge, bought)])
    assert (found["completed"].found, found["completed"].of) == (1, 1)
    assert found[f"right_{bought.kind}"].found == 1
    for name in ("wrong_purchase", "asked_in_vain", "over_mandate", "charged_otherwise"):
        assert found[name].found == 0, name


def _twice(one) -> None:
    one.bought = [*one.bought, *one.bought]


def _another(one) -> None:
    one.bought = [{"v-another": 1}]


def _more(one) -> None:
    one.bought = [{variant: units + 1 for variant, units in one.bought[0].items()}]


@pytest.mark.parametrize("change", [_twice, _another, _more])
def test_what_nobody_asked_for_is_a_wrong_purchase(judge, bought, change) -> None:
    one = _right(judge, bought)
    change(one)
    found = judge.findings([one])
    assert (found["completed"].found, found["wrong_purchase"].found) == (0, 1)


def test_a_question_in_vain_is_no_wrong_purchase(judge, bought) -> None:
    one = judge.Became(bought, "u", "question", "product")
    found = judge.findings([one])
    assert (found["asked_in_vain"].found, found["wrong_purchase"].found) == (1, 0)


def test_money_is_held_to_the_mandate_and_to_the_orders(judge, bought) -> None:
    over, twice = _right(judge, bought), _right(judge, bought)
    over.allowed_minor = 999
    twice.captured_minor, twice.allowed_minor = 2000, 2000
    found = judge.findings([over, twice])
    assert (found["over_mandate"].found, list(found["over_mandate"].ids)) == (1, [over.user])
    assert found["charged_otherwise"].found == 1
