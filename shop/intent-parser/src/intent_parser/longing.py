"""What somebody else would like, or does not: `my daughter keeps asking for | that fox`."""

from __future__ import annotations

from collections.abc import Sequence

from intent_parser.phrases import number_at, phrase_at
from intent_parser.reading import Token

_OTHERS = frozenset(
    ["my", "our", "the", "his", "her", "she", "he", "they", "everyone", "everybody", "mum", "mom",
     "dad", "daughter", "son", "wife", "husband", "grandma", "grandpa", "gran", "someone", "kids"]
)  # fmt: skip
"""Somebody else, or something, that may long for what is sold."""
_ENDS = frozenset([".", "?", "!", ";", "\n", ",", "and"])
_FARTHEST = 6
"""Words between who is spoken of and what is said of them."""


def longing(tokens: Sequence[Token], at: int, passed: bool) -> tuple[str, int] | None:
    """The verb, WANT or IGNORE, and where what is named begins; None where nobody longs.

    `passed`: whoever it is was named just before.
    """
    if not (passed or tokens[at].form in _OTHERS):
        return None
    for here in range(at if passed else at + 1, min(at + _FARTHEST, len(tokens) - 1)):
        tags, length = phrase_at(tokens, here)
        spurns = "SPURNING" in tags
        if tokens[here].form in _ENDS or ({"NOT", "UNWANTED"} & set(tags) and not spurns):
            return None
        if ("LONGING" in tags or spurns) and _names_thing(tokens, here + length):
            return "IGNORE" if spurns else "WANT", here + length
    return None


def _names_thing(tokens: Sequence[Token], at: int) -> bool:
    """Whether something is named here, and no other verb: `a fox`, `that fox`, `two foxes`."""
    if at >= len(tokens) or tokens[at].form in ("to", "me", "it", "them", ","):
        return False
    tags, _ = phrase_at(tokens, at)
    named = not tags and not tokens[at].form.endswith("ing")
    return bool(named or {"A", "THE", "IT"} & set(tags) or number_at(tokens, at))
