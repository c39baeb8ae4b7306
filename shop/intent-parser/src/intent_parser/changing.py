"""What is said of the cart: make it so many, only so many, twice as many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shop_intents import Add, BuyNow, Remove
from shop_intents.intents import AnyAct

from intent_parser.clauses import Clause
from intent_parser.grounding import narrowed
from intent_parser.limits import Limits, joined
from intent_parser.phrases import number_at
from intent_parser.phrasing import COUNTED, SWAPPED_FOR, first_number, split_at, split_by
from intent_parser.reading import Token
from intent_parser.swapping import Swaps
from intent_parser.telling import as_words, by_article, counted_as, counted_out, said_of
from intent_parser.trouble import Asked, Refused
from intent_parser.wishes import Wish, Word

_TO = frozenset(("to", "by", "at"))


class Changes(Swaps):
    """What becomes of the lines of the cart."""

    def _on_set(self, clause: Clause) -> list[AnyAct]:
        counted = self._made(clause.about)
        if counted is not None:
            return [counted]
        several = self._each_with(clause, _TO)
        if several:
            return [act for each in several for act in self._on_set(each)]
        about = [token for token in clause.about if token.form not in ("up", "down")]
        parts = split_at(about, _TO) or split_at(about, frozenset(("for", "with", "into")))
        forms = {token.form for token in clause.said} | {token.form for token in clause.about}
        if parts is not None:
            counted = any(token.form in COUNTED for token in parts[0])
            left = self._read([token for token in parts[0] if token.form not in (*COUNTED, "for")])
            right = self._read(first_number(parts[1]))
            number = self._count(right)
            optional = any(token.word in self.lexicon.axes for token in parts[0])
            if not right.words and number is not None and optional and not counted:
                return [self._swapped(self._line(left), as_words(right))]
            if left.everything and not (left.hard or right.words) and number is not None:
                return [self._set(line, number) for line in self.cart]
            if not right.words and number is not None:
                return [self._counted(left, number, parts[2], forms)]
            if number is not None and left.hard and self._held(left) and self._held(right):
                line = self._line(replace(left, quantity=None))
                if narrowed(self.lexicon, right, self._cart_rows([line])) and not by_article(right):
                    return [self._set(line, number)]  # `change the 4 lemons to 2 lemons`
            if not right.words and right.everything is False and right.quantity is None:
                return self._halved(left, forms)
            return self._exchanged(left, right)
        wish = self._read(clause.about)
        number = self._count(wish)
        if wish.limits != Limits() or wish.total != Limits():
            self.total = joined(joined(self.total, wish.limits), wish.total)
            return []
        if wish.pronoun == "them" and number is not None and not wish.words and not wish.more:
            return [
                self._set(line, number) for line in self._lines_for(replace(wish, quantity=None))
            ]
        if wish.more or {"less", "fewer"} & forms:
            return [self._counted(replace(wish, more=False), number or 1, "by", forms)]
        if self._other and number is not None and not wish.words and self._items:
            item = self._items[-1]
            if not any(line.variant_id == item.variants[0].variant_id for line in self.cart):
                return [Add(item=counted_as(item, number))]  # `twelve; if not, make it nine`
        if number is None or wish.quantity is None:
            if wish.words and self.cart:
                # `make it the red one`, `make the lamp red`
                alike = [e for e in self.cart if self._sibling(e, wish, e.quantity)]
                line = alike[0] if len(alike) == 1 else self._line(Wish(pronoun="it"))
                return [self._swapped(line, wish)]
            raise Asked("quantity", "how many are wanted?")
        if wish.words and counted_out(wish) and wish.pronoun:
            line = self._line(Wish(pronoun="it"))
            if number < line.quantity:
                return self._some_swapped(line, number, replace(wish, quantity=None, pronoun=""))
        if wish.words and not self._held(wish):
            some = self._some_turned(wish, number)
            if some:
                return some
            if self._lines or self._items:
                return [self._swapped(self._line(Wish(pronoun="it")), wish)]
            if wish.definite and self._sold(wish):
                raise Refused("impossible", f"there is no {said_of(wish)} in the cart", sure=True)
            return self._added([wish])
        return [self._counted(replace(wish, quantity=None), number, "to", forms)]

    def _some_turned(self, wish: Wish, number: int) -> list[AnyAct]:
        """`make one of the soundbars blue`: so many of the one line that can be so."""
        other = replace(wish, quantity=None)
        alike = [line for line in self.cart if self._sibling(line, other, number)]
        if len(alike) != 1 or not self._some_of(wish) or number >= alike[0].quantity:
            return []
        return self._some_swapped(alike[0], number, other)

    def _made(self, about: Sequence[Token]) -> AnyAct | None:
        """`make the board game 4`, where that is in the cart and no name ends with that number."""
        if len(about) < 2 or about[-1].number is None or about[-1].joined:
            return None
        if split_at(about, SWAPPED_FOR) is not None:
            return None
        wish = self._read(about[:-1])
        if not (wish.hard and wish.definite and wish.quantity is None and self._held(wish)):
            return None
        if self._held(replace(wish, words=(*wish.words, Word(about[-1])))):
            return None
        if self._sibling(self._line(wish), Wish(words=(Word(about[-1]),)), 1) is not None:
            return None
        return self._set(self._line(wish), about[-1].number)

    def _on_only(self, clause: Clause) -> list[AnyAct]:
        """So many of what is in the cart already, and no more; else a wish."""
        spoken, self._spoken = self._spoken, ()
        if spoken and self.cancels:
            return []  # `Of my orders only the oldest is wrong. Cancel that.`
        if spoken:  # `From my last order, only the game`
            named = self._bought_before([each for each in self._wishes(clause.about) if each.hard])
            return [BuyNow(items=tuple(named))] if named else self._again(BuyNow, spoken)
        apart = split_by(clause.about, "THAN_NOT")
        about = _without_range(clause.about if apart is None else apart[0])
        wishes = self._wishes(about)
        acts: list[AnyAct] = []
        plain = [w for w in wishes if w.hard and w.quantity is None and self._held(w)]
        if len(plain) == len(wishes) > 1 or (plain == wishes and plain and self._others_go):
            return self._only_left(plain)  # `just the milk and the rice, lose the lemons`
        for wish in wishes:
            number = self._count(wish)
            if (
                (self._other or self._lenient)
                and number is not None
                and not wish.words
                and self._items
            ):
                acts.append(Add(item=counted_as(self._items[-1], number)))  # `otherwise just two`
                continue
            placed = self._placed(wish, self.cart) if wish.definite and len(wish.hard) == 1 else []
            if len(placed) == 1 and len(self.cart) > 1 and not self._held(wish):
                gone = [line for line in self.cart if line != placed[0]]
                acts += [Remove(variant_id=line.variant_id) for line in gone]
                continue  # `only the first one`
            if number is None and wish.definite and wish.hard and self._held(wish):
                acts += self._alone(wish)
                continue
            if (
                number is None
                or (wish.words and not self._held(wish))
                or not (wish.words or self.cart)
            ):
                acts += self._added([wish]) if wish.words else []
            else:
                acts.append(self._set(self._line(replace(wish, quantity=None)), number))
        return acts

    def _alone(self, wish: Wish) -> list[AnyAct]:
        """`I only want the blue one`: of its kind, where there are more; else of all."""
        kept = self._lines_for(wish)
        ids = {line.variant_id for line in kept}
        self._staying |= ids
        products = {line.product_id for line in kept}
        others = [line for line in self._left() if line.variant_id not in ids]
        alike = [line for line in others if line.product_id in products]
        return [Remove(variant_id=line.variant_id) for line in alike or others]

    def _on_double(self, clause: Clause) -> list[AnyAct]:
        return self._times(clause, 2)

    def _on_triple(self, clause: Clause) -> list[AnyAct]:
        return self._times(clause, 3)

    def _on_halve(self, clause: Clause) -> list[AnyAct]:
        return self._times(clause, 0.5)

    def _times(self, clause: Clause, factor: float) -> list[AnyAct]:
        wish = self._read(
            [t for t in clause.about if t.form not in ("quantity", "number", "amount")]
        )
        again = [act for act in self._so_far if isinstance(act, BuyNow)]
        if again and (not wish.hard or not self._held(wish)):
            self._dropped += again  # `reorder it, but twice as many`
            return [self._multiplied(act, factor, wish) for act in again]
        if wish.everything or wish.pronoun == "them":
            return [self._set(line, line.quantity * factor) for line in self._lines_for(wish)]
        line = self._line(wish)
        return [self._set(line, line.quantity * factor)]

    def _multiplied(self, act: BuyNow, factor: float, wish: Wish) -> BuyNow:
        """Of all that is bought again, or of what is named of it."""
        rows = [self.lexicon.row_of[item.variants[0].variant_id] for item in act.items]
        named = set(narrowed(self.lexicon, wish, rows)) if wish.hard else set(rows)
        if not named:
            raise Refused("impossible", f"there is no {said_of(wish)} in that order")
        counts = [
            max(1, int(item.quantity * factor)) if row in named else item.quantity
            for item, row in zip(act.items, rows, strict=True)
        ]
        if any(
            item.variants[0].available < count
            for item, count in zip(act.items, counts, strict=True)
        ):
            raise Refused("impossible", "there are not as many of it")
        pairs = zip(act.items, counts, strict=True)
        return BuyNow(items=tuple(counted_as(item, count) for item, count in pairs))


def _without_range(about: Sequence[Token]) -> Sequence[Token]:
    """`the red one of those two`: of which it is says nothing."""
    forms = [token.form for token in about]
    at = len(forms) - 3
    ranged = at > 0 and forms[at] == "of" and forms[at + 1] in ("those", "these", "the", "my")
    return about[:at] if ranged and number_at(about, at + 2) is not None else about
