"""Statements as they are meant together: what tells more of a thing beside its name, what is wanted
where something else cannot be had.

"A window box. Red is out."    "The sander, please. Should that exceed 200 euros, leave it."
               ^of the box                    ^of the sander, and so what it hangs on
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from intent_parser.clauses import Clause, Statement
from intent_parser.conditions import (
    Conditions,
    alternatives,
    second_best,
    second_named,
    unfavourable,
)
from intent_parser.cues import DENYING
from intent_parser.limits import limit_at
from intent_parser.naming import Naming
from intent_parser.phrasing import (
    NAMING,
)

_AMONG = (("out", "of"), ("of", "all"), ("from", "all"), ("of",), ("from",), ("among",))
"""What is said first of that which something is picked from."""


class Gathering(Conditions):
    """Of a whole text, before it is carried out."""

    def _gathered(self, all_of_them: Sequence[Statement]) -> list[Statement]:
        """With what is said of a thing that was just named put beside its name: `Add the soundbar.
        Colour red, please.`, `A window box. Red is out.`, `A watch, but skip the gold one.`"""
        found: list[Statement] = []
        apart = (part for each in all_of_them for part in self._apart(each))
        for each in apart:
            statement = alternatives(self._unconditional(each), self._nameless)
            then = list(statement.then)
            plain = statement.condition is None and not statement.has_otherwise
            while plain and then and found and found[-1].then:
                longer = self._longer(found[-1].then[-1], then[0])
                if longer is None:
                    break
                found[-1].then[-1] = longer
                del then[0]
            for at in range(len(then) - 1, 0, -1):
                pair = then[at - 1], then[at]
                longer = self._longer(*pair) or self._sooner(*pair) or self._picked(*pair)
                if longer is not None:
                    then[at - 1 : at + 1] = [longer]
            if found and _second_choice(found[-1], statement):
                found[-1] = replace(found[-1], otherwise=statement.then, has_otherwise=True)
                continue
            joins = plain and bool(found) and found[-1].condition is None
            if joins and then and not found[-1].has_otherwise:
                found[-1] = replace(found[-1], then=[*found[-1].then, *then])
            elif then or not plain:
                found.append(replace(statement, then=then))
            if len(found) > 1 and self._regrets(found[-2], found[-1]):
                found[-2:] = self._regretted(found[-2], found[-1])
        return found

    def _apart(self, statement: Statement) -> list[Statement]:
        """As several: `X and Y if it is there` asks of the last alone, and where `Y would be fine
        too` stands after X, it is that where X is not there."""
        then, condition = statement.then, statement.condition
        if condition is None and not statement.has_otherwise:
            then = [part for each in then for part in second_named(each) or (each,)]
            for at in range(1, len(then)):
                other = second_best(then[at - 1], then[at])
                if other is not None and self._wished_for(then[at - 1]) and self._wished_for(other):
                    either = Statement(then=[then[at - 1]], otherwise=[other], has_otherwise=True)
                    rest = [Statement(then=then[: at - 1]), either, Statement(then=then[at + 1 :])]
                    return [each for each in rest if each.then]
        trails = condition is not None and statement.before == len(then) == 1
        single = bool({"it", "its", "that", "thats"} & {token.form for token in condition or ()})
        if not trails or not single or statement.has_otherwise or then[0].verb not in NAMING:
            return [statement]
        wishes = self._wishes(then[0].about)
        if len(wishes) < 2 or not self._nameless(condition or ()) or not wishes[-1].tokens:
            return [statement]
        at = then[0].about.index(wishes[-1].tokens[0])
        first = replace(then[0], about=then[0].about[: at - 1])
        last = replace(then[0], about=then[0].about[at:])
        return [Statement(then=[first]), replace(statement, then=[last])]

    def _wished_for(self, clause: Clause) -> bool:
        """Whether it names one thing that is sold, or was."""
        wishes = self._wishes(clause.about)
        return len(wishes) == 1 and bool(wishes[0].hard) and self._score(wishes[0]) > 0

    def _picked(self, before: Clause, clause: Clause) -> Clause | None:
        """`Of all the laptops, give me the cheapest`: of which, said first."""
        forms = [token.form for token in before.about]
        leads = next((len(lead) for lead in _AMONG if tuple(forms[: len(lead)]) == lead), 0)
        if before.verb or not leads or clause.verb not in NAMING:
            return None
        wishes = self._wishes(clause.about)
        if len(wishes) != 1 or wishes[0].hard or wishes[0].pick == "only":
            return None
        return replace(clause, about=(*clause.about, *before.about[leads:]))

    def _sooner(self, before: Clause, clause: Clause) -> Clause | None:
        """`Nestling excepted, any memory game`: what is not wanted, said first."""
        if before.verb or not _denies(before) or clause.verb not in NAMING:
            return None
        return self._longer(clause, before)

    def _unconditional(self, statement: Statement) -> Statement:
        """`any drum, as long as the word African isn't on it`: that is no condition."""
        said = statement.condition
        if not said or not statement.then or statement.has_otherwise or not statement.before:
            return statement
        denial = Clause("", (), said)
        priced = any(limit_at(said, at) for at in range(len(said)))
        if priced or not _denies(denial) or len(statement.then) != statement.before:
            return statement
        longer = self._longer(statement.then[-1], denial)
        if longer is None:
            return statement
        return replace(statement, then=[*statement.then[:-1], longer], condition=None, before=0)

    def _regrets(self, said: Statement, following: Statement) -> bool:
        """Whether what was wished for is not, if what follows holds: `The sander, please. Should
        that exceed 200 euros, leave it.`"""
        plain = said.condition is None and not said.has_otherwise and bool(said.then)
        leads = following.condition is not None and not following.before
        return (
            plain
            and leads
            and not following.has_otherwise
            and said.then[-1].verb in (*NAMING, "")
            and self._nameless(following.condition or ())
            and unfavourable(following.condition or ()) != following.unless
        )

    def _regretted(self, said: Statement, following: Statement) -> list[Statement]:
        turned = replace(
            following,
            then=said.then[-1:],
            otherwise=following.then,
            unless=not following.unless,
            has_otherwise=True,
        )
        before = replace(said, then=said.then[:-1])
        return [before, turned] if before.then else [turned]

    def _longer(self, clause: Clause, following: Clause) -> Clause | None:
        """The clause with what follows, where that only tells more of what the clause names."""
        if clause.negated and not following.negated:
            return None  # `don't add juice; water, please`
        if self._alters(clause, following):
            first = following.about[0]
            turn = "without" if following.verb == "REMOVE" else "with"
            between = first._replace(word=turn, form=turn, number=None)
            said = following.said if following.verb in ("DOUBLE", "TRIPLE") else ()
            return replace(clause, about=(*clause.about, between, *said, *following.about))
        removes = following.verb in ("REMOVE", "IGNORE") or (
            following.negated and following.verb in NAMING
        )
        if clause.verb not in (*NAMING, "") or not clause.about or not following.about:
            return None
        denies = following.verb in ("ONLY", "STAYS") and _denies(following)
        if following.verb and not (removes or denies):
            return None
        first = following.about[0]
        between = [first._replace(word=".", form=".")]
        if removes:
            if any(self._held(wish) for wish in self._wishes(following.about) if wish.words):
                return None
            between.append(first._replace(word="not", form="not"))
        about = (*clause.about, *between, *following.about)
        before, after = self._wishes(clause.about), self._wishes(about)
        if not before or len(before) != len(after):
            return None
        if removes and before[-1].unwanted == after[-1].unwanted:
            return None
        own = {word.token.word for word in before[-1].hard}
        if removes and any(token.word in own for group in after[-1].unwanted for token in group):
            return None  # nothing would be left of it
        return replace(clause, about=about)

    def _alters(self, clause: Clause, following: Clause) -> bool:
        """`Same again please, but only one sander`: in what an order is to be other."""
        again = clause.verb == "REORDER" or (
            clause.verb in ("", "BUY", "ADD") and self._meant_again(clause.tokens)
        )
        if (
            not again
            or not self.orders
            or following.verb not in ("ONLY", "REMOVE", "DOUBLE", "TRIPLE", "")
            or not following.about
        ):
            return False
        order = self._which_order(clause.tokens)
        naming = Naming(self.lexicon)
        wishes = self._wishes(following.about)
        if following.verb == "ONLY" and all(each.hard and each.quantity is None for each in wishes):
            return False  # that part of it, and nothing else
        return bool(wishes) and all(
            bool(naming.best(wish.tokens, order.lines)) if wish.hard else wish.quantity is not None
            for wish in wishes
        )


def _second_choice(first: Statement, second: Statement) -> bool:
    """`The red lamp. The blue one if you haven't got it.`"""
    plain = first.condition is None and not first.has_otherwise and len(first.then) == 1
    other = second.condition is None and second.has_otherwise and not second.otherwise
    wished = plain and first.then[0].verb in (*NAMING, "")
    return wished and other and len(second.then) == 1 and second.then[0].verb in (*NAMING, "")


def _denies(clause: Clause) -> bool:
    return bool(DENYING & {token.form for token in clause.about})
