"""Mandates: good for one plan, one user, one merchant, one time, and nobody else makes them."""

from __future__ import annotations

import time
from collections.abc import Callable

import jwt
import msgspec
import pytest
from msgspec.structs import replace
from plan_generator.mandates import BadMandate, Mandates, digest_of
from shop_intents import Mandate, Plan, Step

SECRET = b"a secret for the tests of mandates, long enough"
MANDATES = Mandates(SECRET, "shop")
NOW_S = int(time.time())


def bare(**more: object) -> Plan:
    fields: dict[str, object] = {
        "plan_id": "p-1", "user_id": "ann", "cart_id": "c", "text": "buy it", "currency": "EUR",
        "steps": (Step(id="s1", kind="check_out"),), "payment_method": "pm_ok",
        "budget_minor": 500, "quoted_minor": 500, "approval": "not_needed", "digest": "0" * 64,
        "expires_at": NOW_S + 3600,
    }  # fmt: skip
    plan = Plan(**fields | more)  # type: ignore[arg-type]
    return replace(plan, digest=digest_of(plan))


def mandated(mandates: Mandates = MANDATES, **more: object) -> Plan:
    plan = bare(**more)
    return replace(plan, mandate=mandates.signed(plan, plan.budget_minor))


def of_mandate(plan: Plan, **more: object) -> Plan:
    assert plan.mandate is not None
    return replace(plan, mandate=replace(plan.mandate, **more))


def changed(plan: Plan, **more: object) -> Plan:
    """By one who knows how a digest is made."""
    plan = replace(plan, **more)
    return replace(plan, digest=digest_of(plan))


def unsigned(plan: Plan) -> Plan:
    """By the algorithm `none`."""
    assert plan.mandate is not None
    claims = jwt.decode(plan.mandate.signature, options={"verify_signature": False})
    return of_mandate(plan, signature=jwt.encode(claims, None, "none"))


def test_a_good_one_is_good_wherever_it_has_been() -> None:
    plan = mandated()
    again = msgspec.json.decode(msgspec.json.encode(plan), type=Plan)
    assert MANDATES.verify(again, "ann") == plan.mandate
    # Whether it was asked for is no part of what was signed.
    assert MANDATES.verify(replace(again, approval="given"), "ann") == plan.mandate


OTHER = Mandates(b"another secret, as long as the first one", "shop")
OTHER_SHOP = Mandates(SECRET, "another shop")
DEARER = (Step(id="s1", kind="check_out"), Step(id="s2", kind="check_out"))
FORGED: list[tuple[str, Callable[[], Plan], str]] = [
    ("none while it is asked for", lambda: bare(approval="needed"), "needs an approval"),
    ("none after a no", lambda: bare(approval="refused"), "was refused"),
    ("none at all", bare, "has no mandate"),
    ("another secret", lambda: mandated(OTHER), "signature is not ours"),
    ("no signature", lambda: unsigned(mandated()), "signature is not ours"),
    ("half a signature", lambda: of_mandate(mandated(), signature="e30"), "is not ours"),
    ("a higher cap", lambda: of_mandate(mandated(), cap_minor=10**6), "it was changed"),
    ("a later end", lambda: of_mandate(mandated(), expires_at=NOW_S + 9999), "it was changed"),
    ("other steps", lambda: replace(mandated(), steps=DEARER), "the plan is not the one"),
    ("a higher budget", lambda: replace(mandated(), budget_minor=501), "the plan is not the one"),
    ("another cart", lambda: replace(mandated(), cart_id="d"), "the plan is not the one"),
    ("other steps, digested", lambda: changed(mandated(), steps=DEARER), "for another plan"),
    ("another's plan", lambda: mandated(user_id="bob"), "the plan is another user's"),
    (
        "another's mandate",
        lambda: replace(mandated(), mandate=mandated(user_id="bob").mandate),
        "the mandate is another user's",
    ),
    ("another merchant", lambda: mandated(OTHER_SHOP), "for another merchant"),
    ("too late", lambda: mandated(expires_at=NOW_S - 1), "has expired"),
]


@pytest.mark.parametrize(("says", "plan", "told"), FORGED, ids=[row[0] for row in FORGED])
def test_a_bad_one_is_refused_with_the_reason(
    says: str, plan: Callable[[], Plan], told: str
) -> None:
    with pytest.raises(BadMandate, match=told):
        MANDATES.verify(plan(), "ann")


def test_a_mandate_of_another_currency_is_none() -> None:
    plan = mandated()
    assert plan.mandate is not None
    swapped = replace(plan.mandate, currency="USD")
    claims = jwt.decode(plan.mandate.signature, options={"verify_signature": False})
    signature = jwt.encode(claims | {"currency": "USD"}, SECRET, "HS256")
    with pytest.raises(BadMandate, match="another currency"):
        MANDATES.verify(replace(plan, mandate=replace(swapped, signature=signature)), "ann")


def test_a_token_of_the_shop_is_no_mandate() -> None:
    """Though it were signed with the same secret."""
    claims = {"iss": "shop", "sub": "ann", "exp": NOW_S + 60, "scope": "shop"}
    token = jwt.encode(claims, SECRET, "HS256")
    with pytest.raises(BadMandate, match="not ours"):
        MANDATES.verify(of_mandate(mandated(), signature=token), "ann")


def test_a_digest_is_of_all_but_approval_and_mandate() -> None:
    plan = bare()
    varied = {
        "plan_id": "p-2", "user_id": "bob", "cart_id": "d", "text": "no", "steps": (),
        "currency": "USD", "payment_method": "pm_2", "budget_minor": 1, "quoted_minor": 1,
        "expires_at": 1,
    }  # fmt: skip
    assert {*varied, "approval", "mandate", "digest"} == {*Plan.__struct_fields__}
    digests = {digest_of(replace(plan, **{name: value})) for name, value in varied.items()}
    assert len(digests | {plan.digest}) == len(varied) + 1
    assert digest_of(replace(plan, approval="given", digest="1" * 64)) == plan.digest


def test_a_short_secret_makes_no_mandates() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        Mandates(b"short", "shop")


def test_what_is_signed_is_all_that_a_mandate_says() -> None:
    plan = mandated()
    assert plan.mandate is not None
    claims = jwt.decode(plan.mandate.signature, options={"verify_signature": False})
    said = {name: getattr(plan.mandate, name) for name in Mandate.__struct_fields__}
    del said["signature"]
    assert set(said.values()) <= set(claims.values())
