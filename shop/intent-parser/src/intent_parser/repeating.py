"""The same again: all of an order or a part of it, as it was or a little other."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace
from shop_intents import Add, BuyNow, CartLine, Item, Ordered
from shop_intents.intents import AnyAct

from intent_parser.choosing import Choosing
from intent_parser.clauses import Clause
from intent_parser.counting import TIMES, times
from intent_parser.grounding import narrowed
from intent_parser.items import Items
from intent_parser.naming import Naming
from intent_parser.objects import wishes_of
from intent_parser.phrases import phrase_at
from intent_parser.phrasing import OF_ORDER, ordinary, without
from intent_parser.reading import Token
from intent_parser.telling import counted_out
from intent_parser.trouble import Refused
from intent_parser.turning import tags_of
from intent_parser.wishes import Wish, Word

_HOLDING = frozenset(["with", "containing", "contains", "contained", "had", "has", "holding"])
"""`the order with the hoe in it`"""
_LEAVING = frozenset(["no", "not", "without", "never", "leave", "minus", "skip"])
_TURNING = TIMES | {"but", "with", "only", "just", "except", "though", "without", "minus", "in"}


class Repeating(Items):
    """What was ordered before, and is wanted again."""

    def _on_reorder(self, clause: Clause) -> list[AnyAct]:
        spoken, self._spoken = self._spoken, ()
        if spoken:
            return self._again(BuyNow, (*spoken, *clause.about))
        if not self.orders and len(self.cart) == 1 and not self._wishes(clause.about):
            return [Add(item=self._of_line(self.cart[0]))]  # `and the same again, please`
        there = [w for w in self._wishes(clause.about) if w.hard and self._held(w)]
        if not self.orders and there:
            return [Add(item=self._of_line(e)) for w in there for e in self._lines_for(w)]
        if self._meant_again((*clause.said, *clause.about)) and not self._bought_words(clause):
            return self._again(BuyNow if self._buys(clause) else Add, clause.tokens)
        wishes = [wish for wish in self._wishes(ordinary(clause.about)) if wish.words]
        buys = self._buys(clause)
        items = self._bought_before(wishes)
        if items:
            return [BuyNow(items=tuple(items))] if buys else [Add(item=each) for each in items]
        if wishes:
            return [BuyNow(items=tuple(self._items_of(wishes)))] if buys else self._added(wishes)
        return self._again(BuyNow if buys else Add, clause.about)

    def _buys(self, clause: Clause) -> bool:
        buying = any(token.form in ("reorder", "order", "buy") for token in clause.said)
        return buying or not self.carted

    def _bought_words(self, clause: Clause) -> bool:
        """Whether it names a part of an order, before what is to be other."""
        head, _ = turn(clause.tokens)
        words = (word.token.word for word in self._read(ordinary(head)).hard)
        return any(map(self.lexicon.known, words))

    def _bought_before(self, wishes: Sequence[Wish]) -> list[Item]:
        """What is named of the orders; none where it is not clear which."""
        lines = [line for order in self.orders for line in order.lines]
        by_row = {self.lexicon.row_of.get(line.variant_id): line for line in reversed(lines)}
        found: list[Item] = []
        for wish in wishes:
            rows = narrowed(self.lexicon, wish, self._cart_rows(lines)) if wish.words else ()
            if len(set(rows)) != 1:
                return []
            count = None if wish.more and not counted_out(wish) else self._count(wish)
            found.append(self._of_line(by_row[rows[0]], count))
        self._items += found
        return found

    def _meant_again(self, about: Sequence[Token]) -> bool:
        """Whether it is of an order, and nothing else is named but what is to be other."""
        head, _ = turn(about)
        tags = {tag for each in tags_of(head) for tag in each}
        if {"refund", "refunded", "status", "invoice", "receipt"} & {t.form for t in about}:
            return False
        return bool({"REORDER", "LAST_ORDER", "OLDER_ORDER"} & tags) and not any(
            self.lexicon.known(word.token.word)
            for wish in wishes_of(
                ordinary(head), self._read, self._score, self._many, self.known, self._attribute
            )
            for word in wish.hard
        )

    def _again(self, kind: type[Add] | type[BuyNow], about: Sequence[Token]) -> list[AnyAct]:
        kept = self._excepted(about, self._lines_of_orders(about))
        items = self._altered(turn(about)[1], kept)
        self._items += items
        if kind is BuyNow:
            return [BuyNow(items=tuple(items))]
        return [Add(item=item) for item in items]

    def _lines_of_orders(self, about: Sequence[Token]) -> Sequence[CartLine]:
        """Of the order that is meant, or of the orders: `everything from my last two orders`."""
        forms = {token.form for token in about}
        if {"both", "all"} & forms and "orders" in forms and self.orders:
            return [line for order in self.orders for line in order.lines]
        aged = Choosing(Naming(self.lexicon), self.orders).aged(about)
        if len(aged) < 2 or "orders" not in {token.form for token in about}:
            return self._which_order(about).lines
        return [line for at in sorted(aged) for line in self._order(at).lines]

    def _altered(self, other: Sequence[Token], lines: Sequence[CartLine]) -> list[Item]:
        """The lines as items: `the same again, but three candles, and the shirt in red`."""
        factor = times(other)
        rest = [token for token in ordinary(other) if token.form not in TIMES]
        if factor > 1 and not any(wish.hard for wish in self._wishes(rest)):
            more = [replace(line, quantity=line.quantity * factor) for line in lines]
            return [self._of_line(line) for line in more]
        items = {line.variant_id: line for line in lines}
        found: dict[str, Item] = {}
        for wish in self._wishes(rest if factor > 1 else ordinary(other)):
            rows = narrowed(self.lexicon, wish, self._cart_rows(lines)) if wish.words else ()
            named = [line for line in lines if self.lexicon.row_of.get(line.variant_id) in rows]
            count = self._count(wish) if factor == 1 else None
            if not wish.words and len(lines) == 1:
                named = list(lines)
            if len(named) == 1 and count is None and factor > 1:
                count = named[0].quantity * factor  # `…, but double the rice`
            if len(named) == 1 and count is not None:
                found[named[0].variant_id] = self._of_line(named[0], count)
                continue
            for line in lines if wish.hard and not named else ():
                other = self._sibling(line, wish, line.quantity)
                if other is not None:
                    found[line.variant_id] = other
        return [found.get(each) or self._of_line(line) for each, line in items.items()]

    def _excepted(self, about: Sequence[Token], lines: Sequence[CartLine]) -> Sequence[CartLine]:
        """Without what the sentence leaves out: `the same again, but no milk`."""
        gone: set[int] = set()
        said = [
            token
            for at, token in enumerate(about)
            if token.form != "but"
            or {t.form for t in about[max(0, at - 1) : at]} & {"everything", "all", "anything"}
            or {t.form for t in about[at + 1 : at + 2]} & _LEAVING
        ]
        for group in self._read(ordinary(said)).unwanted:
            words = tuple(Word(token) for token in group if self.lexicon.known(token.word))
            if words:
                gone |= set(narrowed(self.lexicon, Wish(words=words), self._cart_rows(lines)))
        kept = [line for line in lines if self.lexicon.row_of.get(line.variant_id) not in gone]
        return kept or lines

    def _which_order(self, about: Sequence[Token]) -> Ordered:
        choosing = Choosing(Naming(self.lexicon), self.orders)
        aged = choosing.aged(about)
        if aged:
            return self._order(min(aged))
        tags = {tag for each in tags_of(about) for tag in each}
        if "OLDER_ORDER" in tags:
            return self._order(1)
        holding = self._holding(about) if _HOLDING & {token.form for token in about} else []
        return holding[0] if len(holding) == 1 else self._order(0)

    def _holding(self, about: Sequence[Token]) -> list[Ordered]:
        """Orders that hold what is named."""
        wishes = [wish for wish in self._wishes(without(about, *OF_ORDER)) if wish.hard]
        return [
            order
            for order in self.orders
            if wishes and all(self._held(wish, order.lines) for wish in wishes)
        ]

    def _order(self, at: int) -> Ordered:
        if not self.orders:
            raise Refused("impossible", "there is no order of yours")
        if at >= len(self.orders):
            raise Refused("impossible", "there is no such order of yours")
        return self.orders[at]


def turn(about: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]]:
    """What is said of an order, and in what it is to be other: `the same | but in graphite`."""
    at, of_order = 0, False
    while at < len(about):
        tags, length = phrase_at(about, at)
        if of_order and about[at].form in _TURNING and "CART" not in tags:
            return about[:at], about[at if about[at].form in TIMES else at + 1 :]
        of_order = of_order or bool({"REORDER", "LAST_ORDER", "OLDER_ORDER"} & set(tags))
        at += length or 1
    return about, ()
