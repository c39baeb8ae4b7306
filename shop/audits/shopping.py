"""The judge of autonomous shopping: what became of each request, as the stores have it.

It knows the requests and the stores, and none of the services that read, planned or carried out.
A request is right where what was decided, the cart, the new orders and the cancelled ones are one
of its outcomes; money is what the payments say, not the plans.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg
from audits import checkouts
from shop_requests import loading
from shop_requests.goods import goods
from shop_requests.judging import Happened, meets
from shop_requests.model import Request

from assay.scripts import Asked, Finding, Findings

BEFORE = "before-"
"""How the keys of orders begin that a request takes for granted: `journeys.shopping`."""


@dataclass
class Became:
    """What became of one request."""

    request: Request
    user: str
    decision: str
    detail: str
    cart: dict[str, int] = field(default_factory=dict[str, int])
    bought: list[dict[str, int]] = field(default_factory=list[dict[str, int]])
    cancelled: set[str] = field(default_factory=set[str])
    ordered_minor: int = 0
    """Of the new orders."""
    captured_minor: int = 0
    """Of their payments."""
    allowed_minor: int | None = None
    """By the mandates; None where there is none."""

    @property
    def happened(self) -> Happened:
        return Happened(
            self.decision, self.detail or None, self.cart, self.bought, frozenset(self.cancelled)
        )

    @property
    def right(self) -> bool:
        return any(meets(outcome, self.happened) for outcome in self.request.outcomes)

    @property
    def feasible(self) -> bool:
        """Whether there is something right to be done, and it is not to ask or to refuse."""
        return all(outcome.decision == "intent" for outcome in self.request.outcomes)

    @property
    def wrongly_bought(self) -> bool:
        """Whether something was bought that no right outcome buys."""
        bought = self.happened
        return bool(bought.bought) and not any(
            meets(outcome, Happened(outcome.decision, outcome.detail, bought.cart, bought.bought,
                                    frozenset(outcome.cancelled)))
            for outcome in self.request.outcomes
        )  # fmt: skip

    @property
    def asked_in_vain(self) -> bool:
        wanted = {outcome.decision for outcome in self.request.outcomes}
        return self.decision == "question" and "question" not in wanted


async def audit(asked: Asked) -> Findings:
    stores = checkouts.stores_of(asked.addresses, asked.provided)
    if not asked.final and (waiting := await checkouts.under_way(stores)):
        return Findings(waiting=waiting)
    all_of_them = await read(
        [subject for subject, _ in asked.visits], stores.checkout, stores.order, stores.payment,
        asked.provided["books.plans"],
    )  # fmt: skip
    for each in all_of_them:
        if not each.right:
            print(json.dumps(told(each)), flush=True)
    return Findings(findings(all_of_them))


def findings(all_of_them: Sequence[Became]) -> dict[str, Finding]:
    """Shares by kind of request, and what must not be, with the users."""
    feasible = [each for each in all_of_them if each.feasible]
    others = [each for each in all_of_them if not each.feasible]
    kinds: dict[str, list[Became]] = defaultdict(list)
    for each in all_of_them:
        kinds[each.request.kind].append(each)
    return {
        "completed": _share(feasible, lambda each: each.right),
        "rightly_refused": _share(others, lambda each: each.right),
        "asked_in_vain": _share(feasible, lambda each: each.asked_in_vain),
        "wrong_purchase": _share(all_of_them, lambda each: each.wrongly_bought),
        **{
            f"right_{kind}": _share(some, lambda each: each.right)
            for kind, some in sorted(kinds.items())
        },
        "over_mandate": _none(all_of_them, _over_mandate),
        "charged_otherwise": _none(
            all_of_them, lambda each: each.captured_minor != each.ordered_minor
        ),
    }


def _over_mandate(each: Became) -> bool:
    return each.captured_minor > (each.allowed_minor or 0)


def _share(some: Sequence[Became], so: Callable[[Became], bool]) -> Finding:
    return Finding(sum(map(so, some)), len(some))


def _none(some: Sequence[Became], so: Callable[[Became], bool]) -> Finding:
    """Of what must not be: the subjects, so that they are not counted as done."""
    users = [each.user for each in some if so(each)]
    return Finding(len(users), len(some), users)


async def read(
    subjects: Iterable[str], checkout: str, order: str, payment: str, plans: str
) -> list[Became]:
    """What became of these subjects, as the stores have it."""
    requests = {each.id: each for each in loading.requests("test", of=("generated",))}
    found: dict[str, Became] = {}
    for subject in subjects:
        user, _, decided = subject.partition(" ")
        decision, _, detail = decided.partition(".")
        request = requests[user.partition("~")[0]]
        found[user] = Became(request, user, decision, "" if decision == "intent" else detail)
    for row in await _rows(checkout, "SELECT user_id, variant_id, quantity FROM cart_items", found):
        found[row["user_id"]].cart[row["variant_id"]] = row["quantity"]
    keys = {
        row["checkout_id"]: (row["user_id"], row["idempotency_key"])
        for row in await _rows(
            checkout, "SELECT user_id, checkout_id, idempotency_key FROM checkouts", found
        )
    }
    totals = "SELECT user_id, checkout_id, order_id, state, lines, total_minor FROM orders"
    new: dict[str, str] = {}
    for row in await _rows(order, totals, found):
        if row["total_minor"] is None:
            continue
        user, key = keys[row["checkout_id"]]
        if key.startswith(BEFORE):
            if row["state"] == "cancelled":
                found[user].cancelled.add(f"o-{key.removeprefix(BEFORE)}")
        elif row["state"] == "confirmed":
            lines = json.loads(row["lines"])
            found[user].bought.append({each["variant_id"]: each["quantity"] for each in lines})
            found[user].ordered_minor += row["total_minor"]
            new[row["checkout_id"]] = user
    captured = "SELECT checkout_id, amount_minor FROM payments WHERE state = 'captured'"
    for row in await _all(payment, captured):
        user, key = keys.get(row["checkout_id"], ("", BEFORE))
        if not key.startswith(BEFORE):
            found[user].captured_minor += row["amount_minor"]
    for row in await _rows(plans, "SELECT user_id, plan FROM plans", found):
        mandate = json.loads(row["plan"]).get("mandate")
        if mandate is not None:
            one = found[row["user_id"]]
            one.allowed_minor = (one.allowed_minor or 0) + mandate["cap_minor"]
    return list(found.values())


async def _rows(dsn: str, select: str, users: Mapping[str, object]) -> list[asyncpg.Record]:
    """Those of these users."""
    return await _all(dsn, f"{select} WHERE user_id = ANY($1)", list(users))


async def _all(dsn: str, select: str, *values: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(select, *values)
    finally:
        await connection.close()


def told(each: Became) -> dict[str, object]:
    """A failure, for whoever reads the audit's log."""
    shop = goods(each.request.catalogue)

    def lines(some: Mapping[str, int]) -> list[str]:
        return [f"{units} {shop.by_variant[variant].title}" for variant, units in some.items()]

    return {
        "request": each.request.id,
        "text": each.request.text,
        "decision": f"{each.decision}.{each.detail}",
        "expected": sorted({outcome.decision for outcome in each.request.outcomes}),
        "cart": lines(each.cart),
        "bought": [lines(some) for some in each.bought],
        "cancelled": sorted(each.cancelled),
    }
