"""A buyer: one to three things, paid, and the answer waited for."""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from pathlib import Path

from shop_kit.auth import Signer

from assay.scripts import Client, Failed, Journey, Visit

MOST_ITEMS = 3
LEAST_ON_HAND = 20
"""What is nearly sold out is left to others: that it may be sold out is not what is measured."""
WAIT_S = 20
TOKEN_S = 3600
OVER = ("confirmed", "cancelled")


class Buyer(Journey):
    def headers(self) -> Mapping[str, str]:
        signer = Signer(self.around.provided["checkout.secret"].encode())
        return {"Authorization": f"Bearer {signer.token(f'buyer-{self.user}', ['shop'], TOKEN_S)}"}

    async def visit(self, client: Client) -> Visit:
        """Its outcome is the state in which the checkout ended."""
        units = for_sale(self.around.provided["filling.units"])
        chosen = self.chance.sample(units, self.chance.randint(1, MOST_ITEMS))
        items = [{"product_id": p, "variant_id": v, "quantity": 1} for p, v in chosen]
        key = f"{self.around.block}-{self.user}-{self.chance.getrandbits(64):x}"
        asked = {"items": items, "payment_method": "pm_ok"}
        answer = await client.post("/api/checkout", json=asked, headers={"Idempotency-Key": key})
        if answer.status != 202:
            raise Failed(f"http_{answer.status} {answer.body[:200]!r}")
        checkout_id = answer.json()["checkout_id"]
        while True:
            answer = await client.get(
                f"/api/checkout/{checkout_id}",
                name="GET /api/checkout/{id}",
                headers={"Prefer": f"wait={WAIT_S}"},
            )
            if not answer.ok:
                raise Failed(f"http_{answer.status} {answer.body[:200]!r}")
            if answer.json()["state"] in OVER:
                return Visit(answer.json()["state"], checkout_id)


@functools.cache
def for_sale(file: str) -> list[tuple[str, str]]:
    """(product, variant) of what there is enough of."""
    with Path(file).open(encoding="utf-8", newline="") as rows:
        return [
            (row["product_id"], row["variant_id"])
            for row in csv.DictReader(rows)
            if int(row["on_hand"]) >= LEAST_ON_HAND
        ]
