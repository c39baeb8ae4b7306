"""What one clause asks for: its verb, carried out on what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from shop_intents import (
    Add,
    BuyNow,
)
from shop_intents.intents import AnyAct

from intent_parser.adding import Adding
from intent_parser.caution import rejects
from intent_parser.clauses import WISHING, Clause
from intent_parser.counting import TIMES, times
from intent_parser.cues import AGAIN
from intent_parser.gist import MORE_OF_IT
from intent_parser.limits import joined
from intent_parser.naming import Naming
from intent_parser.phrases import NUMBERS, phrase_at
from intent_parser.phrasing import (
    COUNTED,
    OF_ORDER,
    joined_by_and,
    ordinary,
    split_by,
)
from intent_parser.reading import Token
from intent_parser.repeating import turn
from intent_parser.shaping import asked_into, nothing_but
from intent_parser.telling import (
    said_of,
    spanned,
)
from intent_parser.trouble import Asked, Refused
from intent_parser.turning import tags_of

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
_TAKING_BACK = frozenset(["but", "actually", "no", "wait", "oh", "hmm", "on"])
_NOTHING = frozenset(["nothing", "none", "neither"])


class Doing(Adding):
    """A handler for each verb, `_on_add` for ADD."""

    def _clause(self, clause: Clause) -> list[AnyAct]:
        self.verbs.add(clause.verb)
        clause = nothing_but(clause)
        if clause.negated:
            self.negated.append(clause)
            self._mention(clause)
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
        resized = self._resized(clause)
        if resized:
            return [spanned(act, clause) for act in resized]
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
        if clause.verb == "REORDER" or (
            clause.verb == "REMOVE" and self.orders and last in OF_ORDER
        ):
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
        if self._has_too_many(clause):
            return []
        carted = [tag for each in tags_of(clause.about) for tag in each]
        if self._lenient and self._items and carted == ["CART"]:
            return [Add(item=self._items[-1])]  # `yes: cart`
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
        left = self._enough_alone(clause.about)
        if left:
            return left
        factor = times(clause.about)
        rest = tuple(t for t in clause.about if t.form not in TIMES and t.number is None)
        if factor > 1 and self.cart and not self._read(rest).hard:
            return self._times(replace(clause, about=_uncounted(rest)), factor)
        value = self._other_value(clause.about)
        if value is not None:
            return [value]
        fewer = self._at_most(clause.about) or self._number_alone(clause.about)
        if fewer is not None:
            self.verbs.add("SET")
            return [fewer]
        several = self._each_with(clause, frozenset(("to",))) if self.cart else []
        counts = [self._becomes(each.about) for each in several]
        if counts and all(counts):
            return [act for acts in counts for act in acts]  # `lemons to two and milk to one`
        renumbered = self._renumbered(clause.about)
        if renumbered is not None:
            return [renumbered]
        siblings = self._sibling_alone(clause)
        if siblings:
            return siblings
        becomes = self._becomes(clause.about)
        if becomes:
            return becomes
        other = self._turned_into(clause.about)
        if other is not None:
            return [other]
        asked = asked_into(clause)
        if asked is not None and not self._denies_held(asked.about):
            return self._on_add(asked)
        if self._has(clause) or self._chose(clause):
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
            if wish.words and (wish.pick != "only" or self._lenient):
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


def _uncounted(about: Sequence[Token]) -> tuple[Token, ...]:
    """`everything, times two` without the number."""
    return tuple(token for token in about if token.form not in NUMBERS and token.form != ",")
