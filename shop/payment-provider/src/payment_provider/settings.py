"""What can be set, from the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict
from shop_kit.logging import Level
from shop_kit.settings import Address, HostPort, Settings, die

KEY_CHARS = 8
"""At least."""


class ProviderSettings(Settings):
    model_config = SettingsConfigDict(env_prefix="PAYMENT_PROVIDER_")

    http_addr: Address = HostPort("127.0.0.1", 8090)
    ledger: Path
    """The file that it is in; made where it is missing."""
    key: SecretStr
    """What callers show as their bearer token."""
    median_ms: float = Field(default=250.0, ge=0)
    p99_ms: float = Field(default=1_000.0, ge=0)
    decline_rate: float = Field(default=0.0, ge=0, le=1)
    error_rate: float = Field(default=0.0, ge=0, le=1)
    seed: int = 1
    """Of latencies, errors and declines."""
    log_level: Level = "info"

    def secret(self) -> str:
        """The key; one that is too short ends the process as a wrong setting does, unprinted."""
        key = self.key.get_secret_value()
        if len(key) < KEY_CHARS:
            die(f"PAYMENT_PROVIDER_KEY has at least {KEY_CHARS} characters")
        return key
