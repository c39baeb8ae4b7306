"""Conditions of what lies in the cart: `if there is no rice in my cart yet, put one in`.

The cart is known, and so is whether they hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from intent_parser.doing import Doing
from intent_parser.limits import limit_at
from intent_parser.phrases import phrase_at
from intent_parser.reading import Token
from intent_parser.telling import by_article
from intent_parser.wishes import Wish

_NOT = frozenset(
    ["no", "not", "isnt", "arent", "dont", "doesnt", "havent", "hasnt", "without", "lacks", "lack"]
)
_ANY = frozenset(["any", "one", "it", "some", "them", "that"])
_IDLE = frozenset(
    [
        "already", "yet", "still", "currently", "now", "i", "we", "ive", "weve", "have", "got",
        "has", "is", "are", "there", "theres", "any", "in", "it", "if", "see", "you", "do", "does",
        "contains", "put", "added", "lies", "sits", "sitting", "lying", *_NOT,
    ]
)  # fmt: skip
"""Words that tell no thing, of a condition of the cart."""


class Holding(Doing):
    def _by_cart(self, said: Sequence[Token], unless: bool) -> bool | None:
        """Whether a condition holds that is of the cart; None where it is of nothing in it.

        What it names and is there, what follows may speak of."""
        rest = _without_cart(said)
        if rest is None and _is_mine(said) and self._owned(said):
            rest = list(said)
        if rest is None:
            return None
        forms = {token.form for token in said}
        if "empty" in forms:
            return (not self.cart) != unless
        if {"nothing", "anything", "something"} & forms:
            there = bool(self.cart)
            return (there != ("nothing" in forms or bool(_NOT & forms))) != unless
        there = self._there([token for token in rest if token.form not in _IDLE])
        return None if there is None else (there != bool(_NOT & forms)) != unless

    def _there(self, named: Sequence[Token]) -> bool | None:
        """Whether what is named is in the cart, or what was named last; None where nothing was."""
        wish = self._read(named)
        several = [each for each in self._wishes(named) if each.hard]
        if len(several) > 1:
            return all(self._held(each, self.cart) for each in several)
        if wish.hard:
            there = self._held(wish, self.cart) and self._as_many(wish)
            if there and len(lines := self._lines_for(replace(wish, quantity=None))) == 1:
                self._lines += lines
            elif not there:
                self._mention_wish(wish)
            return there
        if not self._items:
            return None
        return self._items[-1].variants[0].variant_id in {line.variant_id for line in self.cart}

    def _owned(self, said: Sequence[Token]) -> bool:
        """`if I already have milk`: something that is sold, or `any` of what was named."""
        wish = self._read([token for token in said if token.form not in _IDLE])
        known = all(self.lexicon.known(word.token.word) for word in wish.hard)
        return known if wish.hard else bool(self._items) and bool(_ANY & {t.form for t in said})

    def _as_many(self, wish: Wish) -> bool:
        """Whether there are as many of it: `if there are two kettles in my cart`."""
        number = None if by_article(wish) else self._count(wish)
        lines = self._lines_for(replace(wish, quantity=None)) if number is not None else []
        return number is None or sum(line.quantity for line in lines) >= number


def of_cart(said: Sequence[Token]) -> bool:
    """Whether it is of what the cart holds, and not of what can be had."""
    return _without_cart(said) is not None or _is_mine(said)


def _is_mine(said: Sequence[Token]) -> bool:
    """`I haven't got any`, `I already have milk`: there, in the cart; nothing of money."""
    forms = [token.form for token in said]
    have = {"have", "got", "havent", "ive", "weve"} & set(forms)
    limited = any(limit_at(said, at) for at in range(len(said)))
    return forms[:1] in (["i"], ["we"], ["ive"], ["weve"]) and bool(have) and not limited


def _without_cart(said: Sequence[Token]) -> list[Token] | None:
    """What is said beside `in my cart`; None where that is not said, or what it costs is."""
    rest: list[Token] = []
    carted = False
    at = 0
    while at < len(said):
        tags, length = phrase_at(said, at)
        if limit_at(said, at):
            return None
        if "CART" in tags:
            carted = True
        else:
            rest += said[at : at + (length or 1)]
        at += length or 1
    return rest if carted else None
