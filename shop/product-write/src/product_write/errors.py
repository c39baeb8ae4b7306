"""Why a change is not made."""

from __future__ import annotations


class NotFound(LookupError):
    """No product has this id."""


class OtherVersion(Exception):
    """The product is at another version than the one that was asked for."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the product is at version {version}")
        self.version = version


class UnknownVariants(Exception):
    """The product has no variants of these ids."""

    def __init__(self, ids: set[str]) -> None:
        super().__init__(f"the product has no variants {sorted(ids)}")
        self.ids = ids
