"""Wishes as items: the variants that fulfil them, or a question, or a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from shop_intents import (
    Add,
    CartLine,
    Item,
    Swap,
)
from shop_intents.intents import AnyAct

from intent_parser.cues import ATTRIBUTES, SERVICES
from intent_parser.grounding import narrowed
from intent_parser.lines import Lines
from intent_parser.phrases import UNIT_WORDS
from intent_parser.telling import (
    by_article,
    corrects,
    counted_as,
    counted_out,
    said_of,
    spans_of,
)
from intent_parser.trouble import Asked, Instead, Refused
from intent_parser.turning import tags_of
from intent_parser.wishes import VAGUE, Wish, Word

_ALSO = frozenset(["also", "too", "well", "besides"])
"""`one for my sister as well`"""
MOST_CHOICES = 8
MOST_VARIANTS = 50


class Items(Lines):
    """What is to come into the cart."""

    def _added(self, wishes: Sequence[Wish]) -> list[AnyAct]:
        _one_alone(wishes)
        acts: list[AnyAct] = []
        for wish in wishes:
            tags = {tag for each in tags_of(wish.tokens) for tag in each}
            number = None if wish.quantity == VAGUE else wish.quantity
            held = bool(wish.words) and self._held(wish)
            told = number == 0 or "TOTAL" in tags or corrects(wish)
            told = told or (counted_out(wish) and "instead" in {t.form for t in wish.tokens})
            if held and number is not None and told:
                acts.append(self._set(self._line(replace(wish, quantity=None)), number))
                continue
            alone = self.cart[0] if len(self.cart) == 1 and not self._items else None
            if alone is not None and number and not (wish.words or wish.pronoun or wish.more):
                if "TOTAL" in tags:
                    acts.append(self._set(alone, number))  # `let me have three altogether`
                    continue
                if _ALSO & {token.form for token in wish.tokens}:
                    acts.append(Add(item=self._of_line(alone, self._count(wish))))
                    continue
            try:
                for item in self._some_items(wish):
                    apart = self._other and wish.quantity is not None
                    if apart or not self._said_before(item, wish, acts):
                        acts.append(Add(item=item))
            except Instead as instead:
                line = self._line(Wish(pronoun="it"))
                acts.append(self._swapped(line, replace(instead.wish, pronoun="")))
        return acts

    def _said_before(self, item: Item, wish: Wish, acts: Sequence[AnyAct]) -> bool:
        """Whether it is what was wished for already, in other words."""
        same = [
            act
            for act in (*self._so_far, *acts)
            if isinstance(act, Add)
            and act.item.variants[0].variant_id == item.variants[0].variant_id
        ]
        counted = wish.quantity is not None and not by_article(wish)
        return bool(same) and not wish.more and not counted

    def _items_of(self, wishes: Sequence[Wish]) -> list[Item]:
        _one_alone(wishes)
        named = (replace(wish, pronoun="") if wish.words else wish for wish in wishes)
        return [item for wish in named for item in self._some_items(wish)]

    def _some_items(self, wish: Wish) -> list[Item]:
        if self._lenient and not wish.hard and wish.quantity is not None and self._items:
            # `as long as the lamp is under 200 I'll have one`
            self._dropped += [act for act in self._bare if _adds(act, self._items[-1])]
            return [counted_as(self._items[-1], self._count(wish) or 1)]
        if wish.hard and _ALSO & {token.form for token in wish.tokens}:
            beside = self._beside(wish)
            if beside is not None:
                return [beside]
            held = narrowed(self.lexicon, wish, self._cart_rows(self.cart))
            if len(held) == 1 and self._many(wish) > 1:
                return [self._of_line(self._line(wish), self._count(wish) or 1)]
        if wish.words and wish.pronoun in ("it", "them") and (self._lines or self.cart):
            raise Instead(wish)
        if wish.words and wish.more and self.cart and not self._many(wish):
            placed = self._placed(wish, self._virtual())
            if len(placed) == 1:
                return [self._of_line(placed[0], self._count(wish) or 1)]  # `two more of the last`
        if wish.words and self._ordered:
            lines = self._which_order(self._ordered).lines
            rows = narrowed(self.lexicon, wish, self._cart_rows(lines))
            by_row = {self.lexicon.row_of.get(line.variant_id): line for line in lines}
            found = [self._of_line(by_row[row], self._count(wish)) for row in rows]
            self._items += found
            if found:
                return found
        if wish.words:
            return [self._item(wish)]
        if self._other and wish.quantity is not None and self._last is not None:
            return [self._item(replace(self._last, quantity=wish.quantity))]
        spoken = self._last is not None and not self._items and not self._lines
        if wish.pronoun == "one" and spoken and not wish.more:
            return [self._item(wish)]
        if wish.pronoun == "them" and len(self._items) > 1:
            return self._items[-2:]
        if wish.pronoun or wish.more:
            line = self._lines[-1] if self._lines else None
            if line is None and self._items:
                item = self._items[-1]
                if self._added_already(item) and not wish.more:
                    return self._recounted(item, wish)
                return [counted_as(item, self._count(wish) or item.quantity)]
            told = wish.more or wish.quantity is not None or wish.pronoun == "one"
            if not told and self.cart and not self._items:
                return []  # `I'll take it`: it is in the cart already
            line = line or self._line(Wish(pronoun="it"))
            return [self._of_line(line, self._count(wish) or 1)]
        if wish.quantity is not None and self._last is not None and "INFO" in self.verbs:
            # `Is there a red lamp left? I'd love one`
            return [self._item(replace(self._last, quantity=wish.quantity))]
        raise Asked("meaning", "what is wanted?")

    def _recounted(self, item: Item, wish: Wish) -> list[Item]:
        """`Lemons, please. I'd need ten of them.` Of what was added it is told how many."""
        count = None if by_article(wish) else self._count(wish)
        added = [act for act in self._so_far if isinstance(act, Add) and act.item is item]
        if count is None or item.quantity != 1 or count == 1 or not added:
            return []
        if item.variants[0].available < count:
            raise Refused("impossible", f"there are not {count} of it")
        self._dropped += added
        return [counted_as(item, count)]

    def _beside(self, wish: Wish) -> Item | None:
        """`the same in blue as well`: of the one line of which there is such another."""
        other, units = replace(wish, pronoun="", quantity=None), self._count(wish) or 1
        found = [item for line in self.cart if (item := self._sibling(line, other, units))]
        return found[0] if len(found) == 1 else None

    def _added_already(self, item: Item) -> bool:
        return any(isinstance(act, Add) and act.item is item for act in self._so_far)

    def _item(self, wish: Wish) -> Item:
        """Raises Asked, Refused."""
        if wish.pronoun == "one" or self._other:
            wish = self._completed(wish)
        wish = self._elliptic(wish)
        self._last = wish
        quantity = self._count(wish)
        if quantity == 0:
            raise Refused("impossible", "none of something cannot be bought")
        units = 1 if quantity is None else quantity
        found = self._meant(wish, units)
        if wish.paired and found.rows and not self._comes_in_pairs(found.rows):
            units *= 2
            found = self._meant(wish, units)
        strange = {token.word for token in found.unexplained} | {
            word.token.word for word in wish.words if not self.lexicon.known(word.token.word)
        }
        if strange & ATTRIBUTES:
            raise Refused("impossible", f"nothing that is sold here is {said_of(wish)}", sure=True)
        self.unexplained += found.unexplained
        self.unexplained += (
            w.token for w in wish.words if w.soft and not self.lexicon.known(w.token.word)
        )
        rows = found.rows
        held = narrowed(self.lexicon, wish, self._cart_rows()) if wish.more else ()
        if len(held) == 1 and (not rows or not found.picked):
            rows = held
        elif not rows and found.why == "sold_out" and self._lenient:
            # None of them can be had, so that nobody need be asked which.
            rows = found.fits[:1]
        if not rows:
            says = found.says or f"nothing that is sold here is {said_of(wish)}"
            if strange & SERVICES:
                raise Refused("out_of_scope", "that is no shopping", sure=True)
            raise Refused("impossible", says, sure=not found.unexplained and found.why != "unknown")
        if len(rows) > 1 and not found.picked and rows != held:
            if any(
                not word.after and not self.lexicon.known(word.token.word) for word in wish.hard
            ):
                raise Refused("impossible", f"nothing that is sold here is {said_of(wish)}")
            rows = self._affordable(rows, units) or self._one_of(wish, rows)
        item = Item(
            words=said_of(wish),
            quantity=units,
            variants=tuple(self._variant(row) for row in rows[:MOST_VARIANTS]),
            pick=wish.pick,
            wanted={"words": [word.token.word for word in wish.words]},
            unwanted={"words": [token.word for group in wish.unwanted for token in group]},
            most_minor=wish.limits.most_minor,
            least_minor=wish.limits.least_minor,
            spans=spans_of(wish.tokens),
        )
        self._items.append(item)
        return item

    def _affordable(self, rows: Sequence[int], units: int) -> tuple[int, ...]:
        """`I have 50 euros, get me a floor lamp`: the only one that there is for that, if one."""
        most_minor = self.total.most_minor
        if most_minor is None:
            return ()
        found = [row for row in rows if self.lexicon.price_minor[row] * units <= most_minor]
        return tuple(found) if len(found) == 1 else ()

    def _elliptic(self, wish: Wish) -> Wish:
        """`if the small one is gone, the 7 kg bag`: of what was named, where nothing else is."""
        last = self._last
        if last is None or not wish.hard:
            return wish
        options = [w for w in wish.hard if w.token.word in self.lexicon.options]
        if not options or any(
            w not in options and w.token.word not in UNIT_WORDS for w in wish.hard
        ):
            return wish
        if len({self.lexicon.row_good[row] for row in self._meant(wish).rows}) == 1:
            return wish
        longer = self._completed(replace(wish, words=tuple(options), pronoun="one"), wide=True)
        return longer if self._many(longer) or self._meant(longer).why == "sold_out" else wish

    def _completed(self, wish: Wish, wide: bool = False) -> Wish:
        """`the blue one`: of what was named last, but blue."""
        last = self._last
        options = all(word.token.word in self.lexicon.options for word in wish.hard)
        if last is None or not (wish.pronoun == "one" or self._other):
            return wish
        if wish.definite and self._was_named(wish):
            return wish  # `the blender`, that it was compared with
        if self._many(wish) == 1 and not wide and not (options and self._other):
            return wish
        fits = np.ones(self.lexicon.rows, bool)
        for word in wish.hard:
            fits &= self.lexicon.having(word.token.word)
        kept: list[Word] = []
        for word in reversed(last.words):
            narrower = fits & self.lexicon.having(word.token.word)
            if narrower.any():
                fits = narrower
                kept.insert(0, word)
        quantity = last.quantity if wish.quantity is None else wish.quantity
        return replace(wish, words=(*kept, *wish.words), pronoun="", quantity=quantity)

    def _was_named(self, wish: Wish) -> bool:
        """Whether one of the things that were mentioned is called so."""
        rows = (self.lexicon.row_of.get(item.variants[0].variant_id) for item in self._items)
        known = {row for row in rows if row is not None}
        words = [word.token.word for word in wish.hard if word.token.word in self.lexicon.heads]
        fits = [row for row in known if all(self.lexicon.has(row, word) for word in words)]
        return bool(words) and len(fits) == 1

    def _one_of(self, wish: Wish, rows: tuple[int, ...]) -> tuple[int, ...]:
        """The only one that it can be, or a question."""
        goods = {self.lexicon.row_good[row] for row in rows}
        if wish.definite:
            spoken = {v.variant_id for item in self._items for v in item.variants[:1]}
            mentioned = [row for row in rows if self.lexicon.variant(row).id in spoken]
            if len(mentioned) == 1:
                return tuple(mentioned)
            held = set(self._cart_rows()) & set(rows)
            if len(held) == 1 and len(goods) > 1:
                return tuple(held)
        about = "variant" if len(goods) == 1 else "product"
        shown = list(dict.fromkeys(self.lexicon.row_good[row] for row in rows))[:MOST_CHOICES]
        if about == "variant":
            choices = [self._choice(row) for row in rows[:MOST_CHOICES]]
        else:
            firsts = {
                good: next(r for r in rows if self.lexicon.row_good[r] == good) for good in shown
            }
            choices = [self._choice(row, whole=False) for row in firsts.values()]
        raise Asked(about, f"which {said_of(wish)} is meant?", choices)

    def _swapped(self, line: CartLine, wish: Wish) -> AnyAct:
        """Something else in a line's place: another product, or the same in another colour."""
        count = self._count(wish)
        quantity = line.quantity if count is None or (count == 1 and by_article(wish)) else count
        item = self._sibling(line, wish, quantity)
        if item is None:
            item = counted_as(self._item(replace(wish, quantity=quantity)), quantity)
        if item.variants[0].variant_id == line.variant_id and len(item.variants) == 1:
            raise Refused("impossible", f"nothing else is {said_of(wish)}", sure=True)
        self._items.append(item)
        return Swap(variant_id=line.variant_id, item=item)

    def _sibling(self, line: CartLine, wish: Wish, quantity: int) -> Item | None:
        """Another variant of the line's product, where the words say no more than that."""
        row = self.lexicon.row_of.get(line.variant_id)
        if row is None or not wish.words:
            return None
        first, end = self.lexicon.rows_of[line.product_id]
        others = [each for each in range(first, end) if each != row]
        if not self._options_only(wish, first):
            return None
        words = tuple(w for w in wish.words if w.token.word not in UNIT_WORDS) or wish.words
        rows = narrowed(self.lexicon, replace(wish, words=words), others)
        if not rows:
            return None
        mine = dict(self.lexicon.variant(row).options)

        def alike(each: int) -> int:
            return sum(
                mine.get(name) == value for name, value in self.lexicon.variant(each).options
            )

        most = max(alike(each) for each in rows)
        rows = tuple(each for each in rows if alike(each) == most)
        stocked = tuple(each for each in rows if self.lexicon.available[each] >= quantity)
        if not stocked and not self._lenient:
            raise Refused("impossible", f"{said_of(wish)} is sold out", sure=True)
        if len(stocked) > 1:
            self._one_of(wish, stocked)
        return Item(
            words=said_of(wish),
            quantity=quantity,
            variants=tuple(self._variant(each) for each in stocked or rows),
            spans=spans_of(wish.tokens),
        )

    def _options_only(self, wish: Wish, row: int) -> bool:
        """Whether all words are options, or words that the product has as well."""
        for word in wish.hard:
            mine = self.lexicon.having(word.token.word)[row]
            unit = word.token.word in UNIT_WORDS and len(wish.hard) > 1
            if not mine and not unit and word.token.word not in self.lexicon.options:
                return False
        return True


def _one_alone(wishes: Sequence[Wish]) -> None:
    """`the lamp, or maybe the kettle`: not both, and which of them is not told. Raises Asked."""
    if any(wish.hard and wish.tokens[0].form == "or" for wish in wishes[1:]):
        raise Asked("product", "which of them is wanted?", sure=True)


def _adds(act: AnyAct, item: Item) -> bool:
    """Whether it is but the mention of it: `The lamp: add two if there are enough`."""
    return isinstance(act, Add) and act.item.variants[:1] == item.variants[:1]
