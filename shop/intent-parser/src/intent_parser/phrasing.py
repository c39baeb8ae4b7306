"""Parts of a clause: what refers to orders, what stands on either side of a word."""

from __future__ import annotations

from collections.abc import Sequence

from intent_parser.phrases import number_at, phrase_at
from intent_parser.reading import Token

COUNTED = (
    *("quantity", "number", "amount", "count"),
    *("quantities", "numbers", "amounts", "counts", "qty"),
)
OF_ORDER = ("order", "orders", "purchase", "purchases")
CANCELLED = ("cancelled", "canceled")
BOUGHT = (*OF_ORDER, "ordered", "bought", "purchased")
SWAPPED_FOR = frozenset(("for", "with", "to", "by"))
"""Between what goes and what comes."""
NAMING = frozenset(["ADD", "BUY", "WANT", "TAKE", "SWAP"])


def ordinary(tokens: Sequence[Token]) -> list[Token]:
    """Without what refers to orders."""
    rest: list[Token] = []
    at = 0
    while at < len(tokens):
        tags, length = phrase_at(tokens, at)
        if not {"REORDER", "LAST_ORDER", "OLDER_ORDER"} & set(tags):
            rest += tokens[at : at + (length or 1)]
        at += length or 1
    return rest


def without(tokens: Sequence[Token], *forms: str) -> list[Token]:
    return [token for token in ordinary(tokens) if token.form not in forms]


def named_orders(about: Sequence[Token]) -> tuple[Token, ...]:
    """The words that refer to an order."""
    rest = {token.start for token in ordinary(about)}
    return tuple(token for token in about if token.start not in rest)


def joined_by_and(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """`the mug or the lamp` where neither is wanted: both."""
    return tuple(
        token._replace(word="and", form="and") if token.form in ("or", "nor") else token
        for token in tokens
    )


def split_by(tokens: Sequence[Token], tag: str) -> tuple[Sequence[Token], Sequence[Token]] | None:
    for at in range(1, len(tokens) - 1):
        tags, length = phrase_at(tokens, at)
        if tag in tags and at + length < len(tokens):
            return tokens[:at], tokens[at + length :]
    return None


def split_at(
    tokens: Sequence[Token], forms: frozenset[str]
) -> tuple[Sequence[Token], Sequence[Token], str] | None:
    """At the first of these words that stands in no phrase of the cart's."""
    at = 0
    while at < len(tokens):
        tags, length = phrase_at(tokens, at)
        if tokens[at].form in forms and "CART" not in tags and at + 1 < len(tokens):
            return tokens[:at], tokens[at + 1 :], tokens[at].form
        at += length if "CART" in tags else 1
    return None


_THERE = frozenset(["are", "have", "youve", "got", "do", "is", "theres"])
_OF_THEM = frozenset(["of", "those", "them", "these", "it", "left", "in", "stock", "available"])


def enough(said: Sequence[Token]) -> tuple[Sequence[Token], int | None]:
    """`at least ten left` in a condition: the rest, and how many are to be left."""
    for at, token in enumerate(said[:-1]):
        tags, length = phrase_at(said, at)
        number = (
            number_at(said, at + length) if "AT_LEAST" in tags and at + length < len(said) else None
        )
        if number is not None and number[0] >= 1:
            end = at + length + number[1]
            there = {"there", "you", "youve"} & {each.form for each in said[:at]}
            if end == len(said) and there:
                return said[:at], int(number[0])  # `provided there are at least ten`
            if end < len(said) and said[end].form in ("left", "in", "available", "of", "remaining"):
                return (*said[:at], *said[end + 1 :]), int(number[0])
        number = number_at(said, at + 1) if token.form in _THERE else None
        if number is not None and number[0] >= 1:
            end = at + 1 + number[1]
            if {each.form for each in said[end:]} <= _OF_THEM:
                return said[: at + 1], int(number[0])  # `there are four of those`
        if token.form == "left":
            return (*said[:at], *said[at + 1 :]), 1
    return said, None


def first_number(said: Sequence[Token]) -> Sequence[Token]:
    """`two` of `two, we don't need that many`, `24` of `24 for the service`."""
    number = number_at(said, 0) if said else None
    end = number[1] if number is not None else 0
    return said[:end] if end and end < len(said) and said[end].form in (",", "for") else said
