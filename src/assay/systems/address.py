"""Where a service is reached: `grpc://127.0.0.1:7000`, `https://shop.example/api`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from assay.systems.errors import AddressError, nearest

Scheme = Literal["http", "https", "grpc", "grpcs"]
_SCHEMES = ("http", "https", "grpc", "grpcs")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LIKE = "an address is written like `http://127.0.0.1:8080` or `grpc://127.0.0.1:7000`"


@dataclass(frozen=True)
class Address:
    scheme: Scheme
    host: str
    """A name, an IPv4 address, or an IPv6 address without its brackets."""
    port: int
    path: str = ""
    """Empty, or begins with `/` and does not end with it."""

    @classmethod
    def parse(cls, text: str) -> Address:
        """Raises AddressError, with what was found and what would be right."""
        scheme, mark, _ = text.partition("://")
        if not mark:
            raise AddressError(f"`{text}` has no scheme; {_LIKE}")
        if scheme not in _SCHEMES:
            raise AddressError(f"`{scheme}://` cannot be spoken; {nearest(scheme, _SCHEMES)}")
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise AddressError(f"`{text}` cannot be read: {error}; {_LIKE}") from None
        if not host:
            raise AddressError(f"`{text}` has no host; {_LIKE}")
        if parts.username is not None or parts.query or parts.fragment:
            raise AddressError(f"`{text}` has more than scheme, host, port and path; {_LIKE}")
        port = _DEFAULT_PORTS.get(scheme) if port is None else port
        if not port:
            raise AddressError(f"`{text}` needs a port, 1 to 65535; {_LIKE}")
        path = parts.path.rstrip("/")
        if path and scheme.startswith("grpc"):
            raise AddressError(f"`{text}` has a path, but a gRPC address is a host and a port")
        return cls(scheme, host, port, path)

    @property
    def tls(self) -> bool:
        return self.scheme in ("https", "grpcs")

    @property
    def authority(self) -> str:
        """`host:port`, IPv6 in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"
