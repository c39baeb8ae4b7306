"""What is said of orders: the same again, and not after all."""

from __future__ import annotations

from collections.abc import Sequence

from shop_intents import (
    Add,
    BuyNow,
    CancelOrder,
    CartLine,
    Choice,
    EmptyCart,
    Item,
    Ordered,
)
from shop_intents.intents import AnyAct

from intent_parser.choosing import Choosing, Chosen
from intent_parser.clauses import Clause, tags_of
from intent_parser.grounding import narrowed
from intent_parser.items import Items
from intent_parser.naming import Naming
from intent_parser.objects import wishes_of
from intent_parser.phrasing import (
    BOUGHT,
    CANCELLED,
    OF_ORDER,
    ordinary,
    without,
)
from intent_parser.reading import Token
from intent_parser.trouble import Asked, Refused
from intent_parser.wishes import Wish, Word

_HOLDING = frozenset(["with", "containing", "contains", "contained", "had", "has", "holding"])
"""`the order with the hoe in it`"""
_EACH = frozenset(["every", "each", "all", "none"])
"""`one of my orders` is one of them, and `every one of my orders` is not."""


class Orders(Items):
    """What was ordered before."""

    def _on_cancel(self, clause: Clause) -> list[AnyAct]:
        about = (*self._spoken, *clause.about)
        self._spoken = ()
        tags = {tag for each in tags_of(about) for tag in each}
        forms = {token.form for token in about}
        ordered = bool(forms & {*BOUGHT}) or bool(tags & {"LAST_ORDER", "OLDER_ORDER"})
        wishes = [wish for wish in self._wishes(without(about, *OF_ORDER, *CANCELLED)) if wish.hard]
        held = [wish for wish in wishes if self._held(wish)]
        if held and not ordered:
            return [self._removed(line, wish) for wish in held for line in self._lines_for(wish)]
        chosen = self._chosen(about)
        if not chosen.told and not wishes:
            chosen = self._chosen((*self._said, *about))  # `The guitar order? Cancel it.`
        if chosen.told:
            if not chosen.sure:
                raise self._which_to_cancel(chosen.places)
            return [CancelOrder(order_id=self.orders[each].order_id) for each in chosen.places]
        if wishes:
            return [CancelOrder(order_id=self._that_holds(wishes[0]).order_id)]
        return self._all_cancelled(clause, tags, forms, ordered)

    def _all_cancelled(
        self, clause: Clause, tags: set[str], forms: set[str], ordered: bool
    ) -> list[AnyAct]:
        """What a cancellation means that does not tell which order."""
        orders = {"orders", "purchases"} & forms
        if orders and "one" in forms and not _EACH & forms and len(self.orders) > 1:
            raise self._which_to_cancel()
        if orders or ({"ALL", "THEM"} & tags and not self.cart):
            return [CancelOrder(order_id=each.order_id) for each in self.orders or [self._order(0)]]
        if ordered:
            if len(self.orders) > 1 and "LAST_ORDER" in tags and "that" in forms:
                return [CancelOrder(order_id=self._order(0).order_id)]
            if len(self.orders) > 1:
                raise self._which_to_cancel()
            return [CancelOrder(order_id=self._order(0).order_id)]
        if any(isinstance(act, CancelOrder) for act in self.acts):
            return []
        if "IT" in tags and self.orders and not self.cart:
            return [CancelOrder(order_id=self._order(0).order_id)]
        if {"CART", "ALL"} & tags:
            return [EmptyCart()]
        self.aimless.append(clause)
        return []

    def _chosen(self, tokens: Sequence[Token]) -> Chosen:
        return Choosing(Naming(self.lexicon), self.orders).chosen(tokens)

    def _which_to_cancel(self, places: Sequence[int] = ()) -> Asked:
        orders = [self.orders[each] for each in places] or self.orders
        choices = [Choice(words=order.order_id) for order in orders]
        return Asked("order", "which order is to be cancelled?", choices)

    def _on_reorder(self, clause: Clause) -> list[AnyAct]:
        spoken, self._spoken = self._spoken, ()
        if spoken:
            return self._again(BuyNow, (*spoken, *clause.about))
        wishes = [wish for wish in self._wishes(ordinary(clause.about)) if wish.words]
        buys = not any("CART" in tags for tags in tags_of(clause.about)) or any(
            token.form in ("reorder", "order", "buy") for token in clause.said
        )
        items = self._bought_before(wishes)
        if items:
            return [BuyNow(items=tuple(items))] if buys else [Add(item=each) for each in items]
        if wishes:
            return [BuyNow(items=tuple(self._items_of(wishes)))] if buys else self._added(wishes)
        return self._again(BuyNow if buys else Add, clause.about)

    def _bought_before(self, wishes: Sequence[Wish]) -> list[Item]:
        """What is named of the orders; none where it is not clear which."""
        lines = [line for order in self.orders for line in order.lines]
        by_row = {self.lexicon.row_of.get(line.variant_id): line for line in reversed(lines)}
        found: list[Item] = []
        for wish in wishes:
            rows = narrowed(self.lexicon, wish, self._cart_rows(lines)) if wish.words else ()
            if len(set(rows)) != 1:
                return []
            count = None if wish.more else self._count(wish)
            found.append(self._of_line(by_row[rows[0]], count))
        self._items += found
        return found

    def _meant_again(self, about: Sequence[Token]) -> bool:
        """Whether it is of an order, and nothing else is named."""
        tags = {tag for each in tags_of(about) for tag in each}
        if {"refund", "refunded", "status", "invoice", "receipt"} & {t.form for t in about}:
            return False
        return bool({"REORDER", "LAST_ORDER", "OLDER_ORDER"} & tags) and not any(
            self.lexicon.known(word.token.word)
            for wish in wishes_of(
                ordinary(about), self._read, self._score, self._many, self.known, self._attribute
            )
            for word in wish.hard
        )

    def _again(self, kind: type[Add] | type[BuyNow], about: Sequence[Token]) -> list[AnyAct]:
        order = self._which_order(about)
        kept = self._excepted(about, order.lines)
        items = [self._of_line(line) for line in kept]
        self._items += items
        if kind is BuyNow:
            return [BuyNow(items=tuple(items))]
        return [Add(item=item) for item in items]

    def _excepted(self, about: Sequence[Token], lines: Sequence[CartLine]) -> Sequence[CartLine]:
        """Without what the sentence leaves out: `the same again, but no milk`."""
        gone: set[int] = set()
        for group in self._read(ordinary(about)).unwanted:
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

    def _that_holds(self, wish: Wish) -> Ordered:
        """Raises Asked, Refused."""
        found = [at for at, order in enumerate(self.orders) if self._held(wish, order.lines)]
        if len(found) > 1:
            raise self._which_to_cancel(found)
        if not found:
            raise Refused("impossible", "no order of yours holds that")
        return self.orders[found[0]]
