"""What can be set, from the environment; secrets are SHOP_JWT_SECRET and PLAN_MANDATE_SECRET."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict
from shop_kit.logging import Level
from shop_kit.settings import Address, HostPort, PostgresUrl, Settings


class ExecutorSettings(Settings):
    model_config = SettingsConfigDict(env_prefix="PLAN_EXECUTOR_")

    dsn: PostgresUrl
    checkout: str
    """Where carts and checkouts are, http://host:port."""
    order: str
    lookup: str
    """The product lookup, host:port."""
    parser: str = ""
    """Of the page: where sentences are read and plans are made, http://host:port."""
    generator: str = ""
    http_addr: Address = HostPort("127.0.0.1", 8088)
    merchant: str = Field(default="shop", min_length=1, max_length=100)
    """Whom mandates are to allow to be paid."""
    deadline_s: float = Field(default=120.0, ge=1, le=3600)
    """From a plan's acceptance; after it nothing new is begun, and what was is ended or undone."""
    lease_s: float = Field(default=6.0, ge=0.3, le=600)
    """A plan whose process has not been heard of for so long was left behind, and is taken up."""
    at_once: int = Field(default=100, ge=1, le=10_000)
    """Plans that are carried out at the same time; the others wait."""
    pool_max: int = Field(default=10, ge=1, le=1000)
    """Connections to the store at most."""
    log_level: Level = "info"
