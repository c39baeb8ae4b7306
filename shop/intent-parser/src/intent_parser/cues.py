"""Words by which a sentence leans one way or the other: `english/cues.txt`."""

from __future__ import annotations

import re

from intent_parser.phrases import ENGLISH


def _read(written: str) -> dict[str, frozenset[str]]:
    _, *parts = re.split(r"^([a-z]+):$", written, flags=re.MULTILINE)
    return {
        name: frozenset(word.strip().replace("'", "") for word in words.split("|"))
        for name, words in zip(parts[::2], parts[1::2], strict=True)
    }


_CUES = _read(ENGLISH.joinpath("cues.txt").read_text("utf-8"))
ALL_OF_THEM = frozenset[str]().union(*_CUES.values())
AGAINST = _CUES["against"]
"""Something is not, or no longer, wanted."""
OF_ORDERS = _CUES["orders"]
INSTEAD = _CUES["instead"]
"""Something is to take another's place."""
PAYING = _CUES["paying"]
FEWER = _CUES["fewer"]
MORE = _CUES["more"]
STAYING = _CUES["staying"]
DENYING = _CUES["denying"]
"""What is named beside it is what a wish is not for."""
OF_STOCK = _CUES["stock"]
NONE = _CUES["none"]
AGAIN = _CUES["again"]
PLACES = (_CUES["first"], _CUES["second"], _CUES["third"])
LAST = _CUES["last"]
OTHER = _CUES["other"]
"""What was not spoken of before."""
CHEAPEST = _CUES["cheapest"]
DEAREST = _CUES["dearest"]
IT = _CUES["it"]
SWAPPING = _CUES["swapping"]
FEWER_BY = _CUES["removing"]
DESIRE = _CUES["desire"]
ATTRIBUTES = _CUES["attributes"]
"""What things may be like, whether anything that is sold is so or not."""
CARTS = _CUES["carts"]
SERVICES = _CUES["services"]
"""What can be ordered, but in no shop."""
