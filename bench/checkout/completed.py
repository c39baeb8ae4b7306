"""Completed checkouts a second: our saga beside a workflow of DBOS, provider and buyers the same.

Each arm has a core and fresh stores, the buyers the other core. On the saga's are a broker and five
services that share no database, on DBOS's one process; on both is Postgres.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench import peers
from bench.checkout.arms import ARMS, Arm
from bench.checkout.buyers import Round, rounds
from bench.checkout.setting import Setting
from bench.figures import ratio


def main() -> None:
    """Print each start's rounds and the ratio. Exits with 1 where orders and captures differ."""
    setting = Setting.of_environment()
    print(
        f"\ncheckouts by {setting.users} buyers; provider p50 {setting.median_ms:g} ms, "
        f"p99 {setting.p99_ms:g} ms; {setting.epochs} starts of {setting.rounds} rounds of "
        f"{setting.seconds:g} s in turn"
    )
    print(f"  {'':<6}{'confirmed/s':>12}{'p50 ms':>9}{'p99 ms':>9}  ended otherwise")
    found: dict[str, list[Round]] = {name: [] for name in ARMS}
    for epoch in range(setting.epochs):
        for name, start in ARMS.items():
            with start(setting) as arm:
                found[name] += _measured(name, arm, setting, epoch)
    per_s = {name: [each.per_s for each in many] for name, many in found.items()}
    for name, rates in per_s.items():
        print(f"  {name}: {statistics.median(rates):.1f} checkouts/s (median)")
    print(f"  ratio saga / dbos: {ratio(per_s['saga'], per_s['dbos'])}")


def _measured(name: str, arm: Arm, setting: Setting, epoch: int) -> Sequence[Round]:
    async def run() -> list[Round]:
        async with arm.open() as buy:
            return await rounds(buy, arm.units, setting, seed=epoch)

    with _on_client_core():
        measured = asyncio.run(run())
    for each in measured:
        others = ", ".join(f"{count} {state}" for state, count in each.others.items())
        print(
            f"  {name:<6}{each.per_s:>12.1f}{each.p50_s * 1e3:>9.0f}{each.p99_s * 1e3:>9.0f}"
            f"  {others or 'none'}"
        )
    books = arm.books()
    if books.orders != books.captures:
        sys.exit(f"{name}: {books.orders} orders, and {books.captures} payments were captured")
    return measured


@contextmanager
def _on_client_core() -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {peers.CLIENT_CORE})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
