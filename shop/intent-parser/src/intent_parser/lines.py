"""Which lines of the cart are meant: by name, by place, or by a pronoun."""

from __future__ import annotations

from collections.abc import Sequence

from shop_intents import (
    Add,
    CartLine,
    Swap,
)

from intent_parser.clauses import Clause
from intent_parser.cues import LAST, OTHER, PLACES
from intent_parser.grounding import narrowed
from intent_parser.phrases import number_at
from intent_parser.reading import Token
from intent_parser.telling import (
    said_of,
)
from intent_parser.trouble import Asked, Refused
from intent_parser.wishes import Wish
from intent_parser.words import Words

_PLACED = frozenset(["item", "items", "number", "numbers", "no", "line", "lines", "position"])
"""Before the place of a line."""
_BETWEEN = frozenset(
    ["the", "and", ",", "one", "ones", "item", "items", "thing", "things", "please"]
)


class Lines(Words):
    """Of the cart, and of what this text has put into it."""

    def _cart_rows(self, lines: Sequence[CartLine] | None = None) -> tuple[int, ...]:
        lines = self._virtual() if lines is None else lines
        rows = (self.lexicon.row_of.get(line.variant_id) for line in lines)
        return tuple(row for row in rows if row is not None)

    def _virtual(self) -> list[CartLine]:
        """The cart's lines, and those that this text has added."""
        added = [
            CartLine(
                product_id=item.variants[0].product_id,
                variant_id=item.variants[0].variant_id,
                quantity=item.quantity,
            )
            for item in (act.item for act in self._so_far if isinstance(act, Add | Swap))
        ]
        known = {line.variant_id for line in self.cart}
        return [*self.cart, *(line for line in added if line.variant_id not in known)]

    def _held(self, wish: Wish, lines: Sequence[CartLine] | None = None) -> bool:
        return bool(narrowed(self.lexicon, wish, self._cart_rows(lines)))

    def _line(self, wish: Wish) -> CartLine:
        """The one line that is meant. Raises Asked, Refused."""
        lines = self._lines_for(wish)
        if len(lines) > 1:
            raise Asked(
                "line", f"which {said_of(wish) or 'line'} is meant?", self._line_choices(lines)
            )
        return lines[0]

    def _lines_for(self, wish: Wish, clause: Clause | None = None) -> list[CartLine]:
        lines = self._virtual()
        by_row = {self.lexicon.row_of.get(line.variant_id): line for line in lines}
        if not wish.words:
            found = self._referred(wish, lines)
        else:
            rows = narrowed(self.lexicon, wish, self._cart_rows())
            found = [by_row[row] for row in rows]
        if wish.pick in ("cheapest", "dearest") and len(found) > 1:
            found = [self._by_price(found, wish.pick == "dearest")]
        found = found or self._placed(wish, lines)
        if len(found) > 2 and "both" in {token.form for token in wish.tokens} and not wish.words:
            raise Asked("line", "which two are meant?", self._line_choices(found))
        if len(found) > 1 and wish.quantity is not None and len(found) == wish.quantity:
            self._lines += found
            return found
        if not found:
            raise Refused("impossible", f"there is no {said_of(wish) or 'such thing'} in the cart")
        some = wish.quantity is not None and 0 < wish.quantity < len(found) and not wish.words
        if len(found) > 1 and (wish.pronoun != "them" or some) and not wish.everything:
            plural = (
                any(token.form != token.word for token in wish.tokens) and wish.quantity is None
            )
            whole = clause is not None and plural and wish.words
            if not whole:
                raise Asked(
                    "line", f"which {said_of(wish) or 'line'} is meant?", self._line_choices(found)
                )
        self._lines += found
        return found

    def _placed(self, wish: Wish, lines: Sequence[CartLine]) -> list[CartLine]:
        """`the other one`, `the latter`, `the first thing`: told by its place."""
        forms = {token.form for token in wish.tokens}
        if forms & OTHER:
            spoken = {line.variant_id for line in self._lines} | self._staying
            left = [line for line in lines if line.variant_id not in spoken]
            return left if len(left) < len(lines) or len(lines) == 1 else []
        count = int(wish.quantity or 1)
        if 1 < count < len(lines) and len(wish.hard) <= 1:
            if LAST & forms:
                return list(lines[-count:])  # `the last two`
            if PLACES[0] & forms:
                return list(lines[:count])
        if "middle" in forms and len(lines) == 3:
            return [lines[1]]
        places = (*(set(each) & forms for each in PLACES), LAST & forms)
        for at, said in zip((0, 1, 2, -1), places, strict=True):
            if said and -len(lines) <= at < len(lines) and len(wish.hard) <= 2:
                return [lines[at]]
        return []

    def _numbered(self, about: Sequence[Token]) -> list[CartLine]:
        """`item 2`, `numbers one and three`: by their places, from the top."""
        at = next((at for at, t in enumerate(about) if t.form in _PLACED), len(about)) + 1
        found: list[CartLine] = []
        while at < len(about):
            number = number_at(about, at)
            if number is None and about[at].form in ("and", ","):
                at += 1
                continue
            if number is None or number[0] != int(number[0]):
                break
            if not 1 <= number[0] <= len(self.cart):
                raise Refused("impossible", "there is no such item in the cart", sure=True)
            found.append(self.cart[int(number[0]) - 1])
            at += number[1]
        return found

    def _in_places(self, about: Sequence[Token]) -> list[CartLine]:
        """`the second and third`: nothing but places."""
        found: list[CartLine] = []
        for token in about:
            place = next((at for at, words in enumerate(PLACES) if token.form in words), None)
            place = len(self.cart) - 1 if token.form in LAST else place
            if place is not None and place < len(self.cart):
                found.append(self.cart[place])
            elif token.form not in _BETWEEN:
                return []
        return found if len(found) > 1 else []

    def _by_prices(self, wish: Wish) -> list[CartLine]:
        """`the two cheapest things`"""
        picks = wish.pick in ("cheapest", "dearest") and not wish.hard
        counts = (number_at(wish.tokens, at) for at in range(len(wish.tokens)))
        number = next((int(each[0]) for each in counts if each is not None), 1)
        if not picks or not 1 < number < len(self.cart):
            return []
        left = list(self.cart)
        found: list[CartLine] = []
        while len(found) < number:
            found.append(self._by_price(left, wish.pick == "dearest"))
            left.remove(found[-1])
        return found

    def _by_price(self, lines: Sequence[CartLine], dearest: bool) -> CartLine:
        def price(line: CartLine) -> int:
            return int(self.lexicon.price_minor[self.lexicon.row_of[line.variant_id]])

        known = [line for line in lines if line.variant_id in self.lexicon.row_of]
        return (max if dearest else min)(known or lines, key=price)

    def _referred(self, wish: Wish, lines: Sequence[CartLine]) -> list[CartLine]:
        """`it`, `them`, and nothing at all."""
        if self._lines:
            spoken = {line.variant_id: line for line in self._lines}
            return self._lines[-1:] if wish.pronoun != "them" else list(spoken.values())
        ids = [item.variants[0].variant_id for item in self._items]
        mentioned = [line for line in lines if line.variant_id in ids]
        if mentioned:
            return mentioned if wish.pronoun == "them" else mentioned[-1:]
        return list(lines)

    def _comes_in_pairs(self, rows: Sequence[int]) -> bool:
        """Whether one of it is called by a plural: trousers, boots."""
        titles = [self.lexicon.good(row).title.casefold() for row in rows[:20]]
        return sum(title.endswith("s") for title in titles) * 2 > len(titles)
