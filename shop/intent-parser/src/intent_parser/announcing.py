"""What is but spoken of, before it is said what is to become of it.

"The socks: make them five."    "Mum says no kettle, so take it off."
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from intent_parser.clauses import Clause
from intent_parser.cues import OTHER
from intent_parser.gathering import Gathering
from intent_parser.naming import Naming
from intent_parser.phrasing import (
    BOUGHT,
    NAMING,
    OF_ORDER,
    SWAPPED_FOR,
    named_orders,
    ordinary,
    split_at,
    split_by,
)
from intent_parser.reading import Token
from intent_parser.trouble import Refused

_BOUGHT = frozenset(BOUGHT)
_ELSEWHERE = ("elsewhere",)
"""Where something is had for less: `I found it cheaper elsewhere`."""


class Announcing(Gathering):
    """Of a clause beside the one that follows it."""

    def _bought(self, clause: Clause, following: Clause) -> bool:
        """`I bought a chandelier once. I'd like a second one.` It is spoken of, and no wish."""
        if not self.orders:
            return False
        lines = [line for order in self.orders for line in order.lines]
        if named_orders(clause.about):
            lines = list(self._which_order(clause.about).lines)
        named = Naming(self.lexicon).best(ordinary(clause.about), lines)
        bought = bool(_BOUGHT & {token.form for token in clause.about})
        had = {"got", "had"} & {token.form for token in clause.about}
        bought = bought or bool(named_orders(clause.about)) or bool(had and not self.cart)
        whole = self._read(ordinary(clause.about))
        if whole.unwanted or whole.everything:
            return False
        if (
            not bought
            or len(named) != 1
            or any(wish.hard for wish in self._wishes(following.about))
        ):
            return False
        with suppress(Refused):
            self._items.append(self._of_line(named[0].line, 1))
            self._last = self._spoken_of(clause.about) or self._last
            return True
        return False

    def _talk(self, clause: Clause) -> bool:
        """Whether it is said beside what is wanted: `…, I only burn bread anyway`."""
        hard = self._read(clause.about).hard
        strange = sum(not self.lexicon.known(word.token.word) for word in hard)
        bare = clause.verb in ("", "ONLY") or (
            clause.said[:1] and clause.said[0].form.endswith("ing")
        )
        quick = (
            clause.verb == "SET" and self._read(clause.about).quantity is None
        )  # `make it quick`
        return bool(bare or quick) and strange > 0

    def _announced(self, clause: Clause, following: Clause | None) -> bool:
        """`The socks: make them five.` What is in the cart is but mentioned."""
        if following is not None and following.verb == "CANCEL" and self.orders:
            self._spoken = clause.about
            self._last = self._spoken_of(clause.about) or self._last
            if any(token.form in (*BOUGHT, *_ELSEWHERE) for token in clause.about):
                return True
            bare = not any(wish.hard for wish in self._wishes(following.about))
            return bare and self._chosen(clause.about).told  # `The kettle one - cancel.`
        if following is not None and following.verb in (*NAMING, "ONLY"):
            if self._bought(clause, following):
                return True
            order = bool(named_orders(clause.about)) and bool(self.orders)
            lines = [line for each in self.orders for line in each.lines]
            part = following.verb == "ONLY" and bool(
                Naming(self.lexicon).best(following.about, lines)
            )
            bare = not any(wish.hard for wish in self._wishes(following.about))
            if order and (part if following.verb == "ONLY" else bare):
                self._spoken = clause.about  # `All of my last order but the milk, buy it again`
                return True
        if following is not None and following.verb == "REORDER" and self.orders:
            self._spoken = clause.about
            return any(token.form in OF_ORDER for token in clause.about)
        changes = ("SET", "REMOVE", "DOUBLE", "HALVE", "SWAP", "KEEP", "ONLY")
        takes = (*NAMING, "CHECKOUT")
        if following is None or following.verb not in (*changes, *takes):
            return False
        if following.verb in changes and self._talks_of(clause, following):
            return True
        wishes = self._wishes(clause.about)
        if following.verb in takes and not (
            wishes and wishes[0].definite and not any(w.hard for w in self._wishes(following.about))
        ):
            return False
        picked = self.cart and wishes and wishes[0].pick in ("cheapest", "dearest")
        if len(wishes) != 1 or not (picked or (wishes[0].words and self._held(wishes[0]))):
            return False
        last = wishes[0].hard[-1].token if wishes[0].hard else None
        plural = last is not None and last.form != last.word
        self._lines += self._lines_for(wishes[0], clause if plural else None)
        return True

    def _not_both(self, clause: Clause, following: Clause | None) -> bool:
        """`I don't need both, the red will do`: which of them is said in what follows."""
        forms = [token.form for token in clause.about]
        declines = clause.verb == "REMOVE" and len(clause.said) > 1 and forms[:1] == ["both"]
        if not declines or len(forms) > 3 or following is None:
            return False
        return following.verb in ("", "ONLY", "KEEP", "STAYS")

    def _with_compared(self, clauses: Sequence[Clause]) -> list[Clause]:
        """What is compared beside what it is compared by, as one clause."""
        found: list[Clause] = []
        for clause in clauses:
            if found and self._compares(found[-1], clause):
                clause = replace(clause, about=(*clause.about, *_of(found.pop().about)))
            found.append(clause)
        return found

    def _compares(self, clause: Clause, following: Clause) -> bool:
        """`The lamp or the kettle? Whichever costs less.`: one of what was named is wanted."""
        whole = self._read(following.about)
        picks = whole.pick in ("cheapest", "dearest") and not whole.hard
        if not picks or clause.verb not in ("", "INFO") or following.verb not in (*NAMING, ""):
            return False
        named = [wish for wish in self._wishes(clause.about) if wish.hard]
        return len(named) > 1 and not any(map(self._held, named))

    def _aborted(self, clause: Clause, following: Clause | None) -> bool:
        """`Trade in the kettle, I'll go with the blender`: what comes is said in what follows.
        `Swap the rose… swap the blue one for the red`: the first was not said to its end."""
        if clause.verb != "SWAP" or clause.negated or following is None or following.negated:
            return False
        whole = split_by(clause.about, "BECOMES") or split_at(clause.about, SWAPPED_FOR)
        if whole is not None:
            return False
        if following.verb == "SWAP":
            return split_at(following.about, SWAPPED_FOR) is not None
        comes = [wish for wish in self._wishes(following.about) if wish.hard]
        if following.verb not in (*NAMING, "PREFER", "") or len(comes) != 1:
            return False
        self._gone = self._line(self._read(clause.about))
        return True

    def _talks_of(self, clause: Clause, following: Clause) -> bool:
        """`Mum says no kettle, take it off`: a line that is spoken of, however it is said."""
        pointing = [
            wish for wish in self._wishes(following.about) if wish.pronoun in ("it", "them")
        ]
        if not pointing or any(wish.hard for wish in pointing) or not self._talk(clause):
            return False
        named = Naming(self.lexicon).named(clause.about, self.cart)
        several = any(wish.pronoun == "them" for wish in pointing)
        if not named or (len(named) > 1 and not several):
            return False
        self._lines += [each.line for each in named]
        return True


def _of(about: Sequence[Token]) -> tuple[Token, ...]:
    """`between the lamp and the kettle` as `of the lamp and the kettle`."""
    rest = about[1:] if about[0].form in ("between", "of", "compare") else about
    return (about[0]._replace(word="of", form="of", number=None), *rest)


def refunds(clause: Clause) -> bool:
    """`I'd like my money back for the stove`"""
    return {"money", "back"} <= {token.form for token in clause.about}


def of_others(clause: Clause) -> bool:
    """`drop the others`"""
    forms = {token.form for token in clause.about}
    return clause.verb == "REMOVE" and bool(OTHER & forms) and len(forms) <= 3


def others_last(clauses: Sequence[Clause]) -> list[Clause]:
    """`Remove the others, I only want the novel`: what stays is to be known first."""
    found = list(clauses)
    for at in range(len(found) - 1):
        if of_others(found[at]) and found[at + 1].verb in ("ONLY", "STAYS", "KEEP"):
            found[at : at + 2] = [found[at + 1], found[at]]
    return found
