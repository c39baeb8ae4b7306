"""Why a sentence comes to no acts: a question, or a refusal."""

from __future__ import annotations

from collections.abc import Sequence

from shop_intents import (
    Choice,
)

from intent_parser.wishes import Wish


class Asked(Exception):
    """A question: what was meant cannot be told."""

    def __init__(
        self, about: str, says: str, choices: Sequence[Choice] = (), sure: bool = False
    ) -> None:
        """`sure`: the sentence was understood, and that is what it leaves open."""
        super().__init__(says)
        self.about, self.says, self.choices, self.sure = about, says, tuple(choices), sure


class Refused(Exception):
    """It cannot be done, or is not to be."""

    def __init__(self, reason: str, says: str, sure: bool = False) -> None:
        """`sure`: the sentence was understood, and that is why it is refused."""
        super().__init__(says)
        self.reason, self.says, self.sure = reason, says, sure


class Instead(Exception):
    """`I want that in red`: what is spoken of, but other."""

    def __init__(self, wish: Wish) -> None:
        super().__init__()
        self.wish = wish
