"""The audit of checkouts, as `claims.yaml` asks for it: everything in `orders.py`, at rest, in
`prefixes.py`, at every moment, and in `operations.py`, of what users did and were told."""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg
from audits import operations, orders, prefixes
from audits.steps import met

from assay.scripts import Asked, Finding, Findings

ENDED = {
    "confirmed": "confirmed",
    "cancelled": "cancelled",
    "declined": "cancelled",
    "taken_back": "cancelled",
}
"""What a buyer was told → the state that the checkout must have."""


async def audit(asked: Asked) -> Findings:
    stores = stores_of(asked.addresses, asked.provided)
    if not asked.final and (waiting := await under_way(stores)):
        return Findings(waiting=waiting)
    told = {subject: ENDED[outcome] for subject, outcome in asked.visits if outcome in ENDED}
    books = await orders.read(stores)
    acknowledged = {subject for subject, _ in asked.visits}
    found = {
        name: Finding(each.found, each.of, each.ids)
        for name, each in orders.findings(books, acknowledged).items()
    }
    found |= prefixes.findings(books) | operations.findings(books, asked.operations())
    found["lost"] = _both(found["lost"], found.pop("unkept"))
    mistold = sorted(
        each
        for each, state in told.items()
        if each not in books.checkouts or books.checkouts[each]["state"] != state
    )
    counts = {**found, "mistold": Finding(len(mistold), len(told), mistold)}
    if asked.broken is None:
        return Findings(counts)
    return Findings(counts, met=await met(stores.checkout, asked.operations(), asked.broken))


def _both(one: Finding, other: Finding) -> Finding:
    return prefixes.finding({*one.ids, *other.ids}, max(one.of, other.of))


def stores_of(addresses: Mapping[str, str], provided: Mapping[str, str]) -> orders.Stores:
    return orders.Stores(
        checkout=provided["books.checkout"],
        inventory=provided["books.inventory"],
        payment=provided["books.payment"],
        order=provided["books.order"],
        provider=addresses["provider"],
        provider_key=provided["provider.key"],
        kafka=provided.get("bus.broker", ""),
    )


async def under_way(stores: orders.Stores) -> str:
    """What the shop has not ended yet; empty where it is at rest."""
    connection = await asyncpg.connect(stores.checkout)
    try:
        running = await connection.fetchval(
            "SELECT count(*) FROM checkouts WHERE state NOT IN ('confirmed', 'cancelled')"
        )
    finally:
        await connection.close()
    if running:
        return f"{running} checkouts are under way"
    for name in ("checkout", "inventory", "payment", "order"):
        connection = await asyncpg.connect(getattr(stores, name))
        try:
            waiting = await connection.fetchval("SELECT count(*) FROM outbox")
        finally:
            await connection.close()
        if waiting:
            return f"{waiting} events wait in the outbox of {name}"
    return ""
