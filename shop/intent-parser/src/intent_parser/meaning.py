"""Statements as acts on a cart and on orders, under their conditions."""

from __future__ import annotations

from collections.abc import Sequence
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
    Swap,
)
from shop_intents.intents import AnyAct

from intent_parser.announcing import Announcing, of_others, others_last, refunds
from intent_parser.clauses import Clause, Statement
from intent_parser.cues import IT, NONE
from intent_parser.phrases import phrase_at
from intent_parser.phrasing import BOUGHT
from intent_parser.telling import (
    same,
    spans_of,
)
from intent_parser.trouble import Asked, Refused


class Meaning(Announcing):
    """Reads statements in turn; what was mentioned can be referred to by those that follow."""

    def read(self, all_of_them: Sequence[Statement]) -> None:
        """Raises Asked, Refused."""
        self.carted = any(map(_carted, all_of_them))
        self.cancels = any(
            clause.verb == "CANCEL"
            for each in all_of_them
            for clause in (*each.then, *each.otherwise)
        )
        all_of_them = self._gathered(all_of_them)
        for statement in all_of_them:
            for act in self._statement(statement):
                # `I'm done, check out. Take my money.`
                once = isinstance(act, CheckOut | CancelOrder | BuyNow | Remove)
                if not (once and same(act, self.acts)):
                    self.acts.append(act)
        self.acts = _once_gone(self.acts)
        self.acts = self._spared([act for act in self.acts if act not in self._dropped])
        if self._excepting:
            self.acts.sort(key=lambda act: isinstance(act, CheckOut))

    def _statement(self, statement: Statement) -> list[AnyAct]:
        if statement.condition is None and not statement.has_otherwise:
            return self._all(statement.then)
        statement = _kept_if(statement)
        by_cart = self._of_cart(statement)
        if by_cart is not None:
            return self._all(by_cart)
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
                if not statement.otherwise or (statement.condition and not _of_stock(statement)):
                    raise
                if statement.condition:  # `make it thirty if there are enough, otherwise ten`
                    self._other = True
                    return self._otherwise(statement)
                then = []  # `that one for 20 at most, failing that the other`
            subject = subject or (self._items[-1] if then and self._items else None)
            if asks is not None and subject is not None:
                then = [Add(item=subject)]
            self._other = True
            otherwise = self._otherwise(statement)
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

    def _otherwise(self, statement: Statement) -> list[AnyAct]:
        statement = replace(statement, otherwise=list(map(_in_size, statement.otherwise)))
        if not statement.third:
            return self._all(statement.otherwise)
        second = Statement(then=statement.otherwise, otherwise=statement.third, has_otherwise=True)
        return self._statement(second)

    def _of_cart(self, statement: Statement) -> Sequence[Clause] | None:
        """What is to be done, where a condition is of what lies in the cart; else None."""
        said = statement.condition
        if said is None:
            return None
        if statement.before and self._nameless(said):
            for wish in self._wishes(statement.then[0].about):
                self._mention_wish(wish)  # `add a lamp unless there is one in my cart`
        holds = self._by_cart(said, statement.unless)
        if holds is None:
            return None
        done = statement.then if holds else statement.otherwise
        if not done:
            self.negated += statement.then[:1]  # nothing is to be done
        return done

    def _all(self, clauses: Sequence[Clause]) -> list[AnyAct]:
        acts: list[AnyAct] = []
        before: Clause | None = None
        self._others_go = self._others_go or any(map(of_others, clauses))
        clauses = self._with_compared(others_last(clauses))
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
                and set(BOUGHT) & {t.form for t in clause.about}
            ):
                later = next((each for each in clauses if each.verb == "CANCEL"), following)
            if self._aborted(clause, following) or self._not_both(clause, following):
                continue
            announces = not clause.verb or (clause.verb in ("WANT", "BUY") and refunds(clause))
            if clause.verb == "INSTEAD" or (announces and self._announced(clause, later)):
                if clause.verb == "INSTEAD":
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
                # `The party's off! Cancel the cake.`
                told = clause.verb == "REMOVE" and not clause.said and following is not None
                if not told and (not self._talk(clause) or not (acts or self._so_far)):
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


def _once_gone(acts: Sequence[AnyAct]) -> list[AnyAct]:
    """`Scrap the kettle and make it the blender`: what is swapped is not taken out as well."""
    swapped = {act.variant_id for act in acts if isinstance(act, Swap)}
    return [act for act in acts if not (isinstance(act, Remove) and act.variant_id in swapped)]


def _in_size(clause: Clause) -> Clause:
    """`…; failing that, in 256`: no count, but what it is to have."""
    if len(clause.about) < 2 or clause.about[0].form != "in":
        return clause
    return replace(clause, about=tuple(token._replace(number=None) for token in clause.about[1:]))


def _of_stock(statement: Statement) -> bool:
    """Whether a condition asks whether there is enough, and nothing else."""
    forms = {token.form for token in statement.condition or ()}
    return "enough" in forms and not statement.unless and not NONE & forms


def _kept_if(statement: Statement) -> Statement:
    """`keep the kettle only if it is under 100 euros`: else it goes."""
    one = statement.then[0] if len(statement.then) == 1 else None
    if one is None or one.verb != "KEEP" or statement.condition is None or statement.otherwise:
        return statement
    goes = replace(one, verb="REMOVE", said=())
    return replace(statement, then=[goes], unless=not statement.unless, has_otherwise=False)


def _asks(statement: Statement) -> Clause | None:
    """`Do you have the kettle? If not, the mug.`: what is asked for is wanted, if it is there."""
    alone = statement.condition is None and len(statement.then) == 1 and statement.otherwise
    return statement.then[0] if alone and statement.then[0].verb == "INFO" else None


def _carted(statement: Statement) -> bool:
    tokens = [t for each in (*statement.then, *statement.otherwise) for t in each.tokens]
    places = (at for at in range(len(tokens)) if "CART" in phrase_at(tokens, at)[0])
    filled = ("fill", "load", "stock")  # `fill my basket with …`
    return any(
        tokens[at].form in ("in", "into", "to") or (at and tokens[at - 1].form in filled)
        for at in places
    )
