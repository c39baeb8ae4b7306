"""Buyers in a closed loop: each has one to three things paid, and then the next."""

from __future__ import annotations

import asyncio
import csv
import random
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.checkout.setting import Setting

MOST_ITEMS = 3
LEAST_ON_HAND = 20
"""What is nearly sold out is left alone: that it may be is not what is measured."""

Item = tuple[str, str]
"""Product and variant; one of each is bought."""
Buy = Callable[[str, Sequence[Item]], Awaitable[str]]
"""With an idempotency key, these items: the state in which the checkout ended."""


@dataclass(frozen=True)
class Ended:
    at_s: float
    took_s: float
    state: str


@dataclass(frozen=True)
class Round:
    per_s: float
    """Checkouts that were confirmed."""
    p50_s: float
    p99_s: float
    others: Counter[str]
    """Ended in another way: their states."""


async def rounds(buy: Buy, units: Sequence[Item], setting: Setting, seed: int) -> list[Round]:
    """After the warm-up, round upon round without a pause; what is under way then is awaited."""
    ended: list[Ended] = []
    began_s = time.monotonic() + setting.warm_s
    until_s = began_s + setting.rounds * setting.seconds
    async with asyncio.TaskGroup() as users:
        for user in range(setting.users):
            chance = random.Random(f"{seed}-{user}")
            users.create_task(_shop(buy, units, chance, until_s, ended))
    return [
        _round(ended, began_s + number * setting.seconds, setting.seconds)
        for number in range(setting.rounds)
    ]


def for_sale(file: Path) -> list[Item]:
    """Of the list that the inventory's filling leaves."""
    with file.open(encoding="utf-8", newline="") as rows:
        return [
            (row["product_id"], row["variant_id"])
            for row in csv.DictReader(rows)
            if int(row["on_hand"]) >= LEAST_ON_HAND
        ]


async def _shop(
    buy: Buy, units: Sequence[Item], chance: random.Random, until_s: float, ended: list[Ended]
) -> None:
    while (began_s := time.monotonic()) < until_s:
        items = chance.sample(units, chance.randint(1, MOST_ITEMS))
        state = await buy(f"{chance.getrandbits(128):032x}", items)
        now_s = time.monotonic()
        ended.append(Ended(now_s, now_s - began_s, state))


def _round(ended: Sequence[Ended], from_s: float, seconds: float) -> Round:
    within = [each for each in ended if from_s <= each.at_s < from_s + seconds]
    took_s = sorted(each.took_s for each in within if each.state == "confirmed")
    if len(took_s) < 2:
        raise RuntimeError(f"hardly anything was confirmed: {Counter(e.state for e in within)}")
    return Round(
        len(took_s) / seconds,
        statistics.median(took_s),
        statistics.quantiles(took_s, n=100)[98],
        Counter(each.state for each in within if each.state != "confirmed"),
    )
