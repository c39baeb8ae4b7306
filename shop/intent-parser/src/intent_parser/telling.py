"""Small things that are told of wishes, items and acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
from shop_intents import (
    BuyNow,
    CancelOrder,
    CheckOut,
    Item,
    Remove,
    Span,
)
from shop_intents.intents import AnyAct

from intent_parser.clauses import Clause
from intent_parser.phrases import number_at
from intent_parser.reading import Token
from intent_parser.wishes import Wish, Word


def spans_of(tokens: Sequence[Token]) -> tuple[Span, ...]:
    """Where they stand; neighbours are one span."""
    spans: list[Span] = []
    for token in sorted(tokens, key=lambda each: each.start):
        if spans and token.start - spans[-1].end <= 1:
            spans[-1] = Span(spans[-1].start, max(token.end, spans[-1].end))
        else:
            spans.append(Span(token.start, token.end))
    return tuple(spans)


def spanned(act: AnyAct, clause: Clause) -> AnyAct:
    return msgspec.structs.replace(act, spans=spans_of(clause.tokens))


def counted_as(item: Item, quantity: int) -> Item:
    return msgspec.structs.replace(item, quantity=quantity)


def said_of(wish: Wish) -> str:
    return " ".join(word.token.form for word in wish.words)


def titled(title: str, options: Sequence[tuple[str, str]]) -> str:
    values = ", ".join(value for _, value in options)
    return f"{title} ({values})" if values else title


def by_article(wish: Wish) -> bool:
    return bool(wish.tokens) and wish.tokens[0].form in ("a", "an", "the", "one")


def counted_out(wish: Wish) -> bool:
    """Whether a number was said, and no article: `two kettles`, `one of the kettles`."""
    forms = [token.form for token in wish.tokens[:2]]
    return wish.quantity is not None and (not by_article(wish) or forms == ["one", "of"])


def as_words(wish: Wish) -> Wish:
    """`switch the 24 cm pan to 28`: the number is no quantity."""
    words = tuple(Word(token) for token in wish.tokens if token.number is not None)
    return replace(wish, words=words, quantity=None) if words else wish


def corrects(wish: Wish) -> bool:
    """`six, not three`."""
    return any(len(group) == 1 and number_at(group, 0) for group in wish.unwanted)


def same(act: AnyAct, before: Sequence[AnyAct]) -> bool:
    """Whether it was said already, and nothing since."""
    if isinstance(act, BuyNow):
        return any(isinstance(b, BuyNow) and b.items == act.items for b in before)
    if isinstance(act, CancelOrder):
        return any(isinstance(b, CancelOrder) and b.order_id == act.order_id for b in before)
    if isinstance(act, Remove):
        gone = [b.variant_id for b in before if isinstance(b, Remove) and b.quantity is None]
        return act.variant_id in gone
    return bool(before) and isinstance(before[-1], CheckOut)
