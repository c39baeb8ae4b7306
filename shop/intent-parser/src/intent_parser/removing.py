"""What is to be taken out of the cart, and what is to stay there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shop_intents import Add, CancelOrder, CartLine, EmptyCart, Remove, Swap
from shop_intents.intents import AnyAct

from intent_parser.clauses import Clause
from intent_parser.counting import wanted
from intent_parser.gist import MORE_OF_IT
from intent_parser.grounding import narrowed
from intent_parser.how_many import HowMany
from intent_parser.naming import Naming
from intent_parser.phrasing import BOUGHT, OF_ORDER, joined_by_and, split_by
from intent_parser.reading import Token
from intent_parser.telling import counted_out, said_of
from intent_parser.trouble import Asked, Refused
from intent_parser.turning import tags_of
from intent_parser.wishes import Wish

_DECLINING = frozenset(
    ["i", "we", "ill", "dont", "do", "no", "skip", "forget", "leave", "minus", "without"]
)
"""What is not wanted may be there or not: `I dont want the saxophones`."""
_EXCEPTING = frozenset(["leave", "without", "skip", "minus"])
"""What is paid for is without it: `check out, but leave the lamp out`."""
SEVERAL = frozenset(["both", "all", "those", "them", "these", "they"])


class Removals(HowMany):
    """What goes, and what stays."""

    def _on_remove(self, clause: Clause) -> list[AnyAct]:
        tags = {tag for each in tags_of(clause.about) for tag in each}
        if self.orders and self._of_an_order(clause.about, tags):
            return self._on_cancel(clause)
        if clause.said and clause.said[0].form in _DECLINING:
            clause = replace(clause, about=joined_by_and(clause.about))
        if clause.said and clause.said[0].form in _EXCEPTING:
            self._excepting = True
        numbered = (
            self._numbered(clause.about)
            or self._in_places(clause.about)
            or self._by_prices(self._read(clause.about))
        )
        if numbered:
            return [Remove(variant_id=line.variant_id) for line in numbered]
        clause = self._listed(clause)
        wishes = self._wishes(clause.about)
        unwanted = [word for wish in wishes for word in wish.words]
        whole = self._read(clause.about)
        first = clause.about[0].form if clause.about else ""
        all_of_it = whole.everything or first in ("anything", "whatever")
        if all_of_it and whole.unwanted and not whole.hard:
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
            idle = wish.quantity is None or not self._lines
            if (
                not unwanted
                and wish.pronoun == ""
                and not wish.words
                and wish.pick == "only"
                and idle
            ):
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
                if declines:
                    self.negated.append(clause)
                    continue
                # Talk beside what is removed: `scrap the Rolex, I can't afford it`.
                ordered = [order for order in self.orders if self._held(wish, order.lines)]
                if any(token.form in BOUGHT for token in clause.about) and len(ordered) == 1:
                    return [CancelOrder(order_id=ordered[0].order_id)]
                if acts and self._kind(wish):
                    says = f"there is no {said_of(wish)} in the cart"
                    raise Refused("impossible", says, sure=True) from None
                if not acts or all(self.lexicon.known(word.token.word) for word in wish.hard):
                    raise
                self.unexplained += wish.tokens
                continue
            acts += [self._removed(line, wish) for line in lines]
        return acts

    def _of_an_order(self, about: Sequence[Token], tags: set[str]) -> bool:
        """Whether it was ordered already: `the order for the lamp`, `the lamp I bought`."""
        forms = [token.form for token in about]
        if "CART" not in tags and ("LAST_ORDER" in tags or (forms[-1:] and forms[-1] in OF_ORDER)):
            return True
        after = {forms[at + 1] for at in range(len(forms) - 1) if forms[at] in OF_ORDER}
        if after & {"for", "with", "of", "containing", "that"}:
            return True
        if not self.cart and {"order", "purchase"} & set(forms):
            return True
        bought = {"ordered", "bought", "purchased"} & set(forms)
        wishes = [wish for wish in self._wishes(about) if wish.hard] if bought else []
        return any(self._held(wish, order.lines) for wish in wishes for order in self.orders)

    def _listed(self, clause: Clause) -> Clause:
        """`all the fruit: the kiwis and the melon`: what is listed, where all of it is there."""
        forms = [token.form for token in clause.about]
        after = clause.about[forms.index(":") + 1 :] if ":" in forms[1:] else ()
        wishes = self._wishes(after) if after else []
        there = bool(wishes) and all(wish.hard and self._held(wish) for wish in wishes)
        return replace(clause, about=tuple(after)) if there else clause

    def _kind(self, wish: Wish) -> bool:
        """`the blender`: a kind of goods, and nothing else is said of it."""
        words = [word.token.word for word in wish.hard]
        known = all(map(self.lexicon.known, words))
        return wish.definite and 0 < len(words) <= 2 and known and words[-1] in self.lexicon.heads

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
        if SEVERAL & {token.form for token in clause.about}:
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
        whole = self._read(clause.about)
        if not wishes and whole.pick in ("cheapest", "dearest"):
            wishes = [replace(whole, definite=True)]  # `keep whichever is cheaper`
        only = "only" in {token.form for token in clause.tokens}
        picked = any(wish.pick in ("cheapest", "dearest") for wish in wishes)
        idle = (
            self._lenient
            or (carted and not only)
            or all(wish.everything or not wish.hard for wish in wishes)
        )
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
