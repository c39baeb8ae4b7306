"""What nobody may ask for in a sentence: other prices, other limits, other people's things.

A wish is read from the names of goods and a few verbs alone, so that no words can change a price or
a limit whatever they say. This only finds the tries, so that they are refused and not half done.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from intent_parser.phrases import ENGLISH


def _patterns(written: str) -> list[re.Pattern[str]]:
    lines = [line for line in written.splitlines() if not line.startswith("#")]
    paragraphs = "\n".join(lines).split("\n\n")
    whole = ("".join(map(str.lstrip, each.splitlines())) for each in paragraphs)
    return [re.compile(pattern) for pattern in whole if pattern]


NOT_PERMITTED = _patterns(ENGLISH.joinpath("forbidden.txt").read_text("utf-8"))


_OF_GOODS = re.compile(r"\b(orders? of )([a-z]+)")


def forbidden(text: str, sold: Callable[[str], bool] = lambda _: False) -> tuple[int, int] | None:
    """Characters of the first try to be given what a sentence cannot give.

    `sold`: whether a word is of the catalogue's; an order of shampoo is nobody else's.
    """
    small = text.lower().replace("’", "'")
    small = _OF_GOODS.sub(lambda m: m[0] if not sold(m[2]) else m[0].replace(" of ", "  , "), small)
    found = [match.span() for pattern in NOT_PERMITTED if (match := pattern.search(small))]
    return min(found, default=None)
