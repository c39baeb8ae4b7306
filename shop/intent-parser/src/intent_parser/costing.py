"""What acts come to, at the prices of now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shop_intents import Add, BuyNow, CartLine, CheckOut, If, Item, Swap
from shop_intents.intents import AnyAct

from intent_parser.lexicon import Lexicon


def cost_minor(lexicon: Lexicon, acts: Sequence[AnyAct], cart: Sequence[CartLine]) -> int:
    """Of what is bought; of what is put into the cart where nothing is bought."""
    lines = {line.variant_id: line.quantity for line in cart}
    bought = 0
    added = 0
    pays = False
    for act in acts:
        match act:
            case Add(item=item):
                variant_id = item.variants[0].variant_id
                lines[variant_id] = lines.get(variant_id, 0) + item.quantity
                added += _cost(item)
            case Swap(variant_id=variant_id, item=item):
                lines.pop(variant_id, None)
                lines[item.variants[0].variant_id] = item.quantity
                added += _cost(item)
            case BuyNow(items=items):
                bought += sum(map(_cost, items))
                pays = True
            case CheckOut():
                bought += _all(lexicon, lines.items())
                pays = True
            case If(then=then):
                added += cost_minor(lexicon, then, ())
            case _ if hasattr(act, "quantity"):
                if act.quantity is None:
                    lines.pop(act.variant_id, None)
                else:
                    lines[act.variant_id] = act.quantity
            case _:
                pass
    return bought if pays else added


def cart_minor(lexicon: Lexicon, cart: Sequence[CartLine]) -> int:
    return _all(lexicon, ((line.variant_id, line.quantity) for line in cart))


def _all(lexicon: Lexicon, lines: Iterable[tuple[str, int]]) -> int:
    return sum(_price_minor(lexicon, variant_id) * units for variant_id, units in lines)


def _price_minor(lexicon: Lexicon, variant_id: str) -> int:
    row = lexicon.row_of.get(variant_id)
    return 0 if row is None else int(lexicon.price_minor[row])


def _cost(item: Item) -> int:
    return item.variants[0].price_minor * item.quantity
