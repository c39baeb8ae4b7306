"""What is said of the cart: take out, keep, more of it, fewer, another instead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from shop_intents import (
    Add,
    BuyNow,
    CancelOrder,
    CartLine,
    EmptyCart,
    Remove,
    SetQuantity,
    Swap,
)
from shop_intents.intents import AnyAct

from intent_parser.clauses import Clause
from intent_parser.counting import wanted
from intent_parser.gist import MORE_OF_IT
from intent_parser.grounding import narrowed
from intent_parser.limits import Limits, joined
from intent_parser.naming import Naming
from intent_parser.ordering import Orders
from intent_parser.phrasing import (
    BOUGHT,
    COUNTED,
    OF_ORDER,
    SWAPPED_FOR,
    first_number,
    joined_by_and,
    split_at,
    split_by,
)
from intent_parser.reading import Token
from intent_parser.telling import (
    as_words,
    by_article,
    counted_as,
    counted_out,
    said_of,
)
from intent_parser.trouble import Asked, Refused
from intent_parser.turning import tags_of
from intent_parser.wishes import Wish, Word

MOST_UNITS = 1000
_TO = frozenset(("to", "by", "at"))
_FEWER = frozenset(
    [
        "reduce",
        "reduced",
        "lowered",
        "decreased",
        "lower",
        "decrease",
        "less",
        "fewer",
        "cut",
        "down",
        "dial",
        "bring",
        "drop",
        "knock",
        "take",
    ]
)
_DECLINING = frozenset(
    ["i", "we", "dont", "do", "no", "skip", "forget", "leave", "minus", "without"]
)
"""What is not wanted may be there or not: `I dont want the saxophones`."""
_EXCEPTING = frozenset(["leave", "without", "skip", "minus"])
"""What is paid for is without it: `check out, but leave the lamp out`."""
_SEVERAL = frozenset(["both", "all", "those", "them", "these", "they"])


class Changes(Orders):
    """What becomes of the lines of the cart."""

    def _on_remove(self, clause: Clause) -> list[AnyAct]:
        tags = {tag for each in tags_of(clause.about) for tag in each}
        ordered = bool(clause.about) and clause.about[-1].form in OF_ORDER
        if ("LAST_ORDER" in tags or ordered) and "CART" not in tags and self.orders:
            return self._on_cancel(clause)
        if clause.said and clause.said[0].form in _DECLINING:
            clause = replace(clause, about=joined_by_and(clause.about))
        if clause.said and clause.said[0].form in _EXCEPTING:
            self._excepting = True
        wishes = self._wishes(clause.about)
        unwanted = [word for wish in wishes for word in wish.words]
        whole = self._read(clause.about)
        if whole.everything and whole.unwanted and not whole.words:
            return self._all_but(whole, clause.about)
        fewer = self._not_so_many(clause)
        if fewer is not None:
            return [fewer]
        acts: list[AnyAct] = []
        if not wishes and "anything" in {token.form for token in clause.about}:
            self.negated.append(clause)  # `I don't need anything`
            return []
        if not wishes and whole.pick in ("cheapest", "dearest") and self.cart:
            wishes = [replace(whole, definite=True)]
        if not wishes:
            if any({"CART", "ALL"} & set(tags) for tags in tags_of(clause.about)):
                return [EmptyCart()]
            if self._lines:
                return [
                    Remove(variant_id=self._lines[-1].variant_id)
                ]  # `The kettle: delete, please`
            raise Asked("line", "what is to be removed?", self._line_choices(self.cart))
        for wish in wishes:
            if wish.everything and not wish.words:
                return self._all_but(wish)
            if any("STAYS" in tags for tags in tags_of(wish.tokens)):
                self._stay([wish], clause)
                continue
            if not unwanted and wish.pronoun == "" and not wish.words and wish.pick == "only":
                continue
            declines = bool(clause.said) and clause.said[0].form in _DECLINING
            if declines and wish.more and wish.tokens[0].form in (*MORE_OF_IT, "more"):
                self.negated.append(clause)  # `I don't need more milk`
                continue
            try:
                lines = self._lines_for(wish, clause)
            except Refused:
                named = self._named_of(clause) if len(wishes) == 1 else []
                if named:
                    return [Remove(variant_id=line.variant_id) for line in named]
                added = self._added_before(wish)
                if added is not None:
                    self._dropped.append(added)  # `a lamp and a kettle, actually skip the kettle`
                    self.negated.append(clause)
                    continue
                if clause.said and clause.said[0].form in _DECLINING:
                    self.negated.append(clause)
                    continue
                # Talk beside what is removed: `scrap the Rolex, I can't afford it`.
                ordered = [order for order in self.orders if self._held(wish, order.lines)]
                if any(token.form in BOUGHT for token in clause.about) and len(ordered) == 1:
                    return [CancelOrder(order_id=ordered[0].order_id)]
                if not acts or all(self.lexicon.known(word.token.word) for word in wish.hard):
                    raise
                self.unexplained += wish.tokens
                continue
            acts += [self._removed(line, wish) for line in lines]
        return acts

    def _added_before(self, wish: Wish) -> AnyAct | None:
        """What this text itself has put into the cart."""
        for act in reversed(self._so_far):
            if isinstance(act, Add) and act not in self._dropped and wish.hard:
                row = self.lexicon.row_of.get(act.item.variants[0].variant_id)
                if row is not None and narrowed(self.lexicon, wish, (row,)):
                    return act
        return None

    def _not_so_many(self, clause: Clause) -> AnyAct | None:
        """`we don't need that many forks, three is fine`"""
        if "many" not in {token.form for token in clause.about}:
            return None
        named = Naming(self.lexicon).best(clause.about, self.cart)
        if len(named) != 1:
            return None
        number = wanted(clause.about, named[0].words, named[0].line.quantity)
        return None if number is None else self._set(named[0].line, number)

    def _named_of(self, clause: Clause) -> list[CartLine]:
        """What a talk names of the cart: `we have oil and onions, so both needn't be in there`."""
        naming = Naming(self.lexicon)
        if _SEVERAL & {token.form for token in clause.about}:
            return [each.line for each in naming.named(clause.about, self.cart)]
        named = naming.best(clause.about, self.cart)
        return [named[0].line] if len(named) == 1 and not clause.verb else []

    def _all_but(self, wish: Wish, about: Sequence[Token] = ()) -> list[AnyAct]:
        """The whole cart, but for what is excepted; `about`: all that is said of it."""
        if not wish.unwanted:
            return [EmptyCart()]
        kept: set[str] = set()
        after = split_by(about, "UNWANTED")
        for other in self._wishes(after[1]) if after is not None else ():
            if other.hard and self._held(other):
                kept |= {line.variant_id for line in self._lines_for(other)}
        for group in wish.unwanted:
            excepted = self._read([each for each in group if each.form not in ("the", "my")])
            kept |= {line.variant_id for line in self._lines_for(excepted)}
        return [
            Remove(variant_id=each.variant_id) for each in self.cart if each.variant_id not in kept
        ]

    def _on_keep(self, clause: Clause) -> list[AnyAct]:
        wishes = self._wishes(clause.about)
        carted = any("CART" in tags for tags in tags_of(clause.about))
        carted = carted or any(isinstance(act, Remove) for act in self._so_far)
        if (
            "each" in {token.form for token in clause.about}
            and self.cart
            and not any(w.hard for w in wishes)
        ):
            number = self._count(self._read([t for t in clause.about if t.form != "each"])) or 1
            return [self._set(line, number) for line in self.cart]
        if any("AS_IS" in tags for tags in tags_of(clause.about)):
            return self._stay(wishes, clause)
        fewer = [act for wish in wishes for act in self._some_kept(wish)]
        if fewer and len(fewer) == len(wishes):
            return fewer
        only = "only" in {token.form for token in clause.tokens}
        picked = any(wish.pick in ("cheapest", "dearest") for wish in wishes)
        idle = (carted and not only) or all(wish.everything or not wish.hard for wish in wishes)
        if idle and not (picked and self.cart):
            return []
        return self._only_left(wishes)

    def _left(self) -> list[CartLine]:
        """The cart's lines, but for those that this text has taken out."""
        gone = {
            act.variant_id
            for act in self._so_far
            if isinstance(act, Remove | Swap) and getattr(act, "quantity", None) is None
        }
        return [line for line in self.cart if line.variant_id not in gone]

    def _only_left(self, wishes: Sequence[Wish]) -> list[AnyAct]:
        """All but what is wished goes."""
        kept = {line.variant_id for wish in wishes for line in self._lines_for(wish)}
        self._staying |= kept
        return [
            Remove(variant_id=each.variant_id)
            for each in self._left()
            if each.variant_id not in kept
        ]

    def _some_kept(self, wish: Wish) -> list[AnyAct]:
        """`keep one of the board games`, where there are more of it."""
        number = self._count(wish)
        if number is None or not counted_out(wish) or not (wish.hard and self._held(wish)):
            return []
        lines = self._lines_for(replace(wish, quantity=None))
        some = len(lines) == 1 and number < lines[0].quantity
        return [self._set(lines[0], number)] if some else []

    def _on_stays(self, clause: Clause) -> list[AnyAct]:
        """Nothing is to be done to what is in the cart: `the tent stays`."""
        wishes = self._wishes(clause.about)
        if any(isinstance(act, CancelOrder) for act in self._so_far):
            self.aimless.append(clause)  # `Cancel the first order. The second one is fine.`
            return []
        if not all(self._held(wish) and not wish.unwanted for wish in wishes if wish.hard):
            return self._on_bare(clause)
        if clause.about and clause.about[0].form == "only" and any(w.hard for w in wishes):
            return self._only_left([wish for wish in wishes if wish.hard])  # `only the lamp stays`
        return self._stay(wishes, clause)

    def _stay(self, wishes: Sequence[Wish], clause: Clause) -> list[AnyAct]:
        self.untouched.append(clause)
        for wish in wishes:
            if wish.hard and self._held(wish):
                self._staying |= {line.variant_id for line in self._lines_for(wish)}
        return []

    def touched(self, acts: Sequence[AnyAct]) -> bool:
        """Whether acts are of what is said to stay, or wish for more."""
        return bool(self.untouched) and any(
            isinstance(act, Add) or getattr(act, "variant_id", None) in self._staying
            for act in acts
        )

    def _spared(self, acts: Sequence[AnyAct]) -> list[AnyAct]:
        """The acts, but where all goes, what is said to stay does: `the rest can go`."""
        if not self._staying:
            return list(acts)
        taken = {act.variant_id for act in acts if isinstance(act, Remove) and act.quantity is None}
        staying = self._staying | taken
        gone = [line for line in self.cart if line.variant_id not in staying]
        spared: list[AnyAct] = []
        for act in acts:
            if isinstance(act, EmptyCart):
                spared += [Remove(variant_id=line.variant_id, spans=act.spans) for line in gone]
            else:
                spared.append(act)
        return spared

    def _on_empty(self, clause: Clause) -> list[AnyAct]:
        whole = self._read(clause.about)
        if any(wish.hard for wish in self._wishes(clause.about)) and not whole.unwanted:
            return self._on_remove(clause)
        return self._all_but(whole, clause.about)

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
            return [self._swapped(self._line(left), right)]
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
            if self._lines or self._items:
                return [self._swapped(self._line(Wish(pronoun="it")), wish)]
            if wish.definite and self._sold(wish):
                raise Refused("impossible", f"there is no {said_of(wish)} in the cart", sure=True)
            return self._added([wish])
        return [self._counted(replace(wish, quantity=None), number, "to", forms)]

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

    def _on_only(self, clause: Clause) -> list[AnyAct]:
        """So many of what is in the cart already, and no more; else a wish."""
        spoken, self._spoken = self._spoken, ()
        if spoken:  # `From my last order, only the game`
            named = self._bought_before([each for each in self._wishes(clause.about) if each.hard])
            return [BuyNow(items=tuple(named))] if named else self._again(BuyNow, spoken)
        apart = split_by(clause.about, "THAN_NOT")
        about = clause.about if apart is None else apart[0]
        wishes = self._wishes(about)
        acts: list[AnyAct] = []
        for wish in wishes:
            number = self._count(wish)
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
        products = {line.product_id for line in kept}
        others = [line for line in self._left() if line.variant_id not in ids]
        alike = [line for line in others if line.product_id in products]
        return [Remove(variant_id=line.variant_id) for line in alike or others]

    def _on_prefer(self, clause: Clause) -> list[AnyAct]:
        """`I'd rather have the shirt in XL`, `I'd prefer this over that`."""
        parts = split_by(clause.about, "THAN_NOT") or split_at(
            clause.about, frozenset(("over", "to"))
        )
        if parts is not None:
            return [self._swapped(self._line(self._read(parts[1])), self._read(parts[0]))]
        wish = self._read(clause.about)
        if wish.hard and counted_out(wish) and self._held(wish):
            return [self._set(self._line(replace(wish, quantity=None)), self._count(wish) or 1)]
        if wish.pronoun or len(self.cart) == 1:
            return [self._swapped(self._line(Wish(pronoun="it")), replace(wish, pronoun=""))]
        found = [line for line in self.cart if self._sibling(line, wish, line.quantity)]
        if len(found) == 1:
            return [self._swapped(found[0], wish)]
        return self._on_add(clause)

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
        if again and not wish.words:
            self._dropped += again
            return [
                self._multiplied(act, factor) for act in again
            ]  # `reorder it, but twice as many`
        if wish.everything or wish.pronoun == "them":
            return [self._set(line, line.quantity * factor) for line in self._lines_for(wish)]
        line = self._line(wish)
        return [self._set(line, line.quantity * factor)]

    def _multiplied(self, act: BuyNow, factor: float) -> BuyNow:
        counts = [max(1, int(item.quantity * factor)) for item in act.items]
        if any(
            item.variants[0].available < count
            for item, count in zip(act.items, counts, strict=True)
        ):
            raise Refused("impossible", "there are not as many of it")
        pairs = zip(act.items, counts, strict=True)
        return BuyNow(items=tuple(counted_as(item, count) for item, count in pairs))

    def _on_swap(self, clause: Clause) -> list[AnyAct]:
        several = self._each_with(clause, SWAPPED_FOR)
        if several:
            return [act for each in several for act in self._on_swap(each)]
        parts = split_at(clause.about, SWAPPED_FOR)
        if parts is None:
            raise Asked("meaning", "what is to come in its place?")
        left, right = self._read(parts[0]), self._read(parts[1])
        if left.everything and not left.hard and right.hard and len(self.cart) > 1:
            gone = [Remove(variant_id=line.variant_id) for line in self.cart]
            return [*gone, *self._added([right])]
        one = bool(left.tokens) and left.tokens[0].form == "one"
        counted = self._count(left) if left.words and (counted_out(left) or one) else None
        line = self._line(replace(left, quantity=None) if counted else left)
        if _SEVERAL & {token.form for token in left.tokens}:
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
        if counted and right.tokens and right.tokens[0].form == "one" and isinstance(act, Swap):
            act = Swap(variant_id=act.variant_id, item=counted_as(act.item, 1))
        return [act]

    def _some_swapped(self, line: CartLine, number: int, other: Wish) -> list[AnyAct]:
        """`swap one of the kettles for a blender`: the others stay."""
        count = self._count(other)
        units = number if count is None or by_article(other) else count
        item = self._sibling(line, other, units)
        if item is None:
            item = counted_as(self._item(replace(other, quantity=units)), units)
        return [Remove(variant_id=line.variant_id, quantity=number), Add(item=item)]

    def _removed(self, line: CartLine, wish: Wish) -> AnyAct:
        forms = [token.form for token in wish.tokens]
        if "half" in forms:
            return self._set(line, line.quantity / 2)
        if {"all", "both"} & set(forms) and not wish.more:
            return Remove(variant_id=line.variant_id)
        count = self._count(wish)
        article = wish.quantity == 1 and forms[:1] in (["a"], ["an"])
        if count is None or count >= line.quantity or (article and line.quantity == 1):
            return Remove(variant_id=line.variant_id)
        return Remove(variant_id=line.variant_id, quantity=count)

    def _counted(self, wish: Wish, number: int, by: str, forms: set[str]) -> AnyAct:
        line = self._line(wish)
        if by == "by":
            fewer = forms & _FEWER
            number = line.quantity - number if fewer else line.quantity + number
        return self._set(line, number)

    def _halved(self, wish: Wish, forms: set[str]) -> list[AnyAct]:
        if "half" in forms:
            line = self._line(wish)
            return [self._set(line, line.quantity / 2)]
        raise Asked("quantity", "how many are wanted?")

    def _set(self, line: CartLine, quantity: float) -> AnyAct:
        if quantity <= 0:
            return Remove(variant_id=line.variant_id)
        if quantity > MOST_UNITS:
            raise Refused("impossible", f"a cart holds {MOST_UNITS} of a thing at most")
        whole = math.floor(quantity) if quantity == math.floor(quantity) else math.ceil(quantity)
        self._dropped += [  # `I accidentally added four, I only wanted one`
            act
            for act in self._so_far
            if isinstance(act, Remove) and act.variant_id == line.variant_id and not act.quantity
        ]
        row = self.lexicon.row_of.get(line.variant_id)
        if row is not None and whole > line.quantity and self.lexicon.available[row] < whole:
            raise Refused("impossible", f"there are not {whole} of it")
        return SetQuantity(variant_id=line.variant_id, quantity=whole)
