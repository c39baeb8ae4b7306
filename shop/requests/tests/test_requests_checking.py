"""The set is sound, and each statement about the catalogue is one that can fail."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from shop_requests import loading
from shop_requests.catalogues import here
from shop_requests.checking import normalised, repeated, wrong_with, wrongs
from shop_requests.goods import goods
from shop_requests.model import Among, Outcome, Part, Request, Units, Verified, Verify

ALL_HERE = len(here()) == 3
KINDS = {
    "simple", "several_items", "limits", "quantity_words", "typos", "indirect", "conditions",
    "removals", "set_quantity", "swaps", "references", "buy_and_check_out", "cancel", "picks",
    "unwanted", "ambiguous", "impossible", "out_of_scope", "injections", "negated",
}  # fmt: skip


@cache
def requests(part: Part) -> list[Request]:
    return loading.requests(part)


def everything() -> list[Request]:
    return requests("development") + requests("test")


def test_every_kind_is_in_both_parts() -> None:
    for part in loading.PARTS:
        assert {request.kind for request in requests(part)} == KINDS


@pytest.mark.skipif(not ALL_HERE, reason="the machine does not have all three catalogues")
def test_there_are_enough_over_each_catalogue() -> None:
    found = [request.catalogue for request in everything()]
    assert len(requests("development")) >= 360
    assert len(requests("test")) >= 260
    assert 0.45 < found.count("generated") / len(found) < 0.55
    assert 0.20 < found.count("dummyjson") / len(found) < 0.30
    assert 0.20 < found.count("aws") / len(found) < 0.30


def test_ids_are_unique() -> None:
    ids = [request.id for request in everything()]
    ids += [request.id for group in loading.paraphrases() for request in group]
    ids += [each.id for each in loading.injected_requests() + loading.injected_products()]
    assert len(ids) == len(set(ids))


def test_no_text_is_written_twice() -> None:
    texts = [request.text for request in everything()]
    texts += [request.text for group in loading.paraphrases() for request in group]
    texts += [each.text for each in loading.injected_requests() + loading.injected_products()]
    assert repeated(texts) == []


def test_every_kind_expects_what_its_name_says() -> None:
    expected = {
        "ambiguous": "question",
        "impossible": "refusal",
        "out_of_scope": "refusal",
        "injections": "refusal",
    }
    for request in everything():
        decision = request.outcomes[0].decision
        assert decision == expected.get(request.kind, decision), request.id
    reasons = {"impossible": "impossible", "out_of_scope": "out_of_scope"}
    for request in everything():
        if request.kind in reasons:
            assert request.outcomes[0].detail == reasons[request.kind], request.id


def test_what_is_negated_or_injected_buys_nothing() -> None:
    for request in everything():
        if request.kind in ("negated", "injections"):
            assert all(outcome.bought == () for outcome in request.outcomes), request.id


def test_what_is_stated_holds() -> None:
    assert wrongs(everything()) == []
    assert wrongs(request for group in loading.paraphrases() for request in group) == []


def test_most_of_what_the_catalogue_can_tell_is_stated() -> None:
    """Of those whose right answer hangs on the catalogue or on the cart's lines."""
    hangs = [r for r in everything() if r.kind in ("simple", "picks", "ambiguous", "unwanted")]
    assert all(request.verified for request in hangs)
    assert sum(bool(r.verified) for r in everything()) > 0.7 * len(everything())


def test_there_are_fifty_groups_of_eight_wordings() -> None:
    groups = loading.paraphrases()
    assert [len(group) for group in groups] == [8] * 50
    for group in groups:
        assert {(r.cart, r.orders, r.outcomes) for r in group} == {
            (group[0].cart, group[0].orders, group[0].outcomes)
        }


def test_there_are_enough_injections() -> None:
    assert len(loading.injected_requests()) == len(loading.injected_products()) == 250
    assert {each.field for each in loading.injected_requests()} == {None}
    assert {each.field for each in loading.injected_products()} == {"title", "description"}


