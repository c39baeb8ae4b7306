"""What can be set, from the environment."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_settings import SettingsConfigDict
from shop_kit.logging import Level
from shop_kit.settings import Address, HostPort, PostgresUrl, Settings, host_port


def _brokers(text: str) -> str:
    if text:
        for each in text.split(","):
            if host_port(each).port == 0:
                raise ValueError("no broker listens on port 0")
    return text


class LookupSettings(Settings):
    model_config = SettingsConfigDict(env_prefix="LOOKUP_")

    dsn: PostgresUrl
    grpc_addr: Address = HostPort("127.0.0.1", 50051)
    http_addr: Address = HostPort("127.0.0.1", 8080)
    reads: Literal["snapshot", "store"] = "snapshot"
    pool_max: int = Field(default=10, ge=1, le=1000)
    """Connections to the store at most; 2 are kept open (1 where this is 1)."""
    refresh_s: float = Field(default=30.0, ge=0.1, le=86_400)
    """Seconds between two comparisons of the snapshot with the store."""
    kafka: Annotated[str, AfterValidator(_brokers)] = ""
    """Brokers to hear of changes from, `host:port[,host:port]`; none where it is empty. Only a
    snapshot needs to hear."""
    log_level: Level = "info"
