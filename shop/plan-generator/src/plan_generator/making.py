"""From what is wanted to a plan, with a mandate where none has to be asked for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace
from shop_intents import Plan

from plan_generator import granting
from plan_generator.bodies import Wanted
from plan_generator.errors import Unplannable
from plan_generator.mandates import Mandates, digest_of
from plan_generator.planning import plan as steps_of
from plan_generator.quoting import Priced, quote


@dataclass(frozen=True)
class Granted:
    """What the user's token says, and what the shop always asks about."""

    user_id: str
    scopes: frozenset[str]
    confirm_over_minor: int


def made(
    wanted: Wanted,
    prices: Mapping[str, Priced],
    granted: Granted,
    mandates: Mandates,
    plan_id: str,
    expires_at: int,
) -> Plan:
    """`prices`: of the cart. Raises Unplannable."""
    intent = wanted.intent
    steps = steps_of(intent, wanted.cart)
    quoted = quote(intent, prices)
    if quoted.pays and wanted.payment_method is None:
        raise Unplannable("a plan that pays needs a `payment_method`")
    most_minor = intent.total_most_minor
    budget_minor = quoted.total_minor if most_minor is None else most_minor
    if not quoted.pays:
        budget_minor = 0
    cap_minor = granting.cap_minor(granted.scopes, intent.currency)
    approval = granting.approval(quoted.pays, budget_minor, cap_minor, granted.confirm_over_minor)
    plan = Plan(
        plan_id=plan_id,
        user_id=granted.user_id,
        cart_id=wanted.cart_id,
        text=intent.text,
        steps=steps,
        currency=intent.currency,
        payment_method=wanted.payment_method if quoted.pays else None,
        budget_minor=budget_minor,
        quoted_minor=quoted.total_minor,
        approval=approval,
        digest="0" * 64,
        expires_at=expires_at,
    )
    plan = replace(plan, digest=digest_of(plan))
    return plan if approval == "needed" else mandated(plan, mandates)


def mandated(plan: Plan, mandates: Mandates) -> Plan:
    """Never for more than the plan's own budget, whatever was granted."""
    return replace(plan, mandate=mandates.signed(plan, plan.budget_minor))


def answered(plan: Plan, yes: bool, mandates: Mandates) -> Plan:
    """Of a plan whose approval is needed."""
    if not yes:
        return replace(plan, approval="refused")
    return mandated(replace(plan, approval="given"), mandates)
