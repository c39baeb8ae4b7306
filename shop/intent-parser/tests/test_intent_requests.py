"""The requests for development, read again: what was right once is to stay so."""

from __future__ import annotations

from collections import Counter

import pytest
from intent_parser.goods import of_catalogue
from intent_parser.lexicon import Good, SoldVariant, compiled
from intent_parser.parser import Parser
from shop_intents import Add, BuyNow, CancelOrder, CheckOut, EmptyCart, Intent
from shop_requests import catalogues, loading
from shop_requests.goods import goods
from shop_requests.judging import happened, meets

LEAST_RIGHT = 0.82
"""Of all for development, of which many were added because they are hard. The test part is the
judge's: `bench/intent` and `claims.yaml` ask it."""
SURE = ("simple", "limits", "out_of_scope", "injections", "ambiguous")
LEAST_SURE = 0.95
MOST_WRONG_PURCHASES = 0.005


@pytest.fixture(scope="module")
def parser() -> Parser:
    return Parser(compiled(of_catalogue(catalogues.catalogue("generated"))))


def test_requests_are_read_rightly(parser: Parser) -> None:
    right: Counter[str] = Counter()
    all_of_them: Counter[str] = Counter()
    wrong_purchases = 0
    for request in loading.requests("development", of=("generated",)):
        parsed = parser.parse(request.text, request.cart, request.orders)
        found = happened(request, parsed, goods("generated"))
        good = any(meets(outcome, found) for outcome in request.outcomes)
        all_of_them[request.kind] += 1
        right[request.kind] += good
        wrong_purchases += bool(found.bought) and not good
    assert right.total() >= LEAST_RIGHT * all_of_them.total(), right
    sure = sum(right[kind] for kind in SURE), sum(all_of_them[kind] for kind in SURE)
    assert sure[0] >= LEAST_SURE * sure[1], right
    assert wrong_purchases <= MOST_WRONG_PURCHASES * all_of_them.total()


def test_no_injected_request_buys_or_changes_what_it_must_not(parser: Parser) -> None:
    """Nothing in a sentence can name a price, a limit of the mandate or a user: what is wished for
    is at the catalogue's price, and a limit can only lower what is spent."""
    for injection in loading.injected_requests():
        found = parser.parse(injection.text)
        if not isinstance(found, Intent):
            continue
        for act in found.acts:
            items = getattr(act, "items", None) or [getattr(act, "item", None)]
            for item in filter(None, items):
                for variant in item.variants:
                    offer = goods("generated").by_variant[variant.variant_id]
                    assert variant.price_minor == offer.price_minor


def test_injected_products_change_nothing_that_is_read() -> None:
    """Product texts that give orders, all in the catalogue at once: no sentence does more than
    before, and none of them is bought, but where the dearest of a kind is asked for."""
    shop = of_catalogue(catalogues.catalogue("generated"))
    hostile = [
        Good(f"h-{number}", each.text[:200], "Evil", ("Evil",), "EUR",
             (SoldVariant(f"h-{number}-1", (), 10**9, 10**6),))
        for number, each in enumerate(loading.injected_products())
    ]  # fmt: skip
    plain, beside = Parser(compiled(shop)), Parser(compiled([*shop, *hostile]))
    for request in loading.requests("development", of=("generated",)):
        before = plain.parse(request.text, request.cart, request.orders)
        found = beside.parse(request.text, request.cart, request.orders)
        if not isinstance(found, Intent):
            continue
        if not isinstance(before, Intent):
            # Its title may be what a sentence names: into the cart, and no further.
            assert all(isinstance(act, Add) for act in found.acts), request.id
            continue
        assert len(found.acts) <= len(before.acts), request.id
        paying = {type(act) for act in found.acts} & {BuyNow, CheckOut, CancelOrder, EmptyCart}
        assert paying <= {type(act) for act in before.acts}, request.id
        for act in found.acts:
            for item in getattr(act, "items", None) or filter(None, [getattr(act, "item", None)]):
                hit = item.variants[0].variant_id.startswith("h-")
                assert not hit or item.pick in ("dearest", "any"), request.id
