"""How many of a line there are to be: so many, fewer, half, none."""

from __future__ import annotations

import math

from shop_intents import CartLine, Remove, SetQuantity
from shop_intents.intents import AnyAct

from intent_parser.ordering import Orders
from intent_parser.trouble import Asked, Refused
from intent_parser.wishes import Wish

MOST_UNITS = 1000
_FEWER = frozenset(
    [
        "reduce",
        "reduced",
        "lowered",
        "decreased",
        "lower",
        "decrease",
        "less",
        "fewer",
        "cut",
        "down",
        "dial",
        "bring",
        "drop",
        "knock",
        "take",
    ]
)


class HowMany(Orders):
    """Of the cart's lines."""

    def _removed(self, line: CartLine, wish: Wish) -> AnyAct:
        forms = [token.form for token in wish.tokens]
        if "half" in forms:
            return self._set(line, line.quantity / 2)
        if {"all", "both"} & set(forms) and not wish.more:
            return Remove(variant_id=line.variant_id)
        count = self._count(wish)
        article = wish.quantity == 1 and forms[:1] in (["a"], ["an"])
        if count is None or count >= line.quantity or (article and line.quantity == 1):
            return Remove(variant_id=line.variant_id)
        return Remove(variant_id=line.variant_id, quantity=count)

    def _counted(self, wish: Wish, number: int, by: str, forms: set[str]) -> AnyAct:
        line = self._line(wish)
        if by == "by":
            fewer = forms & _FEWER
            number = line.quantity - number if fewer else line.quantity + number
        return self._set(line, number)

    def _halved(self, wish: Wish, forms: set[str]) -> list[AnyAct]:
        if "half" in forms:
            line = self._line(wish)
            return [self._set(line, line.quantity / 2)]
        raise Asked("quantity", "how many are wanted?")

    def _set(self, line: CartLine, quantity: float) -> AnyAct:
        if quantity <= 0:
            return Remove(variant_id=line.variant_id)
        if quantity > MOST_UNITS:
            raise Refused("impossible", f"a cart holds {MOST_UNITS} of a thing at most")
        whole = math.floor(quantity) if quantity == math.floor(quantity) else math.ceil(quantity)
        self._dropped += [  # `I accidentally added four, I only wanted one`
            act
            for act in self._so_far
            if isinstance(act, Remove) and act.variant_id == line.variant_id and not act.quantity
        ]
        row = self.lexicon.row_of.get(line.variant_id)
        if row is not None and whole > line.quantity and self.lexicon.available[row] < whole:
            raise Refused("impossible", f"there are not {whole} of it")
        return SetQuantity(variant_id=line.variant_id, quantity=whole)
