"""What both the carts' and the checkouts' addresses say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shop_kit.problems import unavailable
from shop_kit.store import Unavailable

SCOPE = "shop"
"""What a user's token needs."""


@contextmanager
def told() -> Iterator[None]:
    """The store's trouble as a problem: 503."""
    try:
        yield
    except Unavailable as error:
        raise unavailable(str(error)) from error
