"""What can be set, from the environment; secrets are SHOP_JWT_SECRET and PLAN_MANDATE_SECRET."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict
from shop_kit.logging import Level
from shop_kit.settings import Address, HostPort, PostgresUrl, Settings


class GeneratorSettings(Settings):
    model_config = SettingsConfigDict(env_prefix="PLAN_GENERATOR_")

    dsn: PostgresUrl
    lookup: str
    """The product lookup, host:port."""
    http_addr: Address = HostPort("127.0.0.1", 8087)
    merchant: str = Field(default="shop", min_length=1, max_length=100)
    """Whom mandates allow to be paid."""
    confirm_over_minor: int = Field(default=20_000, ge=0, le=10**12)
    """A plan that pays more is always asked about, whatever its user's token grants."""
    ttl_s: int = Field(default=900, ge=1, le=86_400)
    """How long a plan, and its mandate, are good for."""
    pool_max: int = Field(default=10, ge=1, le=1000)
    """Connections to the store at most."""
    log_level: Level = "info"
