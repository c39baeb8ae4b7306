"""Which checkouts were at which step of their saga in a span of time, from their history, and which
were being begun or asked for meanwhile, from that of their users."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import asyncpg

from assay.scripts.history import Operation

ACCEPT = "accept"
READ = "read"
STEPS = {
    "running": ("reserve", "pay", "pay", "confirm", "confirm"),
    "undoing": ("release", "refund", "refund", "cancel", "release"),
}
"""State → what each step of it is: stock, authorisation and capture, order, stock."""

AT_STEPS = """
    WITH stays AS (
        SELECT checkout_id, state, step, at AS since,
            lead(at) OVER (PARTITION BY checkout_id ORDER BY seq) AS until
        FROM checkout_history)
    SELECT DISTINCT checkout_id, state, step FROM stays
    WHERE state = ANY ($3::text[]) AND since < $2 AND coalesce(until > $1, true)
"""
ACCEPTED = "SELECT checkout_id FROM checkouts WHERE created_at >= $1 AND created_at < $2"


async def met(
    dsn: str, operations: Iterable[Operation], span: tuple[float, float]
) -> dict[str, list[str]]:
    """Step → ids of the checkouts that were at it; `span` in s since 1970."""
    begin, end = (datetime.fromtimestamp(each, UTC) for each in span)
    connection = await asyncpg.connect(dsn)
    try:
        accepted = await connection.fetch(ACCEPTED, begin, end)
        stays = await connection.fetch(AT_STEPS, begin, end, list(STEPS))
    finally:
        await connection.close()
    found: dict[str, set[str]] = {ACCEPT: {row["checkout_id"] for row in accepted}}
    for names in STEPS.values():
        for name in names:
            found.setdefault(name, set())
    for row in stays:
        found[STEPS[row["state"]][row["step"]]].add(row["checkout_id"])
    begun, read = under_way(operations, span)
    found[ACCEPT] |= begun
    found[READ] = read
    return {step: sorted(ids) for step, ids in found.items()}


def under_way(
    operations: Iterable[Operation], span: tuple[float, float]
) -> tuple[set[str], set[str]]:
    """Checkouts that somebody was beginning in it, and those whose state somebody waited for; ids.

    Of one that nobody learnt the id of, the user's key stands for it. Pure.
    """
    begin_us, end_us = (each * 1e6 for each in span)
    begun: set[str] = set()
    read: set[str] = set()
    for it in operations:
        if it.began_us >= end_us or it.ended_us <= begin_us:
            continue
        if it.what == "begin":
            begun.add(it.seen if it.outcome == "ok" else it.key)
        elif it.what == "read":
            read.add(it.key)
    return begun, read
