"""Another thing in a line's place, or the same in another colour or size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shop_intents import Add, CartLine, Remove, Swap
from shop_intents.intents import AnyAct

from intent_parser.clauses import Clause
from intent_parser.phrasing import SWAPPED_FOR, split_at, split_by
from intent_parser.reading import Token
from intent_parser.removing import SEVERAL, Removals
from intent_parser.telling import as_words, by_article, counted_as, counted_out, said_of
from intent_parser.trouble import Asked, Refused
from intent_parser.wishes import Wish


class Swaps(Removals):
    """What comes for what goes."""

    def _on_swap(self, clause: Clause) -> list[AnyAct]:
        several = self._each_with(clause, SWAPPED_FOR)
        if several:
            return [act for each in several for act in self._on_swap(each)]
        parts = split_by(clause.about, "BECOMES") or _turned_round(clause.about)
        parts = parts or split_at(clause.about, SWAPPED_FOR)
        if parts is None and self._lenient and self._items and not self._read(clause.about).hard:
            return self._exchanged(Wish(pronoun="it"), Wish(pronoun="it"))  # `if so, swap it`
        several = self._several_swapped(parts[0], parts[1]) if parts is not None else []
        if several:
            return several
        if parts is None:
            raise Asked("meaning", "what is to come in its place?")
        return self._exchanged(self._read(parts[0]), self._read(parts[1]))

    def _several_swapped(self, gone: Sequence[Token], new: Sequence[Token]) -> list[AnyAct]:
        """`swap the kettle and the game for a blender`: each for its own, or all for one."""
        lefts, rights = self._wishes(gone), self._wishes(new)
        if len(lefts) < 2 or not all(each.hard and self._held(each) for each in lefts):
            return []
        if len(rights) == len(lefts):
            pairs = zip(lefts, rights, strict=True)
            return [act for left, right in pairs for act in self._exchanged(left, right)]
        lines = [line for left in lefts for line in self._lines_for(left)]
        return [*(Remove(variant_id=line.variant_id) for line in lines), *self._added(rights)]

    def _exchanged(self, left: Wish, right: Wish) -> list[AnyAct]:
        """What is left goes, or so many of it, and what is right comes."""
        several = SEVERAL & {token.form for token in left.tokens}
        whole = left.everything or (bool(several) and left.pronoun == "them")
        if whole and not left.hard and right.hard and len(self.cart) > 1:
            gone = [Remove(variant_id=line.variant_id) for line in self.cart]
            return [*gone, *self._added([right])]
        counted = self._count(left) if left.words and self._some_of(left) else None
        line = self._going(replace(left, quantity=None) if counted else left)
        if several:
            counted = line.quantity  # `swap both kettles for one blender`
        if left.words:
            self._last = left
        if counted is not None and counted < line.quantity:
            return self._some_swapped(line, counted, right)
        if right.pronoun and not right.words and self._items:
            item = counted_as(self._items[-1], line.quantity)
            return [Swap(variant_id=line.variant_id, item=item)]  # `if … is there, swap … for it`
        if right.hard and not any(self.lexicon.known(word.token.word) for word in right.hard):
            raise Refused("impossible", f"nothing that is sold here is {said_of(right)}", sure=True)
        act = self._swapped(line, right if right.words else as_words(right))
        plural = bool(left.hard) and left.hard[-1].token.form != left.hard[-1].token.word
        single = bool(right.tokens) and right.tokens[0].form == "one"
        if (counted or plural) and single and isinstance(act, Swap):
            act = Swap(variant_id=act.variant_id, item=counted_as(act.item, 1))
        return [act]

    def _going(self, left: Wish) -> CartLine:
        """The line that goes; where an `it` does not tell which, nothing is guessed."""
        try:
            return self._line(left)
        except Asked as asked:
            raise Asked(asked.about, asked.says, asked.choices, sure=not left.hard) from None

    def _some_of(self, left: Wish) -> bool:
        """`two of the games`, `one game`: not all that there are, perhaps."""
        return counted_out(left) or (
            bool(left.tokens) and left.tokens[0].form in ("one", "a", "an")
        )

    def _on_remove(self, clause: Clause) -> list[AnyAct]:
        return self._for(clause) or super()._on_remove(clause)

    def _for(self, clause: Clause) -> list[AnyAct]:
        """`ditch the kettle for the blender`, `drop it in favour of the blender`: a swap, where the
        one is there and the other one product, and none of its own."""
        parts = split_by(clause.about, "FAVOUR") or split_at(clause.about, frozenset(["for"]))
        if parts is None or not self.cart:
            return []
        left, right = self._read(parts[0]), self._read(parts[1])
        there = self._held(left) if left.hard else left.pronoun == "it"
        new = bool(right.hard) and not self._held(right) and self._sold(right)
        return self._exchanged(left, right) if there and new and self._many(right) == 1 else []

    def _some_swapped(self, line: CartLine, number: int, other: Wish) -> list[AnyAct]:
        """`swap one of the kettles for a blender`: the others stay."""
        count = self._count(other)
        units = number if count is None or by_article(other) else count
        item = self._sibling(line, other, units)
        if item is None:
            item = counted_as(self._item(replace(other, quantity=units)), units)
        return [Remove(variant_id=line.variant_id, quantity=number), Add(item=item)]

    def _on_prefer(self, clause: Clause) -> list[AnyAct]:
        """`I'd rather have the shirt in XL`, `I'd prefer this over that`."""
        parts = split_by(clause.about, "THAN_NOT") or split_at(
            clause.about, frozenset(("over", "to", "than"))
        )
        if parts is not None and (self._held(other := self._read(parts[1])) or other.pronoun):
            return [self._swapped(self._line(other), self._read(parts[0]))]
        wish = self._read(clause.about)
        if wish.pronoun and not wish.words and self._lenient and self._items:
            return self._exchanged(Wish(pronoun="it"), wish)  # `… then I'd rather have that`
        if wish.hard and counted_out(wish) and self._held(wish):
            return [self._set(self._line(replace(wish, quantity=None)), self._count(wish) or 1)]
        if wish.pronoun or len(self.cart) == 1:
            return [self._swapped(self._line(Wish(pronoun="it")), replace(wish, pronoun=""))]
        found = [line for line in self.cart if self._sibling(line, wish, line.quantity)]
        if len(found) == 1:
            return [self._swapped(found[0], wish)]
        return self._on_add(clause)

    def _each_with(self, clause: Clause, between: frozenset[str]) -> list[Clause]:
        """`the olive ones to 3 and the stone ones to 1`: one for each; none where it is one."""
        parts: list[list[Token]] = [[]]
        for token in clause.about:
            if token.form in ("and", ","):
                parts.append([])
            else:
                parts[-1].append(token)
        parts = [part for part in parts if part]
        if len(parts) < 2 or any(split_at(part, between) is None for part in parts):
            return []
        return [replace(clause, about=tuple(part)) for part in parts]


def _turned_round(about: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]] | None:
    """`switch | to the blender from the kettle`: what goes, and what comes."""
    forms = [token.form for token in about]
    at = forms.index("from") if "from" in forms[2:-1] else 0
    return (about[at + 1 :], about[1:at]) if at and forms[0] == "to" else None
