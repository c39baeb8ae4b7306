"""Which of the orders are meant: by what they hold, by their age, or all but some.

"All my orders but the latest one, and the one with the tent stays too."
 ^all              ^not the newest      ^not that which holds it
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shop_intents import Ordered

from intent_parser.cues import STAYING
from intent_parser.naming import Naming
from intent_parser.phrases import number_at, phrase_at
from intent_parser.phrasing import CANCELLED, OF_ORDER
from intent_parser.reading import Token

_ALL = frozenset(["neither", "all", "every", "everything", "both", "each", "none", "whole", "any"])
_OTHERS = frozenset(["other", "others", "rest", "remaining"])
_NEWEST = frozenset(["last", "latest", "newest", "newer", "recent", "recently"])
_OLDEST = frozenset(["first", "oldest", "older", "earliest", "earlier"])
_SPANS = frozenset(["week", "month", "year", "night", "monday", "friday", "weekend"])
"""`last week` is when, and not which."""
_ORDERING = frozenset(["now", "ordered", "bought", "purchased", "placed", "made", "did"])
_NOT = frozenset(
    ["not", "except", "excepting", "besides", "save", "bar", "barring", "apart", "excluding"]
)
_PARTS = frozenset([",", ".", ";", "!", "?", "\n", ":"])
_SPEAKING = frozenset([*OF_ORDER, "ordered", "bought", "purchased", "them", "it", "those"])
_PLURAL = frozenset(["orders", "purchases"])


@dataclass(frozen=True)
class Chosen:
    places: tuple[int, ...]
    """In the orders, the newest of which is the first."""
    told: bool
    """Whether the text tells which; a `my order` does not."""
    sure: bool = True
    """Whether it tells them apart, where one is meant: two may hold what is named."""


class Choosing:
    def __init__(self, naming: Naming, orders: Sequence[Ordered]) -> None:
        self._naming = naming
        self._orders = orders
        self._all = frozenset(range(len(orders)))

    def chosen(self, tokens: Sequence[Token]) -> Chosen:
        told: list[frozenset[int]] = []
        spared: set[int] = set()
        every = others = False
        forms = {token.form for token in tokens}
        speaking = bool(_SPEAKING & forms) or bool(_ALL & forms and _NOT & forms)
        for negative, part in self._parts(tokens):
            forms = {token.form for token in part}
            found = self._of(part)
            if negative:
                spared |= found
                continue
            others = others or bool(_OTHERS & forms)
            general = bool(_ALL & forms) and speaking
            every = every or (not found and general and not self._naming.foreign(part))
            told += [found] if found else []
        # `I bought the lamp twice, cancel the newer order`: of those that hold it, that.
        single = frozenset[int]().union(*(each for each in told if len(each) == 1))
        wanted = frozenset[int]().union(*(each & single or each for each in told))
        if not (wanted or every or others or STAYING & {token.form for token in tokens}):
            wanted, spared = frozenset(spared), set()  # `I do not want the drum that I ordered`
        forms = {token.form for token in tokens}
        if others and (spared or wanted):
            return Chosen(tuple(sorted(self._all - (spared or wanted))), told=True)
        if (every and not single) or (not wanted and spared and _PLURAL & forms):
            return Chosen(tuple(sorted(self._all - spared)), told=True)
        several = bool((_ALL | _PLURAL) & forms) and "one" not in forms
        sure = several or len(wanted) <= 1 or len(told) > 1 or bool(self.aged(tokens))
        return Chosen(tuple(sorted(wanted - spared)), told=bool(wanted), sure=sure)

    def aged(self, tokens: Sequence[Token]) -> frozenset[int]:
        """Those of such an age: `the two most recent`, `the one before last`."""
        newest, oldest = range(len(self._orders)), range(len(self._orders) - 1, -1, -1)
        at = 0
        while at < len(tokens):
            tags, length = phrase_at(tokens, at)
            forms = {token.form for token in tokens[at : at + max(1, length)]}
            if "OLDER_ORDER" in tags and not _OLDEST & forms:
                return frozenset(newest[1:2])
            if forms & _NEWEST and not _is_time(tokens, at + max(1, length)):
                return frozenset(newest[: _counted(tokens, at)])
            if "second" in forms and not _is_last(tokens, at + 1):
                return frozenset(oldest[1:2])
            if "middle" in forms and len(self._orders) == 3:
                return frozenset([1])
            if forms & _OLDEST:
                return frozenset(oldest[: _counted(tokens, at)])
            if "just" in forms and _ORDERING & {t.form for t in tokens[at : at + max(3, length)]}:
                return frozenset(newest[:1])
            at += length or 1
        return frozenset()

    def holding(self, tokens: Sequence[Token]) -> frozenset[int]:
        """Those that hold what is named; several where they hold it equally."""
        weights = {
            place: sum(each.weight for each in self._naming.named(tokens, order.lines))
            for place, order in enumerate(self._orders)
        }
        most = max(weights.values(), default=0.0)
        return frozenset(place for place, weight in weights.items() if weight == most > 0)

    def _of(self, part: Sequence[Token]) -> frozenset[int]:
        """Those that a part of the text tells: by name and age, by one of them, or none."""
        plain = [token for token in part if token.form not in (*OF_ORDER, *CANCELLED)]
        named, aged = self.holding(plain), self.aged(part)
        if named and aged:
            return named & aged or named
        return named or aged

    def _parts(self, tokens: Sequence[Token]) -> list[tuple[bool, list[Token]]]:
        """Between commas, full stops and `but`s; of each whether it says what is not meant."""
        parts: list[tuple[bool, list[Token]]] = [(False, [])]
        for token in tokens:
            if token.form in _PARTS or token.form == "but":
                excepting = token.form == "but" and bool(_ALL & {t.form for t in parts[-1][1]})
                parts.append((excepting, []))
            elif token.form in _NOT:
                parts.append((True, []))
            else:
                parts[-1][1].append(token)
        return [
            (negative or _stays({t.form for t in piece}), piece)
            for negative, part in parts
            if part
            for piece in self._pieces(part)
        ]

    def _pieces(self, part: list[Token]) -> list[list[Token]]:
        """Either side of an `and` where each of them tells an order of its own."""
        at = next((at for at, token in enumerate(part) if token.form in ("and", "then")), None)
        if at is None:
            return [part]
        first, *rest = part[:at], *self._pieces(part[at + 1 :])
        told = [self._of(piece) for piece in (first, *rest)]
        apart = all(len(each) == 1 for each in told) and len(set(told)) == len(told)
        return [first, *rest] if apart or STAYING & {t.form for t in part} else [part]


def _stays(forms: set[str]) -> bool:
    if {"right", "good", "correct"} & forms and not {"away", "now"} & forms:
        return True
    return bool(STAYING & forms) or ("still" in forms and bool({"want", "need", "like"} & forms))


def _is_last(tokens: Sequence[Token], at: int) -> bool:
    return bool({"last", "most", "to", "of"} & {token.form for token in tokens[at : at + 2]})


def _is_time(tokens: Sequence[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].form in _SPANS


def _counted(tokens: Sequence[Token], at: int) -> int:
    """How many: of `my two most recent orders`, `the last three`."""
    for place in (at + 1, at - 1, at - 2):
        if 0 <= place < len(tokens) and tokens[place].form != "second":
            found = number_at(tokens, place)
            if found is not None and found[0] >= 1 and tokens[place - 1].form != "of":
                return int(found[0])
    return 1
