"""Amounts of money in a text: `€20`, `20 euros`, `19.99`, `15 bucks`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from intent_parser.phrases import NUMBERS
from intent_parser.reading import Token

SIGNS = {"€": "EUR", "$": "USD", "£": "GBP"}
NAMES = {
    "eur": "EUR", "euro": "EUR", "usd": "USD", "dollar": "USD", "gbp": "GBP", "pound": "GBP",
    "quid": "GBP", "yen": "JPY", "chf": "CHF", "franc": "CHF", "buck": "",
}  # fmt: skip
"""The empty one is anybody's."""
CODE_CHARS = 3
CENTS = frozenset(("cent", "penny", "pence", "p"))


class Money(NamedTuple):
    minor: int
    currency: str | None
    """ISO 4217; empty for `bucks`, None where none is named."""


def money_at(tokens: Sequence[Token], at: int) -> tuple[Money, int] | None:
    """An amount that begins here, and how many tokens it has."""
    if at >= len(tokens):
        return None
    sign = SIGNS.get(tokens[at].form)
    if sign is not None:
        number = _number(tokens, at + 1)
        return None if number is None else (Money(_minor(number[0]), sign), 1 + number[1])
    code = NAMES.get(tokens[at].form) if len(tokens[at].form) == CODE_CHARS else None
    if code and at + 1 < len(tokens) and tokens[at + 1].number is not None:
        return Money(_minor(tokens[at + 1].number), code), 2  # `EUR 20`
    number = _number(tokens, at)
    if number is None:
        return None
    value, length = number
    following = tokens[at + length] if at + length < len(tokens) else None
    if following is None:
        return Money(_minor(value), None), length
    if following.word in CENTS and following.form != "p":
        return Money(round(value), ""), length + 1
    named = SIGNS.get(following.form, NAMES.get(following.word))
    if named is None:
        return Money(_minor(value), None), length
    return Money(_minor(value), named), length + 1


def _number(tokens: Sequence[Token], at: int) -> tuple[float, int] | None:
    if at >= len(tokens):
        return None
    number = tokens[at].number
    if number is not None:
        return number, 1
    total = 0.0
    length = 0
    while at + length < len(tokens):
        value = NUMBERS.get(tokens[at + length].form)
        if value is None or value <= 0:
            break
        total = total * value if value == 100 and total else total + value
        length += 1
    return (total, length) if length else None


def _minor(value: float) -> int:
    return round(value * 100)
