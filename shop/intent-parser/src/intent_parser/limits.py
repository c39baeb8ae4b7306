"""Limits of prices as they are said: `under €10 each`, `between 5 and 20 euros`, `50 in all`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intent_parser.money import Money, money_at
from intent_parser.phrases import phrase_at
from intent_parser.reading import Token


@dataclass(frozen=True)
class Limits:
    """Of one unit, in minor units, both inclusive."""

    most_minor: int | None = None
    least_minor: int | None = None
    currency: str | None = None
    """That was named with them."""


NO_LIMITS = Limits()


def limit_at(tokens: Sequence[Token], at: int) -> tuple[Limits, int, bool] | None:
    """A limit of prices that begins here, how many tokens it has, and whether it is of a total."""
    begun = at
    total = False
    span = _span(tokens, at)
    if span is not None:
        return span
    tags, length = phrase_at(tokens, at)
    if tokens[at].form == "not" and not _LIMITING & set(tags):
        return _denied(tokens, at)
    while tokens[at].form in _LEADING and not _LIMITING & set(tags):
        at += 1
        if at >= len(tokens):
            return None
        tags, length = phrase_at(tokens, at)
    while tags and (
        "TOTAL" in tags
        or (total and "COSTS" in tags)
        or "EACH" in tags
        or tokens[at].form in ("for", "a", "the")
    ):
        if {"BELOW", "AT_MOST", "ABOVE", "AT_LEAST", "BETWEEN"} & set(tags):
            break
        total = total or "TOTAL" in tags
        at += length
        if at >= len(tokens):
            return None
        tags, length = phrase_at(tokens, at)
    spends = any(token.form in _SPENDING for token in tokens[at : at + length])
    at += length
    if "BETWEEN" in tags:
        return _between(tokens, begun, at)
    while at < len(tokens) and tokens[at].form in ("a", "the", "of", "total", "about", "to"):
        total = total or tokens[at].form == "total"
        at += 1
    found = money_at(tokens, at)
    if found is None:
        return None
    money, length = found
    at += length
    after, length = phrase_at(tokens, at) if at < len(tokens) else ((), 0)
    limits = _limits(tags, money)
    if limits is None and "TOTAL" in after and at + length < len(tokens):
        last, more = phrase_at(tokens, at + length)  # `20 euros the lot at most`
        if "OR_LESS" in last:
            total, after, length = True, last, length + more
    if limits is None:
        if not {"OR_LESS", "OR_MORE"} & set(after):
            return None
        limits = _limits(("AT_MOST",) if "OR_LESS" in after else ("AT_LEAST",), money)
        at += length
    elif "OR_LESS" in after and "AT_MOST" in tags:
        at += length
    if money.currency is None and not _bare(tokens, at, total or spends):
        return None
    trailing, length = phrase_at(tokens, at) if at < len(tokens) else ((), 0)
    if "TOTAL" in trailing:
        total, at = True, at + length
    elif "EACH" in trailing:
        total, spends, at = False, False, at + length
    assert limits is not None
    return limits, at - begun, total or spends


def _denied(tokens: Sequence[Token], at: int) -> tuple[Limits, int, bool] | None:
    """`not for 75 euros or more`: for less."""
    begin = at + 2 if [t.form for t in tokens[at + 1 : at + 2]] in (["for"], ["at"]) else at + 1
    found = limit_at(tokens, begin) if begin < len(tokens) else None
    if found is None or found[0].least_minor is None or found[0].most_minor is not None:
        return None
    limits, length, total = found
    most = Limits(most_minor=limits.least_minor - 1, currency=limits.currency)
    return most, begin + length - at, total


_LIMITING = frozenset(("BELOW", "AT_MOST", "ABOVE", "AT_LEAST", "BETWEEN", "TOTAL", "EACH"))
_LEADING = frozenset(
    [
        "but",
        "it",
        "they",
        "must",
        "should",
        "cost",
        "costs",
        "costing",
        "be",
        "has",
        "to",
        "can",
        "which",
        "that",
        "is",
        "are",
        "priced",
        "at",
    ]
)
"""Words that lead to a limit: `but it must cost over 900`."""
_SPENDING = frozenset(["spend", "budget", "limit", "cap", "bill", "go", "ceiling"])


def _bare(tokens: Sequence[Token], at: int, sure: bool) -> bool:
    """Whether a number without a currency is a price: nothing that is counted follows."""
    if at >= len(tokens) or sure:
        return True
    tags, _ = phrase_at(tokens, at)
    return bool(tags) or not tokens[at].word[0].isalnum()


def _limits(tags: Sequence[str], money: Money) -> Limits | None:
    minor, currency = money.minor, money.currency
    for tag in tags:
        if tag == "BELOW":
            return Limits(most_minor=minor - 1, currency=currency)
        if tag == "AT_MOST":
            return Limits(most_minor=minor, currency=currency)
        if tag == "ABOVE":
            return Limits(least_minor=minor + 1, currency=currency)
        if tag == "AT_LEAST":
            return Limits(least_minor=minor, currency=currency)
    return None


def _span(tokens: Sequence[Token], at: int) -> tuple[Limits, int, bool] | None:
    """`for 40 to 80 euros`"""
    if tokens[at].form not in ("for", "from", "at", "around", "costing"):
        return None
    low = money_at(tokens, at + 1)
    to = at + 1 + low[1] if low is not None else len(tokens)
    if low is None or to >= len(tokens) or tokens[to].form not in ("to", "-"):
        return None
    high = money_at(tokens, to + 1)
    if high is None or high[0].currency is None or high[0].minor <= low[0].minor:
        return None
    return Limits(high[0].minor, low[0].minor, high[0].currency), to + 1 + high[1] - at, False


def _between(tokens: Sequence[Token], begun: int, at: int) -> tuple[Limits, int, bool] | None:
    low = money_at(tokens, at)
    if low is None:
        return None
    at += low[1]
    if at >= len(tokens) or tokens[at].form not in ("and", "to", "-"):
        return None
    high = money_at(tokens, at + 1)
    if high is None:
        return None
    at += 1 + high[1]
    currency = low[0].currency or high[0].currency
    return Limits(high[0].minor, low[0].minor, currency), at - begun, False


def joined(one: Limits, other: Limits) -> Limits:
    """Both."""
    mosts = [each for each in (one.most_minor, other.most_minor) if each is not None]
    leasts = [each for each in (one.least_minor, other.least_minor) if each is not None]
    return Limits(
        min(mosts, default=None), max(leasts, default=None), one.currency or other.currency
    )
