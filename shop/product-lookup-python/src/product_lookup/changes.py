"""What became of a product that was told to have changed, once it was read again."""

from __future__ import annotations

from dataclasses import dataclass

from shop_kit.changes import Change


@dataclass(frozen=True)
class Taken:
    """A product that was read again: its version in the snapshot before and after, None for no
    product."""

    before: int | None
    now: int | None

    def shows(self, change: Change) -> bool:
        """Whether the reading has made the change visible, which it was not before."""
        if self.now is None:
            return self.before is not None
        return self.now >= change.version and (self.before or 0) < change.version

    def behind(self, change: Change) -> bool:
        """Whether the product is there, and not yet as the change left it."""
        return self.now is not None and self.now < change.version
