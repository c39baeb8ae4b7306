"""Where a number says how many are meant after all, or how many that makes."""

from __future__ import annotations

from collections.abc import Sequence

from intent_parser.phrases import number_at
from intent_parser.reading import Token

_CORRECTING = frozenset(["actually", "sorry", "better", "rather", "nah", "well", "oops", "er"])
"""Before another number these say that it is the one that is meant."""
_ENDS = frozenset([".", "?", "!", ";", "\n", ",", "please"])


def corrects(tokens: Sequence[Token], at: int, about: Sequence[Token]) -> bool:
    """`three kiwis, actually five`: another number, and nothing else, after one.

    `about`: what the clause has said so far.
    """
    if tokens[at].form not in _CORRECTING:
        return False
    while at < len(tokens) and tokens[at].form in (*_CORRECTING, ","):
        at += 1
    number = number_at(tokens, at) if at < len(tokens) else None
    end = at + number[1] if number is not None else 0
    ends = end >= len(tokens) or tokens[end].form in _ENDS
    counted = any(number_at(about, each) for each in range(len(about)))
    return number is not None and ends and counted


def comes_to(tokens: Sequence[Token], at: int) -> bool:
    """`my sister wants one too, so that's two scarves`: how many there are to be."""
    if tokens[at].form not in ("thats", "makes") or at + 1 >= len(tokens):
        return False
    after = at > 1 and tokens[at - 1].form in ("so", "that", "which")
    article = tokens[at + 1].form in ("a", "an")
    return after and not article and number_at(tokens, at + 1) is not None
