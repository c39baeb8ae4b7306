"""Prices as people write them, and as the catalogue keeps them."""

from __future__ import annotations

import re

from shop_catalogue.words import words

# ISO 4217: all others have two digits after the point.
_NONE = words("BIF,CLP,DJF,GNF,ISK,JPY,KMF,KRW,PYG,RWF,UGX,VND,VUV,XAF,XOF,XPF")
_THREE = words("BHD,IQD,JOD,KWD,LYD,OMR,TND")
_DIGITS = dict.fromkeys(_NONE, 0) | dict.fromkeys(_THREE, 3)
_PRICE = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,6}))?")


def is_currency(code: str) -> bool:
    return re.fullmatch("[A-Z]{3}", code) is not None


def minor_digits(currency: str) -> int:
    return _DIGITS.get(currency, 2)


def price_minor(text: str, currency: str) -> int:
    """1250 for `12.50` and EUR. ValueError with the right form otherwise."""
    digits = minor_digits(currency)
    match = _PRICE.fullmatch(text)
    if match is None or (match[2] or "").rstrip("0")[digits:]:
        example = f"12.{'5'.ljust(digits, '0')}" if digits else "1250"
        raise ValueError(f"write a price in {currency} such as {example}")
    return int(match[1] + (match[2] or "")[:digits].ljust(digits, "0"))
