"""`python -m payment`: the service, from its settings to its exit code."""

from __future__ import annotations

from typing import Annotated

import msgspec
from prometheus_client import CollectorRegistry
from pydantic import AfterValidator, Field
from pydantic_settings import SettingsConfigDict
from shop_kit.breaker import Breaker, BreakerMetrics, BreakerSettings
from shop_kit.participant import Participant, ParticipantSettings, main
from shop_kit.settings import Address, HostPort
from shop_kit.store import Store
from shop_messages import (
    CHECKOUT_REPLIES,
    DEAD_LETTERS,
    PAYMENT_COMMANDS,
    PaymentCommand,
    PaymentReply,
)

from payment.book import SCHEMA, carry_out
from payment.provider import Provider
from payment.worker import Worker


def _http_url(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("not an address; write http://host:port")
    return url


class PaymentSettings(ParticipantSettings):
    model_config = SettingsConfigDict(env_prefix="PAYMENT_")

    http_addr: Address = HostPort("127.0.0.1", 8083)
    provider: Annotated[str, AfterValidator(_http_url)] = "http://127.0.0.1:8090"
    provider_key: str
    provider_timeout_s: float = Field(default=5.0, gt=0, le=60)
    """Past it whether a call took place is unknown, and is asked for."""
    provider_calls: int = Field(default=256, ge=1, le=10_000)
    """Under way at once, at most."""


def _worker(config: PaymentSettings, store: Store, registry: CollectorRegistry) -> Worker:
    breaker = Breaker("provider", BreakerSettings(), BreakerMetrics(registry))
    timeout_s, calls = config.provider_timeout_s, config.provider_calls
    provider = Provider(config.provider, config.provider_key, timeout_s, calls, breaker)
    # A call may be followed by a look at how it stands.
    return Worker(store, provider, calls, 2 * timeout_s + 1, bool(config.kafka), registry)


PAYMENT = Participant(
    name="payment",
    schema=SCHEMA,
    commands=PAYMENT_COMMANDS,
    replies=CHECKOUT_REPLIES,
    dead_letters=DEAD_LETTERS,
    decoder=msgspec.json.Decoder(PaymentCommand),
    answers=PaymentReply,
    carry_out=carry_out,
    later=_worker,
)

if __name__ == "__main__":
    main(PAYMENT, PaymentSettings)
