"""Shoppers who look at a product again and again, and keepers who change its price meanwhile."""

from __future__ import annotations

import asyncio
import csv
import functools
from collections.abc import Mapping
from pathlib import Path

from shop_kit.auth import Signer

from assay.scripts import Client, Failed, Journey, Visit

PRODUCTS = 300
"""Of the catalogue: few, so that what some change others see."""
LOOKS = 5
PAUSE_S = (0.05, 0.15)
TOKEN_S = 3600


class Looker(Journey):
    def headers(self) -> Mapping[str, str]:
        signer = Signer(self.around.provided["product-write.secret"].encode())
        token = signer.token(f"keeper-{self.user}", ["catalogue:write"], TOKEN_S)
        return {"Authorization": f"Bearer {token}"}

    async def visit(self, client: Client) -> Visit:
        """`looked` or `changed`, or `went_back` where an older page came after a newer one.

        Its subject is `product@version`: the newest that was seen, or made. Raises Failed.
        """
        product = self.chance.choice(some_of(self.around.provided["catalogue.ids"]))
        changes_at = self.chance.randrange(LOOKS) if self.chance.random() < 0.2 else None
        seen, made = 0, 0
        for look in range(LOOKS):
            page = await self.asked(client, "GET", product)
            version = page["version"]
            if version < seen:
                return Visit("went_back", f"{product}@{seen}")
            seen = version
            if look == changes_at:
                variant = self.chance.choice(page["variants"])
                change = {"id": variant["id"], "price_minor": self.chance.randrange(100, 100_000)}
                made = (await self.asked(client, "PATCH", product, {"variants": [change]}))[
                    "version"
                ]
            await asyncio.sleep(self.chance.uniform(*PAUSE_S))
        return Visit("changed" if made else "looked", f"{product}@{max(seen, made)}")

    async def asked(self, client: Client, method: str, product: str, body: object = None) -> dict:
        answer = await client.request(
            *(method, f"/api/products/{product}"),
            name=f"{method} /api/products/{{id}}",
            json=body,
            to="product-write" if method == "PATCH" else None,
        )
        if answer.status != 200:
            raise Failed(f"http_{answer.status} {answer.body[:200]!r}")
        return answer.json()


@functools.cache
def some_of(file: str) -> list[str]:
    with Path(file).open(encoding="utf-8", newline="") as rows:
        ids = [next(iter(row.values())) for row in csv.DictReader(rows)]
    return ids[:: max(1, len(ids) // PRODUCTS)][:PRODUCTS]
