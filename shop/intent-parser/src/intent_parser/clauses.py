"""Sentences as clauses: a verb and what it is about, under a condition where there is one.

"Add the red mug if its in stock, otherwise the blue one, and check out"
 ^verb ^about     ^condition        ^else  ^about         ^a statement of its own

`splitting.py` finds them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from intent_parser.reading import Token

VERBS = frozenset(
    (
        *("ADD", "BUY", "WANT", "REMOVE", "KEEP", "SET", "DOUBLE", "TRIPLE", "HALVE", "SWAP"),
        *("CHECKOUT", "CANCEL", "EMPTY", "REORDER", "INFO", "ONLY", "PREFER", "INSTEAD"),
        *("IGNORE", "DECLINED", "TAKE"),
    )
)
TELLING = VERBS - {"INFO", "DECLINED"}
"""Verbs that tell what is to be done."""
WISHING = frozenset(("ADD", "BUY", "WANT"))


@dataclass(frozen=True)
class Clause:
    verb: str
    """A tag of `phrases`; empty where none was said."""
    said: tuple[Token, ...]
    """The verb's own words."""
    about: tuple[Token, ...]
    negated: bool = False

    @property
    def tokens(self) -> tuple[Token, ...]:
        return (*self.said, *self.about)


@dataclass
class Statement:
    """Clauses in turn, all of them under one condition; `otherwise` where it does not hold."""

    then: list[Clause] = field(default_factory=list[Clause])
    otherwise: list[Clause] = field(default_factory=list[Clause])
    condition: tuple[Token, ...] | None = None
    unless: bool = False
    has_otherwise: bool = False
    third: list[Clause] = field(default_factory=list[Clause])
    """Where neither the first nor the otherwise can be had."""
    has_third: bool = False
    before: int = 0
    """How many of the clauses were said before the condition."""
