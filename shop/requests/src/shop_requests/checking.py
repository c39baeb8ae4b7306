"""Whether the expectations are right, as far as the catalogue can tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from shop_intents.intents import CartLine

from shop_requests.goods import Goods, Offer, goods
from shop_requests.model import Among, Request, Units, Verified, Verify

_TYPICAL_STARS = (1, 1, 1, 2, 2)
"""That the damped mean adds, so that one lucky rating does not win."""


def wrongs(requests: Iterable[Request]) -> list[str]:
    """What is wrong with the expectations, one sentence each."""
    return [
        f"{request.where}, {request.id}: {wrong}"
        for request in requests
        for verified in request.verified
        for wrong in (wrong_with(request, verified, goods(request.catalogue)),)
        if wrong
    ]


def wrong_with(request: Request, verified: Verified, shop: Goods) -> str:
    """Empty where what is stated holds."""
    found = shop.among(verified.among)
    there = [offer for offer in found if offer.available >= verified.quantity]
    told = f"{verified.verify}: {len(found)} fit, {len(there)} can be had"
    check = _CHECKS[verified.verify]
    return "" if check(request, verified, found, there, shop) else told


def normalised(text: str) -> str:
    """The same for texts that differ in case, spaces and punctuation alone."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def repeated(texts: Iterable[str]) -> list[str]:
    counts = Counter(map(normalised, texts))
    return [text for text, count in counts.items() if count > 1]


def comes(request: Request) -> list[Units]:
    """What the first outcome buys, or adds to the cart."""
    outcome = request.outcomes[0]
    before = {line.variant_id: line.quantity for line in request.cart}
    added = [
        units
        for units in outcome.cart
        if not any(before.get(each, 0) >= units.quantity for each in units.variant_ids)
    ]
    return added + [units for lines in outcome.bought for units in lines]


_Check = Callable[[Request, Verified, list[Offer], list[Offer], Goods], bool]


def _ids(offers: Iterable[Offer]) -> frozenset[str]:
    return frozenset(offer.variant_id for offer in offers)


def _decides(request: Request, decision: str) -> bool:
    return request.outcomes[0].decision == decision


def _comes(request: Request, offers: Sequence[Offer]) -> bool:
    return bool(offers) and any(units.variant_ids == _ids(offers) for units in comes(request))


def _unique(request: Request, _v: Verified, _f: object, there: list[Offer], _g: object) -> bool:
    return len(there) == 1 and _comes(request, there)


def _any(request: Request, _v: Verified, _f: object, there: list[Offer], _g: object) -> bool:
    return _comes(request, there)


def _cheapest(request: Request, _v: Verified, _f: object, there: list[Offer], _g: object) -> bool:
    least = min((offer.price_minor for offer in there), default=0)
    return _comes(request, [offer for offer in there if offer.price_minor == least])


def _dearest(request: Request, _v: Verified, _f: object, there: list[Offer], _g: object) -> bool:
    most = max((offer.price_minor for offer in there), default=0)
    return _comes(request, [offer for offer in there if offer.price_minor == most])


def _best(request: Request, _v: Verified, _f: object, there: list[Offer], _g: object) -> bool:
    """By the mean, and by the damped mean as well: where they differ, people would too."""
    rated = [offer for offer in there if sum(offer.stars)]
    return all(
        _comes(request, [offer for offer in rated if of(offer) == max(map(of, rated))])
        for of in (_mean, _damped)
    )


def _mean(offer: Offer) -> tuple[float, int]:
    """Of equal ones, that of more ratings is the better."""
    return _average(offer.stars), sum(offer.stars)


def _damped(offer: Offer) -> float:
    pairs = zip(offer.stars, _TYPICAL_STARS, strict=True)
    return _average([count + more for count, more in pairs])


def _average(stars: Sequence[int]) -> float:
    return sum(place * count for place, count in enumerate(stars, 1)) / sum(stars)


def _ambiguous(request: Request, _v: Verified, _f: object, there: list[Offer], _g: object) -> bool:
    return len(there) > 1 and _decides(request, "question")


def _unknown(request: Request, _v: Verified, found: list[Offer], _t: object, _g: object) -> bool:
    return not found


def _sold_out(
    request: Request, _v: Verified, found: list[Offer], there: list[Offer], _g: object
) -> bool:
    return bool(found) and not there


def _beyond_limit(
    request: Request, verified: Verified, _f: object, there: list[Offer], shop: Goods
) -> bool:
    among = verified.among
    unlimited = Among(
        title=among.title,
        id=among.id,
        words=among.words,
        options=among.options,
        unwanted_words=among.unwanted_words,
        unwanted_options=among.unwanted_options,
    )
    enough = [o for o in shop.among(unlimited) if o.available >= verified.quantity]
    return unlimited != among and bool(enough) and not there


def _lines(request: Request, found: list[Offer]) -> list[CartLine]:
    ids = _ids(found)
    return [line for line in request.cart if line.variant_id in ids]


def _held(request: Request, _v: Verified, found: list[Offer], _t: object, _g: object) -> bool:
    lines = _lines(request, found)
    kept = {
        (each, units.quantity) for units in request.outcomes[0].cart for each in units.variant_ids
    }
    return len(lines) == 1 and (lines[0].variant_id, lines[0].quantity) not in kept


def _held_twice(request: Request, _v: Verified, found: list[Offer], _t: object, _g: object) -> bool:
    return len(_lines(request, found)) > 1 and _decides(request, "question")


def _not_held(request: Request, _v: Verified, found: list[Offer], _t: object, _g: object) -> bool:
    return not _lines(request, found)


_CHECKS: dict[Verify, _Check] = {
    "unique": _unique,
    "cheapest": _cheapest,
    "dearest": _dearest,
    "best_rated": _best,
    "any": _any,
    "ambiguous": _ambiguous,
    "unknown": _unknown,
    "sold_out": _sold_out,
    "beyond_limit": _beyond_limit,
    "held": _held,
    "held_twice": _held_twice,
    "not_held": _not_held,
}
