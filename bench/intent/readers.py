"""Three ways to read a sentence: ours, regular expressions, and a search engine's first hit.

The last two are what a team has in an afternoon: a pattern of `add N of X`, and BM25 over titles
and options. Both add or buy; neither asks, refuses, or knows of a cart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

import bm25s
import numpy as np
from intent_parser.lexicon import Good, SoldVariant, compiled
from intent_parser.parser import Parser
from shop_intents import Add, BuyNow, CartLine, Intent, Item, Ordered, Question, Refusal, Variant
from shop_intents.intents import AnyParsed

_BUYS = re.compile(r"\b(?:buy|order|purchase)\b", re.IGNORECASE)
_ASKED = re.compile(
    r"\b(?:add|put|get|buy|order|purchase|want|need|like|have)\b(?:\s+me)?\s+"
    r"(?:(?P<count>\d+|an?|one|two|three|four|five|six|ten|a dozen)\s+)?(?:of\s+)?(?:the\s+)?"
    r"(?P<name>[^.,!?]+?)(?:\s+(?:to|in|into)\s+(?:my|the)\s+(?:cart|basket|bag|trolley))?"
    r"(?:\s+please)?\s*[.!?]*$",
    re.IGNORECASE,
)
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10,
    "a dozen": 12,
}  # fmt: skip


class Reader(Protocol):
    name: str

    def read(self, text: str, cart: Sequence[CartLine], orders: Sequence[Ordered]) -> AnyParsed: ...


class Ours:
    name = "intent-parser"

    def __init__(self, goods: Sequence[Good]) -> None:
        self._parser = Parser(compiled(goods))

    def read(self, text: str, cart: Sequence[CartLine], orders: Sequence[Ordered]) -> AnyParsed:
        return self._parser.parse(text, cart, orders)


class Patterns:
    """A pattern, and the variant all of whose words the name has."""

    name = "regular expressions"

    def __init__(self, goods: Sequence[Good]) -> None:
        self._names = [
            (frozenset(_words(_named(good, variant))), good, variant)
            for good in goods
            for variant in good.variants
        ]

    def read(self, text: str, cart: Sequence[CartLine], orders: Sequence[Ordered]) -> AnyParsed:
        match = _ASKED.search(text)
        if match is None:
            return Refusal(text=text, reason="out_of_scope", says="no such pattern")
        asked = frozenset(_words(match["name"]))
        found = [(good, variant) for words, good, variant in self._names if asked <= words]
        if len(found) != 1:
            return Question(text=text, about="product", says=f"{len(found)} have that name")
        count = (match["count"] or "1").lower()
        return _wished(text, *found[0], _COUNTS.get(count) or int(count))


class FirstHit:
    """BM25 over what a variant is called; whatever comes first is taken."""

    name = "BM25, first hit"

    def __init__(self, goods: Sequence[Good]) -> None:
        self._sold = [(good, variant) for good in goods for variant in good.variants]
        self._index = bm25s.BM25()
        named = [_named(good, variant) for good, variant in self._sold]
        self._index.index(bm25s.tokenize(named, show_progress=False), show_progress=False)

    def read(self, text: str, cart: Sequence[CartLine], orders: Sequence[Ordered]) -> AnyParsed:
        asked = bm25s.tokenize([text], show_progress=False)
        rows, scores = self._index.retrieve(asked, k=1, show_progress=False)
        if not np.any(scores):
            return Refusal(text=text, reason="out_of_scope", says="nothing was hit")
        return _wished(text, *self._sold[int(rows[0][0])], 1)


def _named(good: Good, variant: SoldVariant) -> str:
    return " ".join((good.title, good.brand, *(value for _, value in variant.options)))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _wished(text: str, good: Good, variant: SoldVariant, quantity: int) -> Intent:
    one = Variant(
        product_id=good.id,
        variant_id=variant.id,
        title=good.title,
        price_minor=variant.price_minor,
        available=variant.available,
    )
    item = Item(words=good.title, quantity=quantity, variants=(one,))
    act = BuyNow(items=(item,)) if _BUYS.search(text) else Add(item=item)
    return Intent(text=text, acts=(act,), currency=good.currency)
