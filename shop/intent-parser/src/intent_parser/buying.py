"""What is bought at once, and the cart that is paid for."""

from __future__ import annotations

from dataclasses import replace

from shop_intents import (
    Add,
    BuyNow,
    CancelOrder,
    CheckOut,
    Remove,
)
from shop_intents.intents import AnyAct

from intent_parser.clauses import Clause
from intent_parser.cues import AGAIN
from intent_parser.limits import joined
from intent_parser.talk import Talk
from intent_parser.telling import (
    counted_as,
)
from intent_parser.trouble import Refused
from intent_parser.turning import tags_of

_BESIDE = frozenset(["plus", "including", "with", "and", "also", "add", "adding", "incl"])


class Buying(Talk):
    """Past the cart, or all that is in it."""

    def _on_buy(self, clause: Clause) -> list[AnyAct]:
        clause = self._only_spoken(clause)
        tags = {tag for each in tags_of(clause.about) for tag in each}
        among = self._one_among(clause.about)
        if among is not None:
            return [BuyNow(items=(among,))]
        spoken, self._spoken = self._spoken, ()
        if spoken or self._meant_again(clause.about):
            return self._again(BuyNow, (*spoken, *clause.about))
        wishes = self._wishes(clause.about)
        more = [wish for wish in wishes if wish.more and wish.pronoun and not wish.words]
        if more and len(more) == len(wishes) and (self._lines or self.cart):
            # `buy two more of these`
            return [BuyNow(items=tuple(i for wish in more for i in self._some_items(wish)))]
        named = [wish for wish in wishes if wish.words or wish.pronoun == "one"]
        forms = {token.form for token in clause.about}
        if not named and AGAIN & forms and self.orders and not (self.cart or self._items):
            return self._again(BuyNow, clause.about)  # `order that again`
        number = self._count(self._read(clause.about)) if not named else None
        if number is not None and self._lenient and self._items:
            return [BuyNow(items=(counted_as(self._items[-1], number),))]  # `… buy one`
        if number is not None and self._lenient and self._last is not None:
            return [BuyNow(items=(self._item(replace(self._last, quantity=number)),))]
        if not named:
            if any(isinstance(act, BuyNow) for act in self._so_far):
                return []
            mentioned = [act for act in self._so_far if isinstance(act, Add) and act in self._bare]
            if mentioned and ({"IT", "THEM"} & tags or not clause.about):
                # `An Echo Plus. Buy it.` It was but named, and goes into no cart.
                self._dropped += mentioned
                return [BuyNow(items=tuple(act.item for act in mentioned))]
            spoken = self._items[-1:] if {"IT", "THEM"} & tags else []
            if spoken and not self._added_already(spoken[0]):
                return [BuyNow(items=tuple(spoken))]
            if {"IT", "THEM", "ALL", "CART"} & tags or any(
                isinstance(a, Add) for a in self._so_far
            ):
                return self._on_checkout(clause)
            if not wishes and not clause.about:
                return self._on_checkout(clause)
            self.aimless.append(clause)
            return []
        again = AGAIN & {token.form for token in clause.about}
        items = (self._bought_before(named) if again else []) or self._items_of(named)
        return [BuyNow(items=tuple(items))]

    def _on_checkout(self, clause: Clause) -> list[AnyAct]:
        if self._meant_again(clause.about):
            return self._again(BuyNow, clause.about)
        wishes = self._wishes(clause.about)
        kinds = [wish for wish in wishes if wish.hard and self._sold(wish)]
        first = clause.said[0].form if clause.said else ""
        if kinds and first in ("buy", "order") and not any(map(self._held, kinds)):
            return self._on_buy(clause)  # `buy all the board games`
        for wish in wishes:
            self.total = joined(joined(self.total, wish.total), wish.limits)
        forms = {token.form for token in clause.about}
        beside = _BESIDE & forms
        held = [wish for wish in wishes if wish.words and self._held(wish)]
        if held and {"only", "just"} & forms:
            # `check out only the mugs`
            lines = [
                line for wish in held for line in self._lines_for(replace(wish, quantity=None))
            ]
            return [BuyNow(items=tuple(self._of_line(line) for line in lines))]
        after = next((at for at, t in enumerate(clause.about) if t.form in beside), 0)
        named = self._wishes(clause.about[after + 1 :]) if beside else []
        named = [wish for wish in named if self._sold(wish) and wish.quantity is not None]
        added = self._added(named)
        for row in self._cart_rows(self.cart) if not self.acts else ():
            if not self.lexicon.available[row]:
                raise Refused(
                    "impossible", f"{self.lexicon.good(row).title} is sold out", sure=True
                )
        adds = bool(added) or any(not isinstance(act, CancelOrder | BuyNow) for act in self.acts)
        if not self.cart and not adds and not self._items:
            raise Refused("impossible", "the cart is empty: there is nothing to check out")
        return [*added, *self._left_out(clause), CheckOut()]

    def _left_out(self, clause: Clause) -> list[AnyAct]:
        """`Check out without the lamp.`"""
        groups = self._read(clause.about).unwanted
        if not groups or not self.cart:
            return []
        gone = {
            line.variant_id
            for group in groups
            for line in self._lines_for(self._read([t for t in group if t.form != "the"]))
        }
        return [Remove(variant_id=each) for each in sorted(gone)]
