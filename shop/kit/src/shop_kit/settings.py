"""Settings come from the environment; a wrong one ends the process with one message and code 2."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated, NoReturn, TypeVar

from pydantic import AfterValidator, BeforeValidator, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

BAD_SETTINGS = 2


class Settings(BaseSettings):
    """Base of a service's settings; give `model_config` an `env_prefix`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")


@dataclass(frozen=True)
class HostPort:
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def host_port(text: object) -> HostPort:
    """`127.0.0.1:50051`, `[::1]:50051`, `localhost:0`. ValueError with the right form otherwise."""
    if isinstance(text, HostPort):
        return text
    host, colon, port = str(text).rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon or not host or (":" in host and not bracketed):
        raise ValueError("not an address; write host:port, e.g. 127.0.0.1:50051")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"the port {port!r} is not a number from 0 to 65535")
    return HostPort(host[1:-1] if bracketed else host, int(port))


Address = Annotated[HostPort, BeforeValidator(host_port), NoDecode]


def _postgres_url(dsn: str) -> str:
    if not dsn.startswith(("postgresql://", "postgres://")):
        raise ValueError("not a Postgres URL; write postgresql://user@host:port/database")
    return dsn


PostgresUrl = Annotated[str, AfterValidator(_postgres_url)]

S = TypeVar("S", bound=Settings)


def load(kind: type[S]) -> S:
    """Read the settings from the environment, or say which variables are wrong and exit with 2."""
    try:
        return kind()
    except ValidationError as error:
        die(explain(kind, error))


def explain(kind: type[Settings], error: ValidationError) -> str:
    """One line a wrong variable: its name, what was found, what would be right."""
    prefix = kind.model_config.get("env_prefix", "")
    lines: list[str] = []
    for problem in error.errors():
        name = prefix + "_".join(str(part) for part in problem["loc"]).upper()
        if problem["type"] == "missing":
            lines.append(f"{name} is not set")
        else:
            reason = problem["msg"].removeprefix("Value error, ")
            lines.append(f"{name}={problem['input']}: {reason}")
    return "\n".join(lines)


def die(message: str) -> NoReturn:
    """A setting that cannot be used, found later than by its form (an address already taken)."""
    print(message, file=sys.stderr)
    sys.exit(BAD_SETTINGS)
