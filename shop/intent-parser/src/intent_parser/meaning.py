"""Clauses as acts on a cart and on orders, or a question, or a refusal."""

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
    Item,
    PriceBelow,
    Remove,
)
from shop_intents.intents import AnyAct, Condition

from intent_parser.changing import Changes
from intent_parser.clauses import Clause, Statement, tags_of
from intent_parser.cues import AGAIN, NONE, OF_STOCK
from intent_parser.phrases import phrase_at
from intent_parser.phrasing import (
    BOUGHT,
    COUNTED,
    NAMING,
    OF_ORDER,
    enough,
    ordinary,
    split_by,
)
from intent_parser.reading import Token
from intent_parser.telling import (
    counted_as,
    said_of,
    same,
    spanned,
    spans_of,
)
from intent_parser.trouble import Asked, Refused
from intent_parser.wishes import Limits, joined, limit_at

_NOTS = frozenset(("not", "isnt", "arent", "dont", "doesnt"))
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
_BESIDE = frozenset(["plus", "including", "with", "and", "also", "add", "adding", "incl"])


class Meaning(Changes):
    """Reads statements in turn; what was mentioned can be referred to by those that follow."""

    def read(self, all_of_them: Sequence[Statement]) -> None:
        """Raises Asked, Refused."""
        all_of_them = self._gathered(all_of_them)
        for statement in all_of_them:
            for act in self._statement(statement):
                # `I'm done, check out. Take my money.`
                if not (isinstance(act, CheckOut | CancelOrder | BuyNow) and same(act, self.acts)):
                    self.acts.append(act)
        self.acts = [act for act in self.acts if act not in self._dropped]

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

    def _clause(self, clause: Clause) -> list[AnyAct]:
        self.verbs.add(clause.verb)
        if clause.negated:
            self.negated.append(clause)
            return []
        if self._elsewhere(clause):
            self.aimless.append(clause)
            return []
        handler = getattr(self, f"_on_{(clause.verb or 'bare').lower()}")
        return [spanned(act, clause) for act in handler(clause)]

    def _elsewhere(self, clause: Clause) -> bool:
        """Whether it is about nothing that is sold here: `turn off the lights`."""
        first = clause.said[0].form if clause.said else ""
        last = clause.about[-1].form if clause.about else ""
        if clause.verb == "REMOVE" and self.orders and last in OF_ORDER:
            return False  # `scrap my sunglasses order`
        weak = first in _WEAK or (clause.verb in ("REMOVE", "SET", "SWAP") and not self.cart)
        wish = self._read([t for t in ordinary(clause.about) if t.form not in COUNTED])
        hard = wish.hard
        if any(self._held(replace(wish, words=(word,))) for word in hard):
            return False
        known = sum(self.lexicon.known(word.token.word) for word in hard)
        return weak and bool(hard) and known <= len(hard) / 2

    def _on_bare(self, clause: Clause) -> list[AnyAct]:
        """Names alone are a wish for them; other talk is one where it names a product."""
        instead = split_by(clause.about, "THAN_NOT")
        if instead is not None:
            return self._on_add(clause)
        if self._meant_again(clause.about) and AGAIN & {t.form for t in clause.about}:
            carted = any("CART" in tags for tags in tags_of(clause.about))
            return self._again(Add if carted else BuyNow, clause.about)
        if any(token.form == "left" for token in clause.about):
            # `There's no milk left.`
            left = [token for token in clause.about if token.form not in ("no", "left", "theres")]
            clause = replace(clause, about=tuple(left))
        if self._has(clause):
            self.aimless.append(clause)
            return []
        wishes = self._wishes(clause.about)
        counted = self._lenient and all(each.quantity is not None for each in wishes)
        if wishes and all(
            not each.hard and (each.more or self._other or counted) for each in wishes
        ):
            return self._added(wishes)
        hard = [word for wish in wishes for word in wish.hard]
        strange = sum(not self.lexicon.known(word.token.word) for word in hard)
        if self._ordered and hard and AGAIN & {token.form for token in clause.about}:
            carted = any("CART" in tags for tags in tags_of(clause.about))
            items = self._items_of([each for each in wishes if each.hard])
            return [Add(item=each) for each in items] if carted else [BuyNow(items=tuple(items))]
        fitting = all(self._score(wish) > 0 for wish in wishes)
        if hard and (not strange or (fitting and strange <= len(hard) / 4)):
            return self._added(wishes)
        if strange == len(hard) and 0 < strange <= 2 and wishes[0].quantity is not None:
            raise Refused("impossible", f"nothing that is sold here is {said_of(wishes[0])}")
        sold = [wish for wish in wishes if self._sold(wish)]
        if len(sold) > 1:
            return self._added(sold)
        named = self._named_in(clause.about)
        if named is not None:
            return self._added([named])
        self.aimless.append(clause)
        return []

    def _has(self, clause: Clause) -> bool:
        """`I seem to have a novel in my trolley`: what is there is no wish."""
        forms = {token.form for token in clause.about}
        carted = any("CART" in tags for tags in tags_of(clause.about))
        return carted and "in" in forms and {"have", "seem"} <= forms

    def _on_info(self, clause: Clause) -> list[AnyAct]:
        """Nothing is done, but what was spoken of may be meant by what follows."""
        self.aimless.append(clause)
        for wish in self._wishes(clause.about):
            self._last = wish if wish.words else self._last
            if wish.words and wish.pick != "only":
                with suppress(Asked, Refused):
                    self._item(wish)
        return []

    def _on_ignore(self, clause: Clause) -> list[AnyAct]:
        """`Never mind the kettle`: where it is in the cart, it goes."""
        wishes = [wish for wish in self._wishes(clause.about) if wish.hard]
        if all(self._held(wish) for wish in wishes):
            return self._on_remove(clause) if wishes else []
        self.negated.append(clause)
        return []

    def _on_declined(self, clause: Clause) -> list[AnyAct]:
        """`A Prada bag? Not for me.` What was but named is not wished for."""
        mentioned = [act for act in self._so_far if act in self._bare]
        self._dropped += mentioned
        if mentioned:
            self.negated.append(clause)
        else:
            self.aimless.append(clause)
        return []

    def _on_add(self, clause: Clause) -> list[AnyAct]:
        instead = split_by(clause.about, "THAN_NOT")
        if instead is not None:
            wanted, gone = instead
            return [self._swapped(self._line(self._read(gone)), self._read(wanted))]
        if self._meant_again(clause.about):
            return self._again(Add, clause.about)
        wishes = self._wishes(clause.about)
        if self._gone is not None and len(wishes) == 1:
            line, self._gone = self._gone, None
            return [self._swapped(line, wishes[0])]
        if not wishes:
            self._alternatives(clause.about)
            self.aimless.append(clause)
            return []
        if set(BOUGHT) & {token.form for token in clause.about}:
            before = self._bought_before([wish for wish in wishes if wish.words])
            if before:
                return [Add(item=each) for each in before]
        return self._added(wishes)

    _on_want = _on_add
    _on_take = _on_add

    def _on_buy(self, clause: Clause) -> list[AnyAct]:
        tags = {tag for each in tags_of(clause.about) for tag in each}
        if self._meant_again(clause.about):
            return self._again(BuyNow, clause.about)
        wishes = self._wishes(clause.about)
        named = [wish for wish in wishes if wish.words or wish.pronoun == "one"]
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
        if kinds and clause.said[0].form in ("buy", "order") and not any(map(self._held, kinds)):
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
        named = [wish for wish in wishes if self._sold(wish) and wish.quantity is not None]
        added = self._added(named) if beside else []
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


def _asks(statement: Statement) -> Clause | None:
    """`Do you have the kettle? If not, the mug.`: what is asked for is wanted, if it is there."""
    alone = statement.condition is None and len(statement.then) == 1 and statement.otherwise
    return statement.then[0] if alone and statement.then[0].verb == "INFO" else None
