"""What can be set, from the environment."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict
from shop_kit.logging import Level
from shop_kit.settings import Address, HostPort, PostgresUrl, Settings


class ParserSettings(Settings):
    model_config = SettingsConfigDict(env_prefix="INTENT_PARSER_")

    dsn: PostgresUrl
    """The catalogue's store, which is only read."""
    http_addr: Address = HostPort("127.0.0.1", 8086)
    kafka: str = ""
    """Brokers to hear of changes from, host:port[,host:port]; empty: only by comparing."""
    refresh_s: float = Field(default=300.0, gt=0)
    """Seconds between two compilations from the store, whatever was heard."""
    log_level: Level = "info"
