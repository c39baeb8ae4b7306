"""A shopper who says what is wanted, and leaves the rest to the shop: sentence, plan, order."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from shop_kit.auth import Signer
from shop_requests import loading
from shop_requests.model import Request

from assay.scripts import Answer, Client, Failed, Journey, Visit

CART = "main"
BEFORE = "before-"
"""How the keys of orders begin that a request takes for granted."""
SPEND = "spend:EUR:100000000"
"""What the shopper's token lets a plan spend; a plan's own budget is far less."""
METHOD = "pm_ok"
WAIT_S = 20
TOKEN_S = 3600
OVER = ("confirmed", "cancelled")


class Shopper(Journey):
    async def visit(self, client: Client) -> Visit:
        """A request of the test part, by a user of its own, whose cart and orders are as it has
        them. The subject is the user and what was decided; the audit reads what became of it."""
        request = self.chance.choice(asked_for())
        user = f"{request.id}~{self.around.block}-{self.user}-{self.chance.getrandbits(48):x}"
        signer = Signer(self.around.provided["checkout.secret"].encode())
        token = signer.token(user, ["shop", SPEND], TOKEN_S)
        of_user = {"Authorization": f"Bearer {token}"}
        await _prepare(client, request, of_user)
        said = {
            "text": request.text,
            "cart": (await _read(client, of_user, "checkout", f"/api/carts/{CART}/items"))["items"],
            "orders": [
                {"order_id": each["order_id"], "lines": _lines(each["lines"])}
                for each in (await _read(client, of_user, "order", "/api/orders"))["orders"]
            ],
        }
        parsed = _good(
            await client.post("/parse-intent", json=said, headers=of_user, to="intent-parser")
        ).json()
        if parsed["type"] != "intent":
            about = parsed.get("about", parsed.get("reason", ""))
            return Visit(parsed["type"], f"{user} {parsed['type']}.{about}")
        decision = await _carried_out(client, of_user, parsed, said["cart"])
        return Visit(decision.partition(".")[0], f"{user} {decision}")


@functools.cache
def asked_for() -> Sequence[Request]:
    """Over the catalogue that is generated: the others are not everywhere."""
    return loading.requests("test", of=("generated",))


async def _prepare(client: Client, request: Request, of_user: Mapping[str, str]) -> None:
    for place in reversed(range(len(request.orders))):
        items = [_item(line) for line in request.orders[place].lines]
        answer = _good(
            await client.post(
                "/api/checkout",
                json={"items": items, "payment_method": METHOD},
                headers={**of_user, "Idempotency-Key": f"{BEFORE}{place}"},
                to="checkout",
            )
        )
        path = f"/api/checkout/{answer.json()['checkout_id']}"
        while _good(await _waited(client, path, of_user, "checkout")).json()["state"] not in OVER:
            pass
    for line in request.cart:
        _good(
            await client.post(
                f"/api/carts/{CART}/items",
                json=_item(line),
                headers=of_user,
                to="checkout",
                name="POST /api/carts/{id}/items",
            )
        )


async def _carried_out(client: Client, of_user: Mapping[str, str], intent: Any, cart: Any) -> str:
    """What the shop has decided in the end: `intent`, or a refusal with its reason."""
    wanted = {"intent": intent, "cart_id": CART, "cart": cart, "payment_method": METHOD}
    answer = await client.post("/generate-plan", json=wanted, headers=of_user, to="plan-generator")
    if answer.status == 422:
        return "refusal.impossible"
    plan = _good(answer).json()
    if plan["approval"] == "needed":
        answer = await client.post(
            f"/plans/{plan['plan_id']}/approval",
            json={"answer": "yes"},
            headers=of_user,
            to="plan-generator",
            name="POST /plans/{id}/approval",
        )
        plan = _good(answer).json()
    key = {"Idempotency-Key": plan["plan_id"]}
    answer = await client.post("/execute-plan", json={"plan": plan}, headers={**of_user, **key})
    path = f"/executions/{_good(answer).json()['execution_id']}"
    while True:
        execution = _good(await _waited(client, path, of_user, None)).json()
        if execution["state"] == "ended":
            break
    outcome = execution["outcome"]
    return "refusal.impossible" if outcome == "refused" else f"intent.{outcome}"


async def _waited(client: Client, path: str, of_user: Mapping[str, str], to: str | None) -> Answer:
    headers = {**of_user, "Prefer": f"wait={WAIT_S}"}
    folder = path.rpartition("/")[0]
    return await client.get(path, headers=headers, to=to, name=f"GET {folder}/{{id}}")


async def _read(client: Client, of_user: Mapping[str, str], service: str, path: str) -> Any:
    return _good(await client.get(path, headers=of_user, to=service)).json()


def _good(answer: Answer) -> Answer:
    if not answer.ok:
        raise Failed(f"http_{answer.status} {answer.body[:200]!r}")
    return answer


def _item(line: Any) -> dict[str, Any]:
    return {
        "product_id": line.product_id,
        "variant_id": line.variant_id,
        "quantity": line.quantity,
    }


def _lines(lines: Any) -> list[dict[str, Any]]:
    """Without their prices."""
    keys = ("product_id", "variant_id", "quantity")
    return [{key: line[key] for key in keys} for line in lines]
