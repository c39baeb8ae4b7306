"""What a condition asks: whether something can be had, what it costs, which of two costs less.

"… if the Aevo is under 200"    "… should it be gone"    "… if the Fern is dearer than the Dale"
          ^subject ^a price              ^none is left           ^one            ^the other
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from shop_intents import Add, BuyNow, CheckOut, InStock, Item, PriceBelow
from shop_intents.intents import AnyAct, Condition

from intent_parser.clauses import Clause, Statement
from intent_parser.costing import cart_minor, cost_minor
from intent_parser.cues import NONE, OF_STOCK
from intent_parser.holding import Holding, of_cart
from intent_parser.limits import Limits, joined, limit_at
from intent_parser.phrases import number_at, phrase_at
from intent_parser.phrasing import NAMING, SWAPPED_FOR, enough, split_at
from intent_parser.reading import Token
from intent_parser.telling import by_article, counted_as
from intent_parser.trouble import Asked
from intent_parser.wishes import Wish

_NOTS = frozenset(("not", "isnt", "arent", "dont", "doesnt", "hasnt", "havent", "cant", "wont"))
_FINE = frozenset(["do", "fine", "ok", "okay", "work", "works", "acceptable", "suffice"])
_SUFFICING = _FINE | frozenset(
    ["will", "would", "is", "are", "be", "also", "too", "as", "well", "just"]
)
"""`Y will do`, `Y would also be fine`"""
_OF_PURSE = frozenset(["that", "budget", "fits", "fit", "afford", "more", "over", "enough"])
"""Of what there is to spend, where that was told before."""
_MINE = frozenset(["i", "im", "ill", "we", "were", "well", "my", "our"])
"""`as long as I stay under 50 euros`: it is of all that is spent."""
_RESERVE = frozenset(["fallback", "backup", "reserve", "alternative"])
"""`X, with Y as a fallback`"""
_CHEAPER = frozenset(["cheaper", "less", "lower"])
_DEARER = frozenset(["dearer", "more", "pricier", "costlier", "higher"])


class Conditions(Holding):
    def _condition(
        self, said: Sequence[Token], subject: Item | None
    ) -> tuple[Condition | None, bool]:
        """What is asked, and whether its opposite is meant; None where it is none of ours."""
        compared = self._compared(said, subject)
        compared = compared or self._dearer_or_cheaper(said, subject)
        if compared is not None:
            return compared
        limits, _, stock, negated, number = _asked(said)
        whole = {"everything", "all"} & {token.form for token in said}
        if whole and stock and not negated and subject is None and self.cart:
            return None, False  # a checkout asks that anyway
        item = subject or (self._items[-1] if self._items else None)
        if item is None and self._lines:
            item = self._of_line(self._lines[-1], 1)  # `remove the mugs if they are over 20`
        if item is None and self._last is not None:
            item = self._item(self._last)
        if item is None:
            raise Asked("meaning", "which product the condition is about cannot be told")
        purse = self.total.most_minor
        if limits is None and purse is not None and _OF_PURSE & {token.form for token in said}:
            # `I have 40 euros. If it costs no more than that, …`
            over = bool({"over", "above", "exceeds", "more"} & {t.form for t in said})
            over = over and not {"no", "not"} & {t.form for t in said}
            return PriceBelow(item, purse, or_equal=True), over != negated and over
        if limits is not None and limits.most_minor is not None:
            return PriceBelow(item, limits.most_minor, or_equal=True), negated
        if limits is not None and limits.least_minor is not None:
            return PriceBelow(item, limits.least_minor), not negated
        if stock:
            return InStock(counted_as(item, max(number or 0, item.quantity))), negated
        forms = {token.form for token in said}
        if OF_STOCK & forms or (said and said[0].form in ("no", "none")):
            return InStock(item), bool(NONE & forms)
        raise Asked("meaning", "a condition can be that something is in stock, or its price")

    def _by_total(
        self, statement: Statement, then: Sequence[AnyAct], subject: Item | None
    ) -> bool | None:
        """Whether a condition holds that is of what all comes to; None where it is of no total.

        What may be spent at most is a limit of the intent's as well: prices may change.
        """
        limits, total, _, _, _ = _asked(statement.condition or ())
        pays = any(isinstance(act, CheckOut | BuyNow) for act in then)
        whole = pays and subject is None and not self._items and not statement.otherwise
        forms = {token.form for token in statement.condition or ()}
        mine = bool(_MINE & forms) and not {"it", "its", "that", "thats", "they"} & forms
        mine = mine and self._nameless(statement.condition or ())
        if limits is None or not (total or whole or mine):
            return None
        most_minor, least_minor = limits.most_minor, limits.least_minor
        if statement.unless:
            most_minor = None if least_minor is None else least_minor - 1
            least_minor = None if limits.most_minor is None else limits.most_minor + 1
        asked = replace(limits, most_minor=most_minor, least_minor=least_minor)
        if not statement.otherwise and most_minor is not None:
            self.total = joined(self.total, asked)
            return True
        spent = pays or any(isinstance(act, Add) for act in then)
        comes_to = (
            cost_minor(self.lexicon, then, self.cart)
            if spent
            else cart_minor(self.lexicon, self.cart)
        )
        if spent and not pays:
            comes_to += cart_minor(self.lexicon, self.cart)
        return (most_minor is None or comes_to <= most_minor) and (
            least_minor is None or comes_to >= least_minor
        )

    def _compared(
        self, said: Sequence[Token], subject: Item | None
    ) -> tuple[Condition, bool] | None:
        """`if the Copse is dearer than the Holt`: by what they cost now."""
        at = compares(said)
        if at is None or _limited(said, at):
            return None
        other = self._read(said[at + 1 :])
        if not other.hard and not other.pronoun:
            return None
        dearer = _DEARER & {token.form for token in said[:at]}
        one = subject or (self._items[-1] if self._items else None)
        if other.hard:
            second = self._item(other)
        elif len(self._items) > 1:
            second = self._items[-2]
        else:
            return None
        if one is None:
            return None
        price = second.variants[0].price_minor
        if dearer:
            return PriceBelow(one, price, or_equal=True), True
        return PriceBelow(one, price), False

    def _dearer_or_cheaper(
        self, said: Sequence[Token], subject: Item | None
    ) -> tuple[Condition, bool] | None:
        """`swap it for the blender if that is cheaper`: than what else was spoken of."""
        forms = {token.form for token in said}
        dearer = bool(_DEARER & forms)
        plain = not any(limit_at(said, at) for at in range(len(said))) and "than" not in forms
        one = subject or (self._items[-1] if self._items else None)
        if one is None or not plain or not (dearer or _CHEAPER & forms) or self.total.most_minor:
            return None
        own = one.variants[0].variant_id
        rows = [self.lexicon.row_of.get(line.variant_id) for line in self._lines]
        lines = [int(self.lexicon.price_minor[row]) for row in rows if row is not None]
        others = [each for each in self._items if each.variants[0].variant_id != own]
        prices = [each.variants[0].price_minor for each in others] or lines
        if not prices:
            return None
        return PriceBelow(one, prices[-1], or_equal=dearer), dearer

    def _named(self, said: Sequence[Token]) -> Item | None:
        """The item that a condition names by itself."""
        said, _ = enough(said)
        at = compares(said)
        if at is not None and not _limited(said, at):
            other = self._read(said[at + 1 :])
            if other.hard:
                self._item(other)  # what follows may speak of it
            said = [token for token in said[:at] if token.form not in _CHEAPER | _DEARER]
            wish = self._named_in(_rest(said)) or self._read(_rest(said))
            return self._item(wish) if wish.hard else None
        wish = self._read(_rest(said))
        other = self._asked_for(wish)
        if other is not None:
            return other
        known = [word for word in wish.hard if self.lexicon.known(word.token.word)]
        return self._item(wish) if len(known) > len(wish.hard) / 2 else None

    def _asked_for(self, wish: Wish) -> Item | None:
        """`do you have that in blue?`, `are there two kettles?`: of what is in the cart."""
        options = wish.hard and all(w.token.word in self.lexicon.options for w in wish.hard)
        if options and (wish.pronoun or self._attribute(replace(wish, quantity=None))):
            found = [self._sibling(line, replace(wish, quantity=None), 1) for line in self.cart]
            items = [each for each in found if each is not None]
            if len(items) == 1:
                self._items.append(items[0])
                return items[0]
        if wish.hard and not by_article(wish) and self._many(wish) > 1 and self._held(wish):
            lines = self._lines_for(replace(wish, quantity=None))
            if len(lines) == 1:
                return self._of_line(lines[0], 1)
        return None

    def _nameless(self, said: Sequence[Token]) -> bool:
        """Whether a condition is about what was named before it."""
        said, _ = enough(said)
        at = compares(said)
        if at is not None and not _limited(said, at):
            said = [token for token in said[:at] if token.form not in _CHEAPER | _DEARER]
        return not any(self.lexicon.known(word.token.word) for word in self._read(_rest(said)).hard)


def _limited(said: Sequence[Token], at: int) -> bool:
    """Whether a `than` is of a price: `more expensive than 20 euros`."""
    return any(limit_at(said, each) for each in range(max(0, at - 2), at + 1))


def compares(said: Sequence[Token]) -> int | None:
    """Where the `than` is of `cheaper than`, `more expensive than`."""
    for at, token in enumerate(said):
        before = {each.form for each in said[max(0, at - 2) : at]}
        if at and "NO_STOCK" in phrase_at(said, at - 1)[0]:
            continue
        if token.form == "than" and before & (_CHEAPER | _DEARER):
            return at
    return None


def unfavourable(said: Sequence[Token]) -> bool:
    """Whether it holds where what is wanted cannot be had, or costs too much."""
    limits, _, stock, negated, _ = _asked(said)
    if limits is not None:
        return (limits.most_minor is None) != negated
    if stock:
        return negated
    forms = {token.form for token in said}
    if compares(said) is not None:
        return bool(_DEARER & forms) and not negated
    return bool(OF_STOCK & forms) and bool(NONE & forms)


def alternatives(statement: Statement, nameless: Callable[[Sequence[Token]], bool]) -> Statement:
    """`X, or Y if there is none`, `X, but if it is over 20, Y`: Y where X cannot be."""
    condition = statement.condition
    first, rest = statement.then[: statement.before], statement.then[statement.before :]
    first = [_ends_with_but(each) for each in first]
    regrets = condition is not None and nameless(condition) and unfavourable(condition)
    if condition is not None and of_cart(condition):
        return statement
    wished = bool(first) and all(each.verb in (*NAMING, "") for each in first)
    if wished and regrets and not statement.unless:
        if rest and not statement.has_otherwise:
            return replace(
                statement, then=first, otherwise=rest, unless=True, has_otherwise=True, before=0
            )
        if not rest and not statement.otherwise:
            return _either(replace(statement, unless=True, before=0))
    if first and rest and statement.has_otherwise and not statement.otherwise:
        # `thirty if you can, twenty if you cannot`
        return replace(statement, then=first, otherwise=rest, before=0)
    if statement.has_otherwise and not statement.otherwise and condition is None:
        return _either(statement)
    return statement


def _ends_with_but(clause: Clause) -> Clause:
    """`the kettle, but | if it is dear`: without what leads to the condition."""
    about = clause.about
    while about and about[-1].form in ("but", ",", "and", "only"):
        about = about[:-1]
    return replace(clause, about=about)


def _either(statement: Statement) -> Statement:
    """With what stands after an `or` put where the first cannot be had."""
    last = statement.then[-1]
    about = _suffices(last.about)
    forms = [token.form for token in about]
    between = "or" if len(about) == len(last.about) else "but"
    number = number_at(about, len(about) - 1) if len(about) > 2 else None
    if number is not None and forms[-2] == "," and between not in forms[1:-1]:
        between = ","  # `three if you can, two if you can't`
    if between not in forms[1:-1]:
        return statement
    at = len(forms) - 1 - forms[::-1].index(between)
    end = at - 1 if forms[at - 1] == "," else at
    second = about[at + 1 :]
    parts = split_at(about[:end], SWAPPED_FOR) if last.verb == "SWAP" else None
    if parts is not None:
        second = (*about[: len(parts[0]) + 1], *second)  # `swap the lamp for X or Y`
    return replace(
        statement,
        then=[*statement.then[:-1], replace(last, about=about[:end])],
        otherwise=[replace(last, about=second)],
        has_otherwise=True,
    )


def _suffices(about: tuple[Token, ...]) -> tuple[Token, ...]:
    """`X but Y would do as well` without that it would."""
    end = len(about)
    if end > 3 and about[end - 1].form in _RESERVE and about[end - 3].form == "as":
        return about[: end - 3]
    while end and about[end - 1].form in _SUFFICING:
        end -= 1
    said = {token.form for token in about[end:]}
    return about[:end] if end and said & _FINE and said - _FINE else about


def second_named(clause: Clause) -> tuple[Clause, Clause] | None:
    """`X, but Y would be fine too` as two."""
    forms = [token.form for token in clause.about]
    between = "with" if forms[-1:] and forms[-1] in _RESERVE else "but"
    if between not in forms[1:-1] or len(_suffices(clause.about)) == len(forms):
        return None
    at = forms.index(between)
    return (
        replace(clause, about=clause.about[:at]),
        replace(clause, verb="", said=(), about=clause.about[at + 1 :]),
    )


def second_best(first: Clause, second: Clause) -> Clause | None:
    """`the red lamp, but the blue one would be fine too`: what is taken where the first is not
    there."""
    wished = first.verb in (*NAMING, "PREFER", "") and second.verb in ("", "STAYS")
    about = _suffices(second.about)
    plain = bool(first.about) and not first.negated and not second.negated
    if not wished or not plain or len(about) == len(second.about):
        return None
    return replace(second, verb="", about=about)


def _asked(said: Sequence[Token]) -> tuple[Limits | None, bool, bool, bool, int | None]:
    """A price's limits and whether they are of all, whether of stock, negated, how many of it."""
    said, number = enough(said)
    stock, negated, total = number is not None, False, False
    limits: Limits | None = None
    at = 0
    while at < len(said):
        tags, length = phrase_at(said, at)
        limit = limit_at(said, at)
        if limit is not None:
            limits, length, total = limit
        elif "NO_STOCK" in tags:
            stock, negated = True, not negated
        elif "STOCK" in tags:
            stock = True
        elif said[at].form in _NOTS:
            negated = not negated
        at += length or 1
    return limits, total, stock, negated, number


def _rest(said: Sequence[Token]) -> list[Token]:
    """Without what tells of prices and of stock."""
    rest: list[Token] = []
    at = 0
    while at < len(said):
        tags, length = phrase_at(said, at)
        limit = limit_at(said, at)
        if limit is not None:
            length = limit[1]
        elif not {"STOCK", "NO_STOCK", "COSTS"} & set(tags):
            rest += said[at : at + (length or 1)]
        at += length or 1
    rest = [token for token in rest if token.form not in (*_NOTS, *OF_STOCK)]
    return rest[1:] if rest and rest[0].form == "no" else rest
