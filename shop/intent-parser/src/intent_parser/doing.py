"""What one clause asks for: its verb, carried out on what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from shop_intents import (
    Add,
    BuyNow,
    CancelOrder,
    CheckOut,
    Remove,
)
from shop_intents.intents import AnyAct

from intent_parser.caution import rejects
from intent_parser.clauses import WISHING, Clause
from intent_parser.cues import AGAIN
from intent_parser.gist import MORE_OF_IT
from intent_parser.limits import joined
from intent_parser.naming import Naming
from intent_parser.phrases import phrase_at
from intent_parser.phrasing import (
    BOUGHT,
    COUNTED,
    OF_ORDER,
    joined_by_and,
    ordinary,
    split_by,
)
from intent_parser.reading import Token
from intent_parser.repeating import turn
from intent_parser.talk import Talk
from intent_parser.telling import (
    said_of,
    spanned,
)
from intent_parser.trouble import Asked, Refused
from intent_parser.turning import tags_of
from intent_parser.wishes import Wish

_WEAK = frozenset(
    [
        "send",
        "set",
        "turn",
        "find",
        "list",
        "fill",
        "load",
        "fetch",
        "bring",
        "sort",
        "change",
        "update",
        "make",
        "book",
    ]
)
"""Verbs that are no shopping where what they are about is nothing that is sold."""
_PLAIN = frozenset(["remove", "delete", "swap", "replace", "exchange"])
"""Verbs of what is in a cart, whatever they are about."""
_URGENT = frozenset(["straight", "straightaway", "immediately", "minute", "instant", "once"])
_TAKING_BACK = frozenset(["but", "actually", "no", "wait", "oh", "hmm", "on"])
_NOTHING = frozenset(["nothing", "none", "neither"])
_BESIDE = frozenset(["plus", "including", "with", "and", "also", "add", "adding", "incl"])


class Doing(Talk):
    """A handler for each verb, `_on_add` for ADD."""

    def _clause(self, clause: Clause) -> list[AnyAct]:
        self.verbs.add(clause.verb)
        clause = _nothing_but(clause)
        if clause.negated:
            self.negated.append(clause)
            return []
        if self._elsewhere(clause):
            self.aimless.append(clause)
            return []
        if clause.verb == "ONLY" and self._of_each(clause.about):
            return self._each_counted(clause)  # `just one of each`
        alone = self._number_alone(clause.about) if clause.verb == "ONLY" else None
        if alone is not None:
            return [alone]
        purse = self._purse(clause.about) if clause.verb in ("", "ONLY") else None
        if purse is not None and self._read(clause.about).limits.least_minor is None:
            self.total = joined(self.total, purse)
            self.aimless.append(clause)
            return []
        without = self._without(clause) if self.cart and clause.verb in ("", *WISHING) else None
        if without is not None:
            return [*self._clause(without[0]), *self._clause(without[1])]
        handler = getattr(self, f"_on_{(clause.verb or 'bare').lower()}")
        acts = [spanned(act, clause) for act in handler(clause)]
        self._said += clause.tokens
        return acts

    def _elsewhere(self, clause: Clause) -> bool:
        """Whether it is about nothing that is sold here: `turn off the lights`."""
        first = clause.said[0].form if clause.said else ""
        last = clause.about[-1].form if clause.about else ""
        if clause.verb == "REMOVE" and self.orders and last in OF_ORDER:
            return False  # `scrap my sunglasses order`
        weak = first in _WEAK or (clause.verb in ("REMOVE", "SET", "SWAP") and not self.cart)
        wish = self._read([t for t in ordinary(clause.about) if t.form not in COUNTED])
        hard = wish.hard
        if first in _PLAIN and len(hard) <= 3:
            return False
        if any(self._held(replace(wish, words=(word,))) for word in hard):
            return False
        known = sum(self.lexicon.known(word.token.word) for word in hard)
        return weak and bool(hard) and known <= len(hard) / 2

    def _on_bare(self, clause: Clause) -> list[AnyAct]:
        """Names alone are a wish for them; other talk is one where it names a product."""
        instead = split_by(clause.about, "THAN_NOT")
        if instead is not None or self._one_among(clause.about) is not None:
            return self._on_add(clause)
        if self._instead(clause, self._wishes(clause.about)):
            return self._on_add(clause)
        forms = [token.form for token in clause.about[:2]]
        limited = bool(clause.about) and "AT_MOST" in phrase_at(clause.about, 0)[0]
        if forms[:1] == ["no"] and {*MORE_OF_IT, "more"} & set(forms) and not limited:
            self.negated.append(clause)  # `no extra milk`
            return []
        if clause.about and clause.about[0].form == "no" and self._denies_held(clause.about[1:]):
            return self._on_remove(replace(clause, about=clause.about[1:]))  # `No kettle.`
        told = AGAIN & {t.form for t in clause.about} or turn(clause.about)[1]
        if self._meant_again(clause.about) and told:
            return self._again(Add if self.carted else BuyNow, clause.about)
        if any(token.form == "left" for token in clause.about):
            # `There's no milk left.`
            left = [token for token in clause.about if token.form not in ("no", "left", "theres")]
            clause = replace(clause, about=tuple(left))
        if self._of_each(clause.about):
            return self._each_counted(clause)
        fewer = self._at_most(clause.about) or self._number_alone(clause.about)
        if fewer is not None:
            self.verbs.add("SET")
            return [fewer]
        several = self._each_with(clause, frozenset(("to",))) if self.cart else []
        counts = [self._becomes(each.about) for each in several]
        if counts and None not in counts:
            return [act for act in counts if act is not None]  # `lemons to two and milk to one`
        renumbered = self._renumbered(clause.about)
        if renumbered is not None:
            return [renumbered]
        siblings = self._sibling_alone(clause)
        if siblings:
            return siblings
        becomes = self._becomes(clause.about)
        if becomes is not None:
            return [becomes]
        asked = _asked_into(clause)
        if asked is not None and not self._denies_held(asked.about):
            return self._on_add(asked)
        if self._has(clause):
            self.aimless.append(clause)
            return []
        wishes = self._wishes(clause.about)
        if _NOTHING & {token.form for token in clause.about} and not any(w.hard for w in wishes):
            self.negated.append(clause)
            return []
        counted = self._lenient and all(each.quantity is not None for each in wishes)
        if wishes and all(
            not each.hard and (each.more or self._other or counted) for each in wishes
        ):
            return self._added(wishes)
        hard = [word for wish in wishes for word in wish.hard]
        if hard and self._told_of(clause, wishes):
            self.aimless.append(clause)
            return []
        if hard and rejects(clause.about) and not all(map(self._held, wishes)):
            self.aimless.append(clause)
            return []
        strange = sum(not self.lexicon.known(word.token.word) for word in hard)
        if self._ordered and hard and AGAIN & {token.form for token in clause.about}:
            items = self._items_of([each for each in wishes if each.hard])
            if self.carted:
                return [Add(item=each) for each in items]
            return [BuyNow(items=tuple(items))]
        fitting = all(self._score(wish) > 0 for wish in wishes)
        if hard and (not strange or (fitting and strange <= len(hard) / 4)):
            return self._added(wishes)
        if strange == len(hard) and 0 < strange <= 2 and wishes[0].quantity is not None:
            raise Refused("impossible", f"nothing that is sold here is {said_of(wishes[0])}")
        if len(wishes) == 1 and self._headless(wishes[0]):
            raise Refused("impossible", f"nothing that is sold here is {said_of(wishes[0])}")
        sold = [wish for wish in wishes if self._sold(wish)]
        for wish in wishes:
            if sold and wish not in sold and self._strange(wish, first=wish is wishes[0]):
                raise Refused(
                    "impossible", f"nothing that is sold here is {said_of(wish)}", sure=True
                )
        if len(sold) > 1 or (sold and self._told_beside(sold, wishes)):
            return self._added(sold)
        named = self._named_in(clause.about)
        if named is not None:
            self._like(named, wishes)
            return self._added([named])
        self._last = self._spoken_of(clause.about) or self._last
        spoken = Naming(self.lexicon).best(clause.about, self.cart)
        self._lines += [each.line for each in spoken] if len(spoken) == 1 else []
        self.aimless.append(clause)
        return []

    def _on_info(self, clause: Clause) -> list[AnyAct]:
        """Nothing is done, but what was spoken of may be meant by what follows."""
        self.aimless.append(clause)
        whole = self._read(clause.about)
        if whole.pick in ("cheapest", "dearest") and not whole.hard and len(self.cart) > 1:
            self._lines.append(self._by_price(self.cart, whole.pick == "dearest"))
            return []
        for wish in self._wishes(clause.about):
            self._last = wish if wish.words else self._last
            if wish.words and wish.pick != "only":
                with suppress(Asked, Refused):
                    self._item(wish)
        return []

    def _on_ignore(self, clause: Clause) -> list[AnyAct]:
        """`Never mind the kettle`: where it is in the cart, it goes."""
        clause = replace(clause, about=joined_by_and(clause.about))
        wishes = [wish for wish in self._wishes(clause.about) if wish.hard]
        if all(self._held(wish) for wish in wishes):
            return self._on_remove(clause) if wishes else []
        self.negated.append(clause)
        return []

    def _on_declined(self, clause: Clause) -> list[AnyAct]:
        """`A Prada bag? Not for me.` What was but named is not wished for."""
        if self._lenient:
            return []
        mentioned = [act for act in self._so_far if act in self._bare]
        if not mentioned and clause.said and clause.said[0].form in _TAKING_BACK:
            mentioned = self._so_far[-1:]  # `I was going to buy a wok, but I won't`
        self._dropped += mentioned
        if mentioned:
            self.negated.append(clause)
        else:
            self.aimless.append(clause)
        return []

    def _on_add(self, clause: Clause) -> list[AnyAct]:
        instead = split_by(clause.about, "THAN_NOT")
        if instead is not None:
            return [self._in_place(*map(self._read, instead))]
        among = self._one_among(clause.about)
        if among is not None:
            return [Add(item=among)]
        spoken, self._spoken = self._spoken, ()
        if spoken or self._meant_again(clause.about):
            return self._again(Add, (*spoken, *clause.about))
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
        swapped = self._over(clause.about)
        if swapped is not None:
            return [swapped]
        wishes = self._wishes(clause.about)
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
        if not wishes:
            self._alternatives(clause.about)
            self.aimless.append(clause)
            return []
        if set(BOUGHT) & {token.form for token in clause.about}:
            before = self._bought_before([wish for wish in wishes if wish.words])
            if before:
                return [Add(item=each) for each in before]
        return self._added(wishes)

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

    def _alternatives(self, about: Sequence[Token]) -> None:
        if not about:
            raise Asked("meaning", "what is wanted?")


def _asked_into(clause: Clause) -> Clause | None:
    """`Could the lamp go into my basket?`"""
    forms = [token.form for token in clause.about]
    carted = any("CART" in tags for tags in tags_of(clause.about))
    if not forms or forms[0] not in _MODAL or not carted or not _GOING & set(forms):
        return None
    return replace(clause, about=tuple(t for t in clause.about[1:] if t.form not in _GOING))


_MODAL = frozenset(["can", "could", "may", "might", "should", "would"])
_GOING = frozenset(["go", "come", "land", "be", "put", "added", "placed"])


def _nothing_but(clause: Clause) -> Clause:
    """`don't remove anything but the kettle`: that alone."""
    forms = [token.form for token in clause.about[:2]]
    if not clause.negated or forms not in (["anything", "but"], ["anything", "except"]):
        return clause
    return replace(clause, negated=False, about=clause.about[2:])
