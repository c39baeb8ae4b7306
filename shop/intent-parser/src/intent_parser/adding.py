"""A wish: what is to come into the cart, or in the place of what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shop_intents import Add, BuyNow, Item
from shop_intents.intents import AnyAct

from intent_parser.buying import Buying
from intent_parser.clauses import Clause
from intent_parser.cues import AGAIN
from intent_parser.phrasing import BOUGHT, split_by
from intent_parser.reading import Token
from intent_parser.telling import counted_as
from intent_parser.trouble import Asked
from intent_parser.turning import tags_of
from intent_parser.wishes import Wish

_URGENT = frozenset(["straight", "straightaway", "immediately", "minute", "instant", "once"])
_SENDING = frozenset(["send", "get", "give", "bring"])
_THROWING = frozenset(["chuck", "toss", "throw", "fling", "sling"])


class Adding(Buying):
    """`add`, `I want`, `I'll take`, and names alone."""

    def _on_add(self, clause: Clause) -> list[AnyAct]:
        instead = split_by(clause.about, "THAN_NOT")
        if instead is not None:
            return [self._in_place(*map(self._read, instead))]
        among = self._one_among(clause.about)
        if among is not None:
            return [Add(item=among)]
        spoken, self._spoken = self._spoken, ()
        if spoken or self._meant_again(clause.about):
            # `send me the very same as last time`
            again = AGAIN & {token.form for token in clause.about} and not self.carted
            sends = {token.form for token in clause.said[:1]} & _SENDING
            kind = BuyNow if again and sends else Add
            return self._again(kind, (*spoken, *clause.about))
        if self._has_too_many(clause):
            return []
        renumbered = self._renumbered(clause.about) if clause.verb != "ADD" else None
        if renumbered is not None:
            return [renumbered]
        if self._of_each(clause.about):
            return self._each_counted(clause)
        if {"wanted", "meant"} & {token.form for token in clause.said}:
            instead = self._sibling_alone(clause)  # `wrong colour, I wanted blue`
            if instead:
                return instead
        turned = self._turned_into(clause.about) if "instead" in _forms(clause) else None
        if turned is not None:
            return [turned]
        swapped = self._over(clause.about)
        if swapped is not None:
            return [swapped]
        wishes = self._wishes(clause.about)
        if self._thrown(clause, wishes):
            return self._on_remove(clause)
        if clause.verb == "WANT":
            so_many = [self._so_many_of(wish) for wish in wishes]
            if so_many and None not in so_many:
                return [act for act in so_many if act is not None]
        if self._gone is None and self._instead(clause, wishes):
            self._gone = self._left()[0]
        if self._gone is not None and len(wishes) == 1:
            line, self._gone = self._gone, None
            return [self._swapped(line, wishes[0])]
        pronouns = [wish for wish in wishes if wish.pronoun and not (wish.words or wish.more)]
        urgent = _URGENT & {token.form for token in clause.about} and not self._items
        if urgent and self.cart and pronouns == wishes and wishes and wishes[0].quantity is None:
            return self._on_checkout(clause)  # `It's perfect. Let me have it straight away.`
        whole = self._read(clause.about)
        if self._lenient and self._items and not whole.hard and whole.everything:
            return [Add(item=self._items[-1])]  # `if you have 30 games I'd like them all`
        numbered = self._numbered(clause.about) if not any(w.hard for w in wishes) else []
        if numbered:
            return [Add(item=self._of_line(line, 1)) for line in numbered]  # `another of item 2`
        mentioned = self._one_mentioned(clause, wishes)
        if mentioned is not None:
            return [Add(item=mentioned)]
        if self._wants_cart(clause, wishes):
            return self._on_checkout(replace(clause, about=()))
        if not wishes:
            if not clause.about:
                raise Asked("meaning", "what is wanted?")
            self.aimless.append(clause)
            return []
        if set(BOUGHT) & {token.form for token in clause.about}:
            before = self._bought_before([wish for wish in wishes if wish.words])
            if before:
                return [Add(item=each) for each in before]
        return self._added(wishes)

    def _one_mentioned(self, clause: Clause, wishes: Sequence[Wish]) -> Item | None:
        """`You know the lamp from my last order? Add one.`: what was spoken of, so many of it."""
        whole = self._read(clause.about)
        number = self._count(whole)
        bare = not any(wish.words or wish.more or wish.pronoun == "them" for wish in wishes)
        spoken = bool(self._items) and not (self._lines or self._lenient or self._so_far)
        if not bare or number is None or not spoken:
            return None
        return counted_as(self._items[-1], number)

    def _wants_cart(self, clause: Clause, wishes: Sequence[Wish]) -> bool:
        """`I want what's in my cart, all of it, now`"""
        tags = [tag for each in tags_of(clause.about) for tag in each]
        forms = {token.form for token in clause.about}
        there = "CART" in tags or "whats" in forms
        all_of_it = "whats" in forms or "ALL" in tags
        plain = not any(wish.quantity or wish.more for wish in wishes)
        plain = plain and all(
            set(each) & {"CART", "ALL", "FILLER", "IT", "THEM"} for each in tags_of(_named(clause))
        )
        wanted = clause.verb in ("WANT", "TAKE") and bool(self.cart) and not self._so_far
        return wanted and there and all_of_it and plain and not self._lenient

    def _thrown(self, clause: Clause, wishes: Sequence[Wish]) -> bool:
        """`chuck the novel`: what is there, and thrown into nothing, is thrown away."""
        throws = len(clause.said) == 1 and clause.said[0].form in _THROWING
        there = all(each.definite and each.hard and self._held(each) for each in wishes)
        counted = any(each.more or each.quantity is not None for each in wishes)
        into = {"in", "into", "on", "to"} & {token.form for token in clause.about}
        return throws and bool(wishes) and there and not counted and not into

    def _instead(self, clause: Clause, wishes: Sequence[Wish]) -> bool:
        """`get the blender instead`, of the one thing that is in the cart."""
        says = "instead" in {token.form for token in clause.about} and not self._other
        new = len(wishes) == 1 and bool(wishes[0].hard) and not self._held(wishes[0])
        return says and new and len(self.cart) == len(self._left()) == 1 and not self._lenient

    def _in_place(self, wanted: Wish, gone: Wish) -> AnyAct:
        """`the lamp rather than the kettle`, `three of these instead of one`"""
        number = self._count(wanted)
        if not wanted.hard and not gone.hard and number is not None and gone.quantity is not None:
            return self._set(self._line(replace(wanted, quantity=None)), number)
        return self._swapped(self._line(gone), wanted)

    _on_want = _on_add
    _on_take = _on_add


def _named(clause: Clause) -> list[Token]:
    """Without commas, and the `what's` of `what's in my cart`."""
    return [token for token in clause.about if token.form not in (",", "whats", "thats")]


def _forms(clause: Clause) -> set[str]:
    return {token.form for token in clause.about}
