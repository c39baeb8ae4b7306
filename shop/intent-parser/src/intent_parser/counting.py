"""How many of a thing that lies in the cart there are to be, by what a text says of it.

"I wrote 2 ornaments but need 25"    "two fewer potatoes"    "the rice should be doubled"
         ^were    ^are to be          ^less than now                         ^by what is there
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from intent_parser.cues import CHEAPEST, DEAREST, FEWER, FEWER_BY, LAST, MORE, PLACES
from intent_parser.phrases import number_at
from intent_parser.reading import Token

_WAS = frozenset(
    [
        "not",
        "from",
        "than",
        "instead",
        "of",
        "was",
        "were",
        "said",
        "wrote",
        "put",
        "had",
        "have",
        "typed",
    ]
)
"""A number after one of these is what was, and not what is to be."""
_TOLD = frozenset(["said", "wrote", "typed"])
"""Unless what was told is not what is there."""
_EXACTLY = frozenset(
    ["to", "at", "be", "only", "just", "make", "total", "altogether", "read", "say"]
)
"""A number after one of these is how many there are to be."""
_ENOUGH = frozenset(
    ["will", "is", "are", "would", "suffice", "suffices", "please", "altogether", "total"]
)
"""A number before one of these is as well."""
_TIMES = {
    "double": 2.0, "doubled": 2.0, "twice": 2.0, "triple": 3.0, "tripled": 3.0, "trebled": 3.0,
    "half": 0.5, "halve": 0.5, "halved": 0.5,
}  # fmt: skip
_PLACED = PLACES[0] | PLACES[1] | PLACES[2] | LAST | CHEAPEST | DEAREST | {"other"}
"""Before a `one` that counts nothing."""
_IDLE = frozenset(
    ["turns", "turned", "turn", "find", "found", "sold", "run", "ran", "works", "checked"]
)
"""Before an `out` that takes nothing out."""
_DOWN = frozenset(["reduce", "reduced", "lower", "lowered", "decrease", "decreased", "down"])


TIMES = frozenset(["double", "doubled", "twice", "thrice", "triple", "tripled", "times"])


def times(tokens: Sequence[Token]) -> int:
    """How many times as many: `double`, `times three`; 1 where nothing is said of that."""
    forms = [token.form for token in tokens]
    for at, form in enumerate(forms):
        number = number_at(tokens, at + 1) if form == "times" and at + 1 < len(forms) else None
        if number is not None and number[0] == int(number[0]) > 1:
            return int(number[0])
        if form in ("twice", "double", "doubled"):
            return 2
        if form in ("thrice", "triple", "tripled"):
            return 3
    return 1


class _Number(NamedTuple):
    value: int
    before: tuple[str, ...]
    after: tuple[str, ...]


def wanted(text: Sequence[Token], own: frozenset[str], quantity: int) -> int | None:
    """`own`: words that name the thing, of which no number counts it; `quantity`: that is there."""
    forms = forms_of(text)
    told = [each for each in _numbers(text, own) if each.value != quantity or "by" in each.before]
    new = [each for each in told if not _WAS & set(each.before)]
    new = new or [each for each in told if _TOLD & set(each.before)]
    if not new:
        factor = next((_TIMES[form] for form in _TIMES if form in forms), None)
        return None if factor is None or told else math.ceil(quantity * factor)
    number = new[-1]
    before, after = set(number.before), set(number.after[:1])
    if "by" in before:
        return quantity + number.value * (-1 if (FEWER | FEWER_BY | _DOWN) & forms else 1)
    if FEWER & after or (set(number.after[:2]) >= {"too", "many"}):
        return quantity - number.value
    if _EXACTLY & before or _ENOUGH & after:
        return number.value
    if (FEWER | FEWER_BY) & forms or {"too", "many"} <= forms:
        return quantity - number.value
    return quantity + number.value if MORE & forms else number.value


def forms_of(text: Sequence[Token]) -> set[str]:
    """The words that may tell a direction: no `out` of `it turns out`."""
    return {
        token.form
        for at, token in enumerate(text)
        if not (token.form == "out" and at and text[at - 1].form in _IDLE)
    }


def _numbers(text: Sequence[Token], own: frozenset[str]) -> list[_Number]:
    found: list[_Number] = []
    at = 0
    while at < len(text):
        number = number_at(text, at)
        article = number is not None and number[1] == 1 and text[at].form in ("a", "an", "some")
        placed = text[at].form == "one" and at > 0 and text[at - 1].form in _PLACED
        if number is None or article or placed:
            at += 1
            continue
        value, length = number
        if value >= 0 and value == int(value) and text[at].word not in own:
            before = tuple(token.form for token in text[max(0, at - 2) : at])
            rest = [token for token in text[at + length :] if token.word not in own]
            after = tuple(token.form for token in rest[:2])  # `one game too many`
            found.append(_Number(int(value), before, after))
        at += length
    return found
