"""Buyers of a shop, and whether it has kept what it told them to be ordered."""

import json
import urllib.request

from assay.scripts import Asked, Client, Finding, Findings, Journey, Visit


class Buyer(Journey):
    async def visit(self, client: Client) -> Visit:
        answer = await client.post("/orders")
        return Visit("ok" if answer.ok else "refused", answer.json()["id"])


def audit(asked: Asked) -> Findings:
    with urllib.request.urlopen(asked.addresses["shop"] + "/orders") as answer:
        kept = set(json.load(answer))
    told = [order for order, outcome in asked.visits if outcome == "ok"]
    lost = [order for order in told if order not in kept]
    return Findings({"lost": Finding(len(lost), len(told), lost)})
