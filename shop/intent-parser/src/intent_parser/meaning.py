"""Statements as acts on a cart and on orders, under their conditions."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import zip_longest

from shop_intents import (
    Add,
    BuyNow,
    CancelOrder,
    CheckOut,
    If,
    InStock,
    Remove,
)
from shop_intents.intents import AnyAct

from intent_parser.clauses import Clause, Statement
from intent_parser.conditions import (
    Conditions,
    alternatives,
    second_best,
    second_named,
    unfavourable,
)
from intent_parser.cues import DENYING, IT
from intent_parser.limits import limit_at
from intent_parser.naming import Naming
from intent_parser.phrases import phrase_at
from intent_parser.phrasing import (
    BOUGHT,
    NAMING,
    OF_ORDER,
    named_orders,
    ordinary,
)
from intent_parser.telling import (
    same,
    spans_of,
)
from intent_parser.trouble import Asked, Refused

_BOUGHT = frozenset(BOUGHT)
_AMONG = (("out", "of"), ("of", "all"), ("from", "all"), ("of",), ("from",), ("among",))
"""What is said first of that which something is picked from."""


class Meaning(Conditions):
    """Reads statements in turn; what was mentioned can be referred to by those that follow."""

    def read(self, all_of_them: Sequence[Statement]) -> None:
        """Raises Asked, Refused."""
        self.carted = any(map(_carted, all_of_them))
        all_of_them = self._gathered(all_of_them)
        for statement in all_of_them:
            for act in self._statement(statement):
                # `I'm done, check out. Take my money.`
                once = isinstance(act, CheckOut | CancelOrder | BuyNow | Remove)
                if not (once and same(act, self.acts)):
                    self.acts.append(act)
        self.acts = self._spared([act for act in self.acts if act not in self._dropped])
        if self._excepting:
            self.acts.sort(key=lambda act: isinstance(act, CheckOut))

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
            return replace(clause, about=(*clause.about, between, *following.about))
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

    def _bought(self, clause: Clause, following: Clause) -> bool:
        """`I bought a chandelier once. I'd like a second one.` It is spoken of, and no wish."""
        if not self.orders:
            return False
        lines = [line for order in self.orders for line in order.lines]
        if named_orders(clause.about):
            lines = list(self._which_order(clause.about).lines)
        named = Naming(self.lexicon).best(ordinary(clause.about), lines)
        bought = bool(_BOUGHT & {token.form for token in clause.about})
        bought = bought or bool(named_orders(clause.about))
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

    def _alters(self, clause: Clause, following: Clause) -> bool:
        """`Same again please, but only one sander`: in what an order is to be other."""
        again = clause.verb == "REORDER" or (
            clause.verb in ("", "BUY", "ADD") and self._meant_again(clause.tokens)
        )
        if (
            not again
            or not self.orders
            or following.verb not in ("ONLY", "REMOVE", "")
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

    def _statement(self, statement: Statement) -> list[AnyAct]:
        if statement.condition is None and not statement.has_otherwise:
            return self._all(statement.then)
        asks = _asks(statement)
        if asks is not None:
            statement = replace(statement, condition=asks.about, then=[])
        self._lenient = True
        try:
            try:
                subject = self._named(statement.condition or ())
            except Refused:
                if statement.unless or not statement.otherwise:
                    raise
                self._other = True  # nothing such is sold
                return self._all(statement.otherwise)
            try:
                then = self._all(statement.then)
            except Refused:
                if statement.condition is not None or not statement.otherwise:
                    raise
                then = []  # `that one for 20 at most, failing that the other`
            subject = subject or (self._items[-1] if then and self._items else None)
            if asks is not None and subject is not None:
                then = [Add(item=subject)]
            self._other = True
            otherwise = self._all(statement.otherwise)
        finally:
            self._lenient = self._other = False
        if statement.condition is None:
            if subject is None or not then:
                return [*then, *otherwise]
            return [If(condition=InStock(subject), then=tuple(then), otherwise=tuple(otherwise))]
        if asks is not None and subject is not None:
            return [If(condition=InStock(subject), then=tuple(then), otherwise=tuple(otherwise))]
        holds = self._by_total(statement, then, subject)
        if holds is not None:
            return then if holds else otherwise
        condition, negated = self._condition(statement.condition, subject)
        if condition is None:
            return [*then, *otherwise]
        spans = spans_of(statement.condition)
        return [
            If(
                condition=condition,
                negated=negated != statement.unless,
                then=tuple(then),
                otherwise=tuple(otherwise),
                spans=spans,
            )
        ]

    def _all(self, clauses: Sequence[Clause]) -> list[AnyAct]:
        acts: list[AnyAct] = []
        before: Clause | None = None
        for clause, following in zip_longest(clauses, clauses[1:]):
            assert clause is not None
            if before is not None and before.negated and clause.verb == "ONLY":
                clause = replace(clause, verb=before.verb)  # `don't remove the eggs, only the milk`
            if before is not None and self._only_added(before, clause):
                clause = replace(clause, about=before.about)
            before = clause
            later = following
            if (
                following is not None
                and not clause.verb
                and _BOUGHT & {t.form for t in clause.about}
            ):
                later = next((each for each in clauses if each.verb == "CANCEL"), following)
            if clause.verb == "INSTEAD" or (not clause.verb and self._announced(clause, later)):
                if clause.verb:
                    self._gone = self._line(self._read(clause.about))
                continue
            try:
                done = self._clause(clause)
                if not clause.verb:
                    self._bare += done
            except (Asked, Refused):
                if following is not None and following.verb == "DECLINED" and not clause.verb:
                    self.negated.append(clause)
                    continue
                if not self._talk(clause) or not (acts or self._so_far):
                    raise
                self.aimless.append(clause)
                continue
            acts += done
            self._so_far += done
        return acts

    def _only_added(self, before: Clause, clause: Clause) -> bool:
        """`don't buy the lamp, just put it in my basket`"""
        pronoun = clause.verb == "ADD" and bool(clause.about) and clause.about[0].form in IT
        named = pronoun and any(wish.hard for wish in self._wishes(clause.about))
        bought = before.negated and before.verb == "BUY"
        return pronoun and bought and not named and not clause.negated

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
            return any(token.form in BOUGHT for token in clause.about)
        if following is not None and following.verb in (*NAMING, "ONLY"):
            if self._bought(clause, following):
                return True
            order = bool(named_orders(clause.about)) and bool(self.orders)
            part = following.verb == "ONLY"
            if order and (part or not any(w.hard for w in self._wishes(following.about))):
                self._spoken = clause.about  # `All of my last order but the milk, buy it again`
                return True
        if following is not None and following.verb == "REORDER" and self.orders:
            self._spoken = clause.about
            return any(token.form in OF_ORDER for token in clause.about)
        changes = ("SET", "REMOVE", "DOUBLE", "HALVE", "SWAP")
        takes = (*NAMING, "CHECKOUT")
        if following is None or following.verb not in (*changes, *takes):
            return False
        wishes = self._wishes(clause.about)
        if following.verb in takes and not (
            wishes and wishes[0].definite and not any(w.hard for w in self._wishes(following.about))
        ):
            return False
        picked = self.cart and wishes and wishes[0].pick in ("cheapest", "dearest")
        if len(wishes) != 1 or not (picked or (wishes[0].words and self._held(wishes[0]))):
            return False
        self._lines += self._lines_for(wishes[0])
        return True


def _asks(statement: Statement) -> Clause | None:
    """`Do you have the kettle? If not, the mug.`: what is asked for is wanted, if it is there."""
    alone = statement.condition is None and len(statement.then) == 1 and statement.otherwise
    return statement.then[0] if alone and statement.then[0].verb == "INFO" else None


def _denies(clause: Clause) -> bool:
    return bool(DENYING & {token.form for token in clause.about})


def _carted(statement: Statement) -> bool:
    tokens = [t for each in (*statement.then, *statement.otherwise) for t in each.tokens]
    places = (at for at in range(len(tokens)) if "CART" in phrase_at(tokens, at)[0])
    return any(tokens[at].form in ("in", "into", "to") for at in places)
