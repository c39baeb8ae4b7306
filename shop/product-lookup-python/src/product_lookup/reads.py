"""Where answers come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Unavailable(Exception):
    """No answer can be given now; the words say why."""


class Reads(Protocol):
    """Products by id, each as the bytes of a serialised `GetResponse`. Raises Unavailable."""

    async def one(self, product_id: str) -> bytes | None: ...

    async def many(self, product_ids: Sequence[str]) -> Mapping[str, bytes]:
        """Those of the ids that exist (others may be there too: look ids up, don't iterate)."""
        ...
