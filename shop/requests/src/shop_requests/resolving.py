"""From what is written to variants of the catalogue: a reference that fits none is an error."""

from __future__ import annotations

from collections.abc import Sequence

from shop_intents.intents import CartLine, Ordered

from shop_requests.goods import Goods, Offer
from shop_requests.model import Among, Expect, Line, Outcome, Request, Units, Verified, Written


class WrongReference(Exception):
    """What is named is not in the catalogue, or not as it is named."""


def resolved(written: Written, kind: str, where: str, goods: Goods) -> list[Request]:
    """One request, or one for each wording. Raises WrongReference."""
    if bool(written.text) == bool(written.texts):
        raise WrongReference("either `text` or `texts` is to be given")
    cart = _held(written.cart, goods)
    orders = tuple(
        Ordered(order_id=f"o-{place}", lines=_held(lines, goods))
        for place, lines in enumerate(written.orders)
    )
    outcomes = tuple(
        _outcome(expect, written, goods) for expect in (written.expect, *written.accept)
    )
    verified = written.verified
    if (written.verify is None) != (written.among is None):
        raise WrongReference("`verify` and `among` go together")
    if written.verify is not None and written.among is not None:
        verified = (*verified, Verified(verify=written.verify, among=written.among))
    texts = {written.id: written.text} if written.text else {}
    texts |= {f"{written.id}/{number}": text for number, text in enumerate(written.texts, 1)}
    return [
        Request(
            id=name,
            kind=kind,
            catalogue=written.catalogue,
            text=text,
            cart=cart,
            orders=orders,
            outcomes=outcomes,
            where=where,
            verified=verified,
        )
        for name, text in texts.items()
    ]


def _outcome(expect: Expect, written: Written, goods: Goods) -> Outcome:
    if expect.decision != "intent" and (expect.cart or expect.bought or expect.cancelled):
        raise WrongReference(f"a {expect.decision} changes nothing")
    if any(not 0 <= place < len(written.orders) for place in expect.cancelled):
        raise WrongReference(f"there are {len(written.orders)} orders, counted from 0")
    details = {"intent": None, "question": expect.about, "refusal": expect.reason}
    if {expect.about, expect.reason} - {None, details[expect.decision]}:
        raise WrongReference("a question has `about`, a refusal a `reason`, an intent neither")
    afterwards = written.cart if expect.cart is None else expect.cart
    # What was in the cart may be sold out by now; what comes may not.
    return Outcome(
        decision=expect.decision,
        detail=details[expect.decision],
        cart=tuple(_units(line, goods, written.cart) for line in afterwards),
        bought=tuple(tuple(_units(line, goods, ()) for line in lines) for lines in expect.bought),
        cancelled=tuple(f"o-{place}" for place in expect.cancelled),
    )


def _held(lines: Sequence[Line], goods: Goods) -> tuple[CartLine, ...]:
    found = [(_one(line, goods), line.quantity) for line in lines]
    return tuple(
        CartLine(product_id=offer.product_id, variant_id=offer.variant_id, quantity=quantity)
        for offer, quantity in found
    )


def _units(line: Line, goods: Goods, held: Sequence[Line]) -> Units:
    if line.any_of:
        if line.title or line.options or line.id:
            raise WrongReference("`any_of` stands alone")
        offers = [offer for each in line.any_of for offer in goods.among(each)]
        enough = {offer.variant_id for offer in offers if offer.available >= line.quantity}
        if not enough:
            raise WrongReference("none of `any_of` can be had")
        return Units(frozenset(enough), line.quantity)
    offer = _one(line, goods)
    before = sum(each.quantity for each in held if _one(each, goods) == offer)
    if line.quantity > max(before, offer.available):
        raise WrongReference(f"{told(line)}: there are {offer.available} of it")
    return Units(frozenset({offer.variant_id}), line.quantity)


def _one(line: Line, goods: Goods) -> Offer:
    if not line.title and not line.id:
        raise WrongReference(f"{told(line)}: a line has a title or an id")
    found = goods.among(Among(title=line.title, id=line.id, options=line.options))
    if len(found) != 1:
        raise WrongReference(f"{told(line)}: {len(found)} variants fit")
    return found[0]


def told(line: Line) -> str:
    """As a person would name it."""
    options = ", ".join(f"{name} {value}" for name, value in line.options.items())
    return f"{line.title or line.id}{' in ' if options else ''}{options}"
