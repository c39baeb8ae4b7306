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
    Item,
    PriceBelow,
)
from shop_intents.intents import AnyAct, Condition

from intent_parser.clauses import Clause, Statement
from intent_parser.cues import NONE, OF_STOCK
from intent_parser.doing import Doing
from intent_parser.limits import Limits, joined, limit_at
from intent_parser.phrases import phrase_at
from intent_parser.phrasing import (
    NAMING,
    OF_ORDER,
    enough,
)
from intent_parser.reading import Token
from intent_parser.telling import (
    counted_as,
    same,
    spans_of,
)
from intent_parser.trouble import Asked, Refused

_NOTS = frozenset(("not", "isnt", "arent", "dont", "doesnt"))


class Meaning(Doing):
    """Reads statements in turn; what was mentioned can be referred to by those that follow."""

    def read(self, all_of_them: Sequence[Statement]) -> None:
        """Raises Asked, Refused."""
        all_of_them = self._gathered(all_of_them)
        for statement in all_of_them:
            for act in self._statement(statement):
                # `I'm done, check out. Take my money.`
                if not (isinstance(act, CheckOut | CancelOrder | BuyNow) and same(act, self.acts)):
                    self.acts.append(act)
        self.acts = self._spared([act for act in self.acts if act not in self._dropped])

    def _gathered(self, all_of_them: Sequence[Statement]) -> list[Statement]:
        """With what is said of a thing that was just named put beside its name: `Add the soundbar.
        Colour red, please.`, `A window box. Red is out.`, `A watch, but skip the gold one.`"""
        found: list[Statement] = []
        for statement in all_of_them:
            then = list(statement.then)
            plain = statement.condition is None and not statement.has_otherwise
            while plain and then and found and found[-1].then:
                longer = self._longer(found[-1].then[-1], then[0])
                if longer is None:
                    break
                found[-1].then[-1] = longer
                del then[0]
            for at in range(len(then) - 1, 0, -1):
                longer = self._longer(then[at - 1], then[at])
                if longer is not None:
                    then[at - 1 : at + 1] = [longer]
            if then or not plain:
                found.append(replace(statement, then=then))
        return found

    def _longer(self, clause: Clause, following: Clause) -> Clause | None:
        """The clause with what follows, where that only tells more of what the clause names."""
        removes = following.verb == "REMOVE" or (following.negated and following.verb in NAMING)
        if clause.verb not in (*NAMING, "") or not clause.about or not following.about:
            return None
        if following.verb and not removes:
            return None
        first = following.about[0]
        between = [first._replace(word=".", form=".")]
        if removes:
            if any(self._held(wish) for wish in self._wishes(following.about) if wish.words):
                return None
            between.append(first._replace(word="not", form="not"))
        about = (*clause.about, *between, *following.about)
        before, after = self._wishes(clause.about), self._wishes(about)
        if len(before) != len(after) or (removes and before[-1].unwanted == after[-1].unwanted):
            return None
        return replace(clause, about=about)

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
            if subject is None or not otherwise:
                return [*then, *otherwise]
            return [If(condition=InStock(subject), then=tuple(then), otherwise=tuple(otherwise))]
        if asks is not None and subject is not None:
            return [If(condition=InStock(subject), then=tuple(then), otherwise=tuple(otherwise))]
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
        for clause, following in zip_longest(clauses, clauses[1:]):
            assert clause is not None
            if clause.verb == "INSTEAD" or (not clause.verb and self._announced(clause, following)):
                if clause.verb:
                    self._gone = self._line(self._read(clause.about))
                continue
            try:
                done = self._clause(clause)
                if not clause.verb:
                    self._bare += done
            except (Asked, Refused):
                if not self._talk(clause) or not (acts or self._so_far):
                    raise
                self.aimless.append(clause)
                continue
            acts += done
            self._so_far += done
        return acts

    def _talk(self, clause: Clause) -> bool:
        """Whether it is said beside what is wanted: `…, I only burn bread anyway`."""
        hard = self._read(clause.about).hard
        strange = sum(not self.lexicon.known(word.token.word) for word in hard)
        return not clause.verb and strange > 0

    def _announced(self, clause: Clause, following: Clause | None) -> bool:
        """`The socks: make them five.` What is in the cart is but mentioned."""
        if following is not None and following.verb == "CANCEL" and self.orders:
            self._spoken = clause.about
            return any(token.form in OF_ORDER for token in clause.about)
        if following is not None and following.verb == "REORDER" and self.orders:
            self._spoken = clause.about
            return any(token.form in OF_ORDER for token in clause.about)
        if following is None or following.verb not in ("SET", "REMOVE", "DOUBLE", "HALVE", "SWAP"):
            return False
        wishes = self._wishes(clause.about)
        if len(wishes) != 1 or not wishes[0].words or not self._held(wishes[0]):
            return False
        self._lines += self._lines_for(wishes[0])
        return True

    def _condition(
        self, said: Sequence[Token], subject: Item | None
    ) -> tuple[Condition | None, bool]:
        """What is asked, and whether its opposite is meant; None where it is none of ours."""
        negated = False
        said, number = enough(said)
        stock = number is not None
        limits: Limits | None = None
        rest: list[Token] = []
        at = 0
        while at < len(said):
            tags, length = phrase_at(said, at)
            limit = limit_at(said, at)
            if limit is not None:
                limits, length, total = limit
                if total:
                    self.total = joined(self.total, limits)
                    return None, False
            elif "NO_STOCK" in tags:
                stock, negated = True, not negated
            elif "STOCK" in tags:
                stock = True
            elif said[at].form in _NOTS:
                negated = not negated
            elif "COSTS" not in tags:
                rest += said[at : at + (length or 1)]
            at += length or 1
        item = subject or (self._items[-1] if self._items else None)
        if item is None and self._lines:
            item = self._of_line(self._lines[-1], 1)  # `remove the mugs if they are over 20`
        if item is None:
            raise Asked("meaning", "which product the condition is about cannot be told")
        if limits is not None and limits.most_minor is not None:
            return PriceBelow(item, limits.most_minor, or_equal=True), negated
        if limits is not None and limits.least_minor is not None:
            return PriceBelow(item, limits.least_minor), not negated
        if stock:
            return InStock(counted_as(item, max(number or 0, item.quantity))), negated
        forms = {token.form for token in said}
        if OF_STOCK & forms:
            return InStock(item), bool(NONE & forms)
        raise Asked("meaning", "a condition can be that something is in stock, or its price")

    def _named(self, said: Sequence[Token]) -> Item | None:
        """The item that a condition names by itself."""
        said, _ = enough(said)
        at = 0
        rest: list[Token] = []
        while at < len(said):
            tags, length = phrase_at(said, at)
            limit = limit_at(said, at)
            if limit is not None:
                length = limit[1]
            elif not {"STOCK", "NO_STOCK", "COSTS"} & set(tags):
                rest += said[at : at + (length or 1)]
            at += length or 1
        wish = self._read([token for token in rest if token.form not in (*_NOTS, *OF_STOCK)])
        known = [word for word in wish.hard if self.lexicon.known(word.token.word)]
        return self._item(wish) if len(known) > len(wish.hard) / 2 else None


def _asks(statement: Statement) -> Clause | None:
    """`Do you have the kettle? If not, the mug.`: what is asked for is wanted, if it is there."""
    alone = statement.condition is None and len(statement.then) == 1 and statement.otherwise
    return statement.then[0] if alone and statement.then[0].verb == "INFO" else None
