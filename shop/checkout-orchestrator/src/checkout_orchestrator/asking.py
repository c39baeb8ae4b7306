"""Where the services are that commands are asked of over HTTP, and what asking comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from shop_kit.auth import Signer
from shop_kit.participant import SCOPE
from shop_messages import INVENTORY_COMMANDS, ORDER_COMMANDS, PAYMENT_COMMANDS, Reply

LEASE_S = 60.0
"""A checkout that nobody has moved for so long was left behind, and is taken up."""
PAUSE_S = 0.2
"""Before a command is asked again that had no answer."""
REPLY = msgspec.json.Decoder(Reply)


@dataclass(frozen=True)
class Services:
    """Base addresses."""

    inventory: str
    payment: str
    order: str

    def url(self, topic: str) -> str:
        """Where the commands of a topic go over HTTP."""
        bases = {
            INVENTORY_COMMANDS: self.inventory,
            PAYMENT_COMMANDS: self.payment,
            ORDER_COMMANDS: self.order,
        }
        return bases[topic].rstrip("/") + "/commands"


def headers_of(signer: Signer) -> Mapping[str, str]:
    """Good for a year: longer than the process lives."""
    token = signer.token("checkout-orchestrator", [SCOPE], ttl_s=365 * 86_400)
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


class NoAnswer(Exception):
    """Whether it has taken place is not known."""