def test_texts_are_the_same_whatever_their_case_and_punctuation() -> None:
    assert normalised("Buy  the KETTLE, please!") == normalised("buy the kettle please")
    assert repeated(["Buy it.", "buy it", "sell it"]) == ["buy it"]


def stated(verify: Verify, among: Among, outcome: Outcome, quantity: int = 1) -> str:
    request = replace(everything()[0], cart=(), outcomes=(outcome,))
    verified = Verified(verify=verify, among=among, quantity=quantity)
    return wrong_with(request, verified, goods("generated"))


KETTLE = Among(words=("hob", "hearth", "teal", "kettle"))
DRILLS = Among(words=("cordless", "drill"))
QUESTION = Outcome("question", None, (), (), ())
REFUSAL = Outcome("refusal", None, (), (), ())


def adds(*titles: str) -> Outcome:
    ids = [
        offer.variant_id
        for title in titles
        for offer in goods("generated").among(Among(title=title))
    ]
    return Outcome("intent", None, (Units(frozenset(ids), 1),), (), ())


@pytest.mark.parametrize(
    ("verify", "among", "outcome", "other"),
    [
        ("unique", KETTLE, adds("Hob & Hearth Teal Kettle"), adds("Pestle Heath Blender")),
        ("unique", DRILLS, None, adds("Eisenhart Iris Cordless Drill")),
        (
            "cheapest",
            DRILLS,
            adds("Eisenhart Iris Cordless Drill"),
            adds("Trellis Wren Cordless Drill"),
        ),
        (
            "dearest",
            DRILLS,
            adds("Forge & Field Meadow Cordless Drill"),
            adds("Trellis Wren Cordless Drill"),
        ),
        (
            "best_rated",
            Among(words=("card", "game")),
            adds("Fox & Fable Heath Card Game"),
            adds("Kiddo Nord Hazel Card Game"),
        ),
        # Best by one lucky rating alone: nobody can say which is meant.
        ("best_rated", DRILLS, None, adds("Greenmantle Haven Cordless Drill")),
        ("ambiguous", DRILLS, QUESTION, adds("Eisenhart Iris Cordless Drill")),
        ("ambiguous", KETTLE, None, QUESTION),
        ("unknown", Among(words=("unicycle",)), REFUSAL, None),
        ("unknown", KETTLE, None, REFUSAL),
        ("sold_out", Among(words=("tavola", "rowan", "kettle")), REFUSAL, None),
        ("sold_out", KETTLE, None, REFUSAL),
        ("sold_out", Among(words=("unicycle",)), None, REFUSAL),
        ("beyond_limit", Among(words=("cordless", "drill"), below_minor=4000), REFUSAL, None),
        ("beyond_limit", Among(words=("cordless", "drill"), below_minor=9000), None, REFUSAL),
        ("beyond_limit", Among(words=("unicycle",), below_minor=9000), None, REFUSAL),
    ],
)
def test_a_statement_tells_right_from_wrong(
    verify: Verify, among: Among, outcome: Outcome | None, other: Outcome | None
) -> None:
    if outcome is not None:
        assert stated(verify, among, outcome) == ""
    if other is not None:
        assert stated(verify, among, other) != ""


def test_more_than_there_is_can_be_sold_out() -> None:
    assert stated("sold_out", KETTLE, REFUSAL, quantity=2) != ""
    assert stated("sold_out", KETTLE, REFUSAL, quantity=3) == ""


def test_lines_of_the_cart_are_looked_at() -> None:
    [lamp] = [r for r in everything() if r.text == "take the lamp out of my basket"]
    shop = goods("generated")
    lamps = Among(words=("lamp",))
    assert wrong_with(lamp, Verified(verify="held_twice", among=lamps), shop) == ""
    assert wrong_with(lamp, Verified(verify="held", among=lamps), shop) != ""
    assert wrong_with(lamp, Verified(verify="not_held", among=lamps), shop) != ""
    assert wrong_with(lamp, Verified(verify="not_held", among=KETTLE), shop) == ""
