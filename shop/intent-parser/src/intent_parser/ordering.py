"""Orders that are not wanted after all."""

from __future__ import annotations

from collections.abc import Sequence

from shop_intents import (
    CancelOrder,
    Choice,
    EmptyCart,
    Ordered,
    Remove,
)
from shop_intents.intents import AnyAct

from intent_parser.choosing import Choosing, Chosen
from intent_parser.clauses import Clause
from intent_parser.naming import Naming
from intent_parser.phrasing import (
    BOUGHT,
    CANCELLED,
    OF_ORDER,
    without,
)
from intent_parser.reading import Token
from intent_parser.repeating import Repeating
from intent_parser.trouble import Asked, Refused
from intent_parser.turning import tags_of
from intent_parser.wishes import Wish

_EACH = frozenset(["every", "each", "all", "none"])
"""`one of my orders` is one of them, and `every one of my orders` is not."""


_PARCELS = ("parcel", "package", "delivery", "shipment", "consignment")


class Orders(Repeating):
    """What was ordered, and is to be cancelled."""

    def _on_cancel(self, clause: Clause) -> list[AnyAct]:
        spoken = self._spoken
        about = self._after_spoken(clause)
        tags = {tag for each in tags_of(about) for tag in each}
        forms = {token.form for token in about}
        ordered = bool(forms & {*BOUGHT}) or bool(tags & {"LAST_ORDER", "OLDER_ORDER"})
        wishes = [*self._named_things(spoken, known=True), *self._named_things(clause.about)]
        held = [wish for wish in wishes if self._held(wish)]
        if held and not ordered:
            return [self._removed(line, wish) for wish in held for line in self._lines_for(wish)]
        own = self._chosen(clause.about)
        named = any(wish.hard for wish in self._named_things(clause.about, known=True))
        if spoken and named and own.told and own.sure:
            about = clause.about  # `I ordered a kettle and a game. Cancel the game.`
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

    def _named_things(self, about: Sequence[Token], known: bool = False) -> list[Wish]:
        """What may be of an order; `known`: of what is sold, for a talk names other things too."""
        wishes = self._wishes(without(about, *OF_ORDER, *CANCELLED, *_PARCELS))
        return [
            wish
            for wish in wishes
            if wish.hard
            and not (known and not any(self.lexicon.known(w.token.word) for w in wish.hard))
        ]

    def _after_spoken(self, clause: Clause) -> tuple[Token, ...]:
        """What it is about, with what was said of an order just before, a comma between."""
        spoken, self._spoken = self._spoken, ()
        comma = [token._replace(word=",", form=",", number=None) for token in spoken[-1:]]
        return (*spoken, *comma, *clause.about)

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
        if {"IT", "THEM"} & tags and self.cart and not self.orders:
            wish = self._read(clause.about)  # `scratch those`
            return [Remove(variant_id=line.variant_id) for line in self._lines_for(wish)]
        idle = all("FILLER" in each for each in tags_of(clause.about))
        if idle and self.orders and not self.cart:
            if len(self.orders) > 1:
                raise self._which_to_cancel()
            return [CancelOrder(order_id=self.orders[0].order_id)]
        if not (self.orders or self.cart) and {"ALL", "IT", "THEM"} & tags:
            raise Refused("impossible", "there is no order of yours")
        self.aimless.append(clause)
        return []

    def _chosen(self, tokens: Sequence[Token]) -> Chosen:
        return Choosing(Naming(self.lexicon), self.orders).chosen(tokens)

    def _which_to_cancel(self, places: Sequence[int] = ()) -> Asked:
        orders = [self.orders[each] for each in places] or self.orders
        choices = [Choice(words=order.order_id) for order in orders]
        return Asked("order", "which order is to be cancelled?", choices)

    def _that_holds(self, wish: Wish) -> Ordered:
        """Raises Asked, Refused."""
        found = [at for at, order in enumerate(self.orders) if self._held(wish, order.lines)]
        if len(found) > 1:
            raise self._which_to_cancel(found)
        if not found:
            raise Refused("impossible", "no order of yours holds that", sure=True)
        return self.orders[found[0]]
