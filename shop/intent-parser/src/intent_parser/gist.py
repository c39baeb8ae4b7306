"""What is most likely meant by a sentence that no rule of grammar reads: from what it names of the
cart, the orders and the catalogue, and from the few words beside that tell a direction.

    "mother-in-law is coming so potatoes go up to eight"
                                ^of the cart         ^a number: there are to be eight

It guesses between readings by what lies in the cart, never between goods: where two things are
named equally well, there is no gist.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, zip_longest

from shop_intents import CancelOrder, CartLine, CheckOut, EmptyCart, Ordered, Remove, SetQuantity
from shop_intents.intents import AnyAct

from intent_parser.choosing import Choosing
from intent_parser.counting import forms_of, wanted
from intent_parser.cues import (
    AGAIN,
    AGAINST,
    ALL_OF_THEM,
    CARTS,
    CHEAPEST,
    DEAREST,
    IT,
    LAST,
    OF_ORDERS,
    PAYING,
    PLACES,
    STAYING,
)
from intent_parser.lexicon import Lexicon
from intent_parser.naming import Named, Naming
from intent_parser.phrases import KNOWN, number_at
from intent_parser.reading import Token
from intent_parser.turning import tags_of

_DENIED = frozenset(
    ["neither", "nor", "dont", "mustnt", "neednt", "shouldnt", "wont", "resist", "single"]
)
"""What they go with is not to be done: there is nothing against the goods."""
_CANCELLING = frozenset(["cancel", "cancelled", "canceled", "stop", "stopped", "withdraw", "annul"])
_WAITING = frozenset(["wait", "hold", "before", "later", "postpone", "delay", "yet", "think"])
_OBJECTLESS = frozenset(["buy", "order", "purchase", "charge"])
"""Of something, and of the cart only where it is said."""
MORE_OF_IT = frozenset(["spare", "second", "another", "extra", "additional"])
_THING = frozenset(["thing", "item", "one", "line", "product", "entry"])
_DETERMINERS = frozenset(["a", "an", "one", "some", "the", "those", "these"])
ALL = frozenset(["everything", "all", "lot", "whole", "both"])


class Gist:
    def __init__(
        self, lexicon: Lexicon, cart: Sequence[CartLine], orders: Sequence[Ordered]
    ) -> None:
        self._lexicon = lexicon
        self._naming = Naming(lexicon)
        self._cart = cart
        self._orders = orders

    def of(self, tokens: Sequence[Token]) -> list[AnyAct]:
        """The acts; none where there is no gist."""
        forms = {token.form for token in tokens}
        cancelled = self._cancelled(tokens, forms)
        if cancelled:
            return cancelled
        if any(one.form == "no" and more.form in MORE_OF_IT for one, more in pairwise(tokens)):
            return []  # `no second kettle, please`
        if any("UNSAID" in tags for tags in tags_of(tokens)):
            return []  # `I never said that you should buy it`
        if "another" in forms and AGAINST & forms:
            return []  # `I dropped the kettle, so another one please`
        acts: list[AnyAct] = []
        for named, part in self._parts(tokens):
            stays = _stays(part) and wanted(part, named.words, named.line.quantity) is None
            act = None if stays else self._changed(named, part)
            if act is not None:
                acts.append(act)
        return acts or (self._whole(tokens, forms) if self._cart else [])

    def line(self, tokens: Sequence[Token]) -> Named | None:
        """The one line of the cart that is named."""
        named = self._named(tokens, self._cart)
        return named[0] if len(named) == 1 else None

    def _parts(self, tokens: Sequence[Token]) -> list[tuple[Named, list[Token]]]:
        """Each line that is named, with the words around its name."""
        parts: list[tuple[Named, list[Token]]] = []
        before: list[Token] = []
        for segment in _segments(tokens):
            named = self._named(segment, self._cart)
            if len(named) == 1 and not (parts and parts[-1][0].line == named[0].line):
                parts.append((named[0], [*before, *segment]))
                before = []
            elif parts:
                parts[-1][1].extend(segment)
            else:
                before += segment
        return parts

    def _whole(self, tokens: Sequence[Token], forms: set[str]) -> list[AnyAct]:
        """Of the cart as one."""
        named = self._named(tokens, self._cart)
        against = bool(AGAINST & forms) and not _DENIED & forms
        if len(named) == 1 and against and not _stays(tokens):
            if not named[0].words and MORE_OF_IT & forms:
                line = named[0].line
                return [SetQuantity(variant_id=line.variant_id, quantity=line.quantity + 1)]
            if named[0].words or not self._naming.foreign(tokens):
                return [Remove(variant_id=named[0].line.variant_id)]
        if ALL & forms and against and len(named) > 1:
            return [Remove(variant_id=each.line.variant_id) for each in named]
        if named:
            return []
        before = any(self._named(tokens, order.lines) for order in self._orders)
        # `Remind me to buy milk` is no wish for what is in the cart.
        bare = bool(_OBJECTLESS & forms) and not (ALL | CARTS | IT) & forms
        waits = bool(_WAITING & forms)
        if PAYING & forms and not (AGAINST & forms or waits or before or bare):
            return [CheckOut()]
        counted = any(number_at(tokens, at) for at in range(len(tokens)))
        one = {"it", "that", "this", "one"} & forms
        if against and (ALL | CARTS) & forms and not (counted or one or _stays(tokens)):
            return [] if self._naming.foreign(tokens) or _strange(tokens) else [EmptyCart()]
        return []

    def _cancelled(self, tokens: Sequence[Token], forms: set[str]) -> list[AnyAct]:
        """Orders that are not wanted any more."""
        if not (OF_ORDERS & forms and AGAINST & forms and self._orders):
            return []
        if (AGAIN | CARTS | MORE_OF_IT | {"new"}) & forms and not _CANCELLING & forms:
            return []
        if self._named(tokens, self._cart) and not {"order", "orders"} & forms:
            return []
        chosen = Choosing(self._naming, self._orders).chosen(tokens)
        if chosen.told and not chosen.sure:
            return []
        if chosen.told:
            return [CancelOrder(order_id=self._orders[each].order_id) for each in chosen.places]
        if self._naming.foreign(tokens) or ("one" in forms and len(self._orders) > 1):
            return []
        if {"orders", "purchases"} & forms or len(self._orders) == 1:
            return [CancelOrder(order_id=each.order_id) for each in self._orders]
        return []

    def _changed(self, named: Named, segment: Sequence[Token]) -> AnyAct | None:
        forms = forms_of(segment)
        line = named.line
        number = wanted(segment, named.words, line.quantity)
        if number is not None:
            if number <= 0:
                return Remove(variant_id=line.variant_id)
            row = self._lexicon.row_of[line.variant_id]
            if number > line.quantity and self._lexicon.available[row] < number:
                return None
            return SetQuantity(variant_id=line.variant_id, quantity=min(number, 1000))
        return Remove(variant_id=line.variant_id) if AGAINST & forms else None

    def _named(self, tokens: Sequence[Token], lines: Sequence[CartLine]) -> list[Named]:
        """The lines that are named best; several where they are named equally well."""
        return self._naming.best(tokens, lines) or self._placed(tokens, lines)

    def _placed(self, tokens: Sequence[Token], lines: Sequence[CartLine]) -> list[Named]:
        """The line that is told by its place or its price, or that alone is there."""
        forms = {
            token.form
            for token, after in zip_longest(tokens, tokens[1:])
            if after is None or not after.form.startswith("thought")  # `on second thoughts`
        }
        line: CartLine | None = None
        if _THING & forms or {token.word for token in tokens} & _THING:
            for place, words in enumerate(PLACES):
                if words & forms and place < len(lines):
                    line = lines[place]
            if LAST & forms and lines:
                line = lines[-1]
        if line is None and len(lines) > 1 and (CHEAPEST | DEAREST) & forms:
            line = (max if DEAREST & forms else min)(lines, key=self._price)
        other = IT & forms == {"one"} and _strange(tokens)  # `take one gnome out`
        if line is None and len(lines) == 1 and IT & forms and not other:
            line = lines[0]
        return [] if line is None else [Named(line, frozenset(), 0.0)]

    def _price(self, line: CartLine) -> int:
        row = self._lexicon.row_of.get(line.variant_id)
        return 0 if row is None else int(self._lexicon.price_minor[row])


def _stays(tokens: Sequence[Token]) -> bool:
    """Whether something is to be left as it is; `leave it off` is the opposite."""
    forms = [token.form for token in tokens]
    off = "leave" in forms and {"off", "out"} & set(forms[forms.index("leave") :][:4])
    return bool(STAYING & set(forms)) and not off


def _strange(tokens: Sequence[Token]) -> bool:
    """Whether it names what nothing is known of: `take the bananas out of my cart`."""
    return any(
        token.form.isalpha()
        and token.form not in KNOWN
        and token.form not in ALL_OF_THEM
        and (before.form in _DETERMINERS or before.number is not None)
        for before, token in pairwise(tokens)
    )


def _segments(tokens: Sequence[Token]) -> list[list[Token]]:
    """Between commas, full stops and `and`s; what has no name of its own belongs to what has."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.form in (",", ".", ";", "!", "?", "and", "\n", "but"):
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]
