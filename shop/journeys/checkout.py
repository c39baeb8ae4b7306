"""Buyers: one to three things, paid, and the answer waited for."""

from __future__ import annotations

import asyncio
import csv
import functools
from collections.abc import Mapping
from pathlib import Path

import aiohttp
from shop_kit.auth import Signer

from assay.scripts import Client, Failed, Journey, Visit

MOST_ITEMS = 3
LEAST_ON_HAND = 20
"""What is nearly sold out is left to others: that it may be sold out is not what is measured."""
WAIT_S = 20
HESITATION_S = (0.2, 2.5)
TOKEN_S = 3600
OVER = ("confirmed", "cancelled")
REFUSED = (400, 401, 403, 404, 409, 422)
"""Told to have had no effect. After any other answer that is no success nobody knows."""


class Buyer(Journey):
    def headers(self) -> Mapping[str, str]:
        signer = Signer(self.around.provided["checkout.secret"].encode())
        return {"Authorization": f"Bearer {signer.token(f'buyer-{self.user}', ['shop'], TOKEN_S)}"}

    async def visit(self, client: Client) -> Visit:
        """Its outcome is the state in which the checkout ended."""
        checkout_id = await self.accepted(client, "pm_ok")
        return Visit(await self.ended(client, checkout_id), checkout_id)

    async def accepted(self, client: Client, payment_method: str) -> str:
        """Id of a checkout that was begun. Raises Failed."""
        units = for_sale(self.around.provided["filling.units"])
        chosen = self.chance.sample(units, self.chance.randint(1, MOST_ITEMS))
        items = [{"product_id": p, "variant_id": v, "quantity": 1} for p, v in chosen]
        key = f"{self.around.block}-{self.user}-{self.chance.getrandbits(64):x}"
        asked = {"items": items, "payment_method": payment_method}
        with client.operation("begin", f"buyer-{self.user} {key}") as operation:
            headers = {"Idempotency-Key": key}
            try:
                answer = await client.post("/api/checkout", json=asked, headers=headers)
            except aiohttp.ClientConnectorError:
                operation.failed()  # nobody was there to send it to
                raise
            if answer.status in REFUSED:
                operation.failed()
            if answer.status != 202:
                raise Failed(f"http_{answer.status} {answer.body[:200]!r}")
            checkout_id = answer.json()["checkout_id"]
            operation.ok(checkout_id)
        return checkout_id

    async def ended(self, client: Client, checkout_id: str) -> str:
        """The state it ended in; `unanswered` where that was not told, and the audit will tell."""
        while True:
            try:
                state = await self.read(client, checkout_id)
            except (aiohttp.ClientError, TimeoutError):
                return "unanswered"
            if state == "unanswered" or state in OVER:
                return state

    async def read(self, client: Client, checkout_id: str) -> str:
        """Its state; `unanswered` where there is no good answer. Raises as the client does."""
        path = f"/api/checkout/{checkout_id}"
        wait = {"Prefer": f"wait={WAIT_S}"}
        with client.operation("read", checkout_id) as operation:
            answer = await client.get(path, name="GET /api/checkout/{id}", headers=wait)
            if answer.status == 404:
                operation.ok("missing")
            if not answer.ok:
                return "unanswered"
            told = answer.json()
            operation.ok(told["state"], told["total_minor"])
            return told["state"]


class Fickle(Buyer):
    """One in five pays by a card that is declined, two take back what was confirmed.

    They look around between two visits, and hesitate before they take something back: so some come,
    and some come back, while nothing is answered.
    """

    think_s = (0.5, 2.0)

    async def visit(self, client: Client) -> Visit:
        """As a buyer's; `taken_back` and `declined` where that was what was wanted."""
        whim = self.chance.random()
        declined, regretted = whim < 0.2, whim >= 0.6
        checkout_id = await self.accepted(client, "pm_declined" if declined else "pm_ok")
        state = await self.ended(client, checkout_id)
        if declined:
            return Visit("declined" if state == "cancelled" else state, checkout_id)
        if state == "confirmed" and regretted:
            return Visit(await self.taken_back(client, checkout_id), checkout_id)
        return Visit(state, checkout_id)

    async def taken_back(self, client: Client, checkout_id: str) -> str:
        await asyncio.sleep(self.chance.uniform(*HESITATION_S))
        path = f"/api/checkout/{checkout_id}/cancellation"
        try:
            with client.operation("take_back", checkout_id) as operation:
                answer = await client.post(path, name="POST /api/checkout/{id}/cancellation")
                if answer.status == 202:
                    operation.ok()
                if answer.status in REFUSED:
                    operation.failed()
        except (aiohttp.ClientError, TimeoutError):
            return "unanswered"
        if answer.status != 202:
            return "unanswered"
        state = await self.ended(client, checkout_id)
        return "taken_back" if state == "cancelled" else state


@functools.cache
def for_sale(file: str) -> list[tuple[str, str]]:
    """(product, variant) of what there is enough of."""
    with Path(file).open(encoding="utf-8", newline="") as rows:
        return [
            (row["product_id"], row["variant_id"])
            for row in csv.DictReader(rows)
            if int(row["on_hand"]) >= LEAST_ON_HAND
        ]
