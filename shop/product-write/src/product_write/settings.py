"""What can be set, from the environment; the secret of the tokens is SHOP_JWT_SECRET."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict
from shop_kit.logging import Level
from shop_kit.settings import Address, HostPort, PostgresUrl, Settings


class WriteSettings(Settings):
    model_config = SettingsConfigDict(env_prefix="PRODUCT_WRITE_")

    dsn: PostgresUrl
    http_addr: Address = HostPort("127.0.0.1", 8081)
    kafka: str = ""
    """A broker, such as 127.0.0.1:9092. Empty: no relay runs here, and events wait for another."""
    pool_max: int = Field(default=10, ge=1, le=1000)
    """Connections to the store at most; the relay has one more."""
    log_level: Level = "info"
