"""What can be set, from the environment; the behaviour can be changed later at `/admin/behaviour`.

PAYMENT_PROVIDER_KEY=… PAYMENT_PROVIDER_LEDGER=… python -m payment_provider
"""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict
from shop_kit.logging import Level
from shop_kit.settings import Address, HostPort, Settings, die

from payment_provider.behaviour import LATENCY_MS, Behaviour, Latency

_KEY = re.compile(r"[!-~]{16,}")


class ProviderSettings(Settings):
    model_config = SettingsConfigDict(env_prefix="PAYMENT_PROVIDER_")

    ledger: Path
    """The file of the ledger; made where it is missing. One process at a time has it."""
    key: SecretStr
    """What callers send as `Authorization: Bearer …`."""
    http_addr: Address = HostPort("127.0.0.1", 8090)
    median_ms: float = Field(default=250, ge=0, le=LATENCY_MS)
    p99_ms: float = Field(default=1000, ge=0, le=LATENCY_MS)
    decline_rate: float = Field(default=0, ge=0, le=1)
    error_rate: float = Field(default=0, ge=0, le=1)
    lost_reply_rate: float = Field(default=0, ge=0, le=1)
    seed: int = Field(default=0, ge=0, lt=2**63)
    """Of every draw, and of which keys are declined."""
    log_level: Level = "info"

    @field_validator("p99_ms")
    @classmethod
    def _beside_the_median(cls, p99_ms: float, info: ValidationInfo) -> float:
        if "median_ms" in info.data:
            Latency(median_ms=info.data["median_ms"], p99_ms=p99_ms)
        return p99_ms

    def behaviour(self) -> Behaviour:
        return Behaviour(
            latency=Latency(median_ms=self.median_ms, p99_ms=self.p99_ms),
            decline_rate=self.decline_rate,
            error_rate=self.error_rate,
            lost_reply_rate=self.lost_reply_rate,
            outage=False,
        )

    def secret(self) -> bytes:
        """The key; one that cannot be used ends the process, unprinted."""
        key = self.key.get_secret_value()
        if not _KEY.fullmatch(key):
            die("PAYMENT_PROVIDER_KEY: at least 16 printable ASCII characters, without spaces")
        return key.encode()
