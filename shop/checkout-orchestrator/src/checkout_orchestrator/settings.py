"""What can be set, from the environment; the secret of the tokens is SHOP_JWT_SECRET.

The three arms are given the same: connections to the store and to the services, provider,
time-outs. Each has, beside that, the one thing that limits it.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict
from shop_kit.logging import Level
from shop_kit.settings import Address, HostPort, PostgresUrl, Settings


class CheckoutSettings(Settings):
    model_config = SettingsConfigDict(env_prefix="CHECKOUT_")

    arm: Literal["saga", "async", "blocking"] = "saga"
    dsn: PostgresUrl
    lookup: str
    """The product lookup, host:port."""
    http_addr: Address = HostPort("127.0.0.1", 8085)
    kafka: str = ""
    """Of the saga arm: a broker, such as 127.0.0.1:9092."""
    inventory: str = ""
    """Of the other arms: where the services are, http://host:port."""
    payment: str = ""
    order: str = ""
    pool_max: int = Field(default=10, ge=1, le=1000)
    """Connections to the store. A change takes a millisecond or two: ten are enough for thousands a
    second, and more would only wait for the same disk."""
    threads: int = Field(default=64, ge=1, le=2000)
    """Of the blocking arm: checkouts under way at once. A thread is busy for as long as its
    checkout takes. Servers of this kind are run with 40 (Starlette's and FastAPI's pool) to 200
    (Tomcat's) of them."""
    service_connections: int = Field(default=256, ge=1, le=10_000)
    """Of the async arm: requests to the services under way at once."""
    pace: float = Field(default=1.0, gt=0, le=100)
    """Of the saga arm: what its deadlines are multiplied with."""
    log_level: Level = "info"

    @model_validator(mode="after")
    def _arm_has_what_it_needs(self) -> Self:
        if self.arm == "saga":
            if not self.kafka:
                raise ValueError("the saga needs CHECKOUT_KAFKA, such as 127.0.0.1:9092")
        elif not (self.inventory and self.payment and self.order):
            raise ValueError(
                f"CHECKOUT_ARM={self.arm} needs CHECKOUT_INVENTORY, CHECKOUT_PAYMENT and"
                " CHECKOUT_ORDER, such as http://127.0.0.1:8082"
            )
        return self
