"""The audit of pages: what a shopper is shown is what the store has, and what was made is there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import asyncpg
import httpx

from assay.scripts import Asked, Finding, Findings

AT_ONCE = 8


async def audit(asked: Asked) -> Findings:
    """Pages come to agree with the store a moment after the last change: that is waited for."""
    told = [(subject, outcome) for subject, outcome in asked.visits if "@" in subject]
    products = sorted({product_of(subject) for subject, _ in told})
    stored = await versions(asked.provided["catalogue.store"], products)
    shown = await pages(asked.addresses["product-read"], products)
    return findings(told, stored, shown, asked.final)


def findings(
    told: Sequence[tuple[str, str]],
    stored: Mapping[str, int],
    shown: Mapping[str, int],
    final: bool,
) -> Findings:
    """Of the versions of each product; `told` are (product@version, outcome). Pure."""
    stale = [f"{p}@{shown[p]}" for p in shown if shown[p] < stored[p]]
    if stale and not final:
        return Findings(waiting=f"{len(stale)} pages are behind the store")
    unknown = [each for each, _ in told if stored[product_of(each)] < version_of(each)]
    unknown += [f"{p}@{shown[p]}" for p in shown if shown[p] > stored[p]]
    back = [subject for subject, outcome in told if outcome == "went_back"]
    return Findings(
        {
            "stale": Finding(len(stale), len(shown), stale),
            "unknown": Finding(len(unknown), len(told) + len(shown), unknown),
            "went_back": Finding(len(back), len(told), back),
        }
    )


def product_of(subject: str) -> str:
    return subject.rpartition("@")[0]


def version_of(subject: str) -> int:
    return int(subject.rpartition("@")[2])


async def versions(dsn: str, products: Iterable[str]) -> Mapping[str, int]:
    """In the store."""
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            "SELECT id, version FROM products WHERE id = ANY ($1::text[])", list(products)
        )
    finally:
        await connection.close()
    return {row["id"]: row["version"] for row in rows}


async def pages(address: str, products: Iterable[str]) -> Mapping[str, int]:
    """Of the versions that are shown."""
    free = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(base_url=address, timeout=30, trust_env=False) as client:

        async def shown(product: str) -> int:
            async with free:
                answer = await client.get(f"/api/products/{product}")
                return answer.raise_for_status().json()["version"]

        products = list(products)
        found = await asyncio.gather(*map(shown, products))
    return dict(zip(products, found, strict=True))
