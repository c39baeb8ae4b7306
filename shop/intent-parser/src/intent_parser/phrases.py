"""The words that make a sentence of the names of goods: what to do, how many, at what price.

    "Could you add two dozen of the cheapest eggs to my basket?"
     filler    ADD NUMBER        PICK            CART

One table, one longest match. A word that is in no phrase is left to the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import product

from intent_parser.reading import Token, tokens

Tag = str
ENGLISH = files(__package__) / "english"

NUMBERS: dict[str, float] = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13,
    "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "a hundred": 100,
    "a dozen": 12, "dozen": 12, "half a dozen": 6, "half dozen": 6, "a half dozen": 6,
    "a couple of": 2, "a couple": 2, "couple of": 2, "couple": 2, "a pair": 2, "a few": -1,
    "a couple o": 2, "couple o": 2,
    "several": -1, "some": -2, "a bunch of": -1, "a handful of": -1, "loads of": -1,
    "lots of": -1, "plenty of": -1, "many": -1, "few": -1, "a number of": -1, "a single": 1,
    "single": 1, "a bit of": -2, "a lot of": -1, "a load of": -1, "a couple more": 2,
    "a baker dozen": 13, "one single": 1, "just the one": 1,
    "a dozen and a half": 18, "one and a half dozen": 18, "two and a half dozen": 30,
    "a score of": 20, "a score": 20, "a gross of": 144, "a thousand": 1000,
    "a trio of": 3, "a trio": 3, "trio": 3, "trio of": 3, "a duo of": 2, "duo of": 2,
    "a quartet of": 4, "quartet of": 4, "a quintet of": 5, "quintet of": 5, "a sextet of": 6,
    "half a century of": 50, "a threesome of": 3, "a foursome of": 4, "a twosome of": 2,
    "a few dozen": -1, "dozens of": -1, "umpteen": -1, "a bunch": -1, "a handful": -1,
    "a brace of": 2, "brace of": 2,
}  # fmt: skip
"""-1: more than one, nobody knows how many. -2: one will do."""
LONGEST_NUMBER = max(len(words.split()) for words in NUMBERS)
PAIRS = frozenset(("a pair of", "pair of", "pairs of", "pair", "pairs"))
UNIT_WORDS = frozenset(
    [
        "x",
        "unit",
        "piece",
        "pc",
        "item",
        "pack",
        "packet",
        "box",
        "bottle",
        "jar",
        "tin",
        "can",
        "bag",
        "carton",
        "tube",
        "tub",
        "bar",
        "roll",
        "set",
        "copy",
        "bunch",
        "pot",
        "loaf",
    ]
)
"""Between a number and a name: `two packs of`, `3 x`."""


Forms = dict[tuple[str, ...], tuple[Tag, ...]]


def entries(written: str) -> Iterator[tuple[Tag, str, list[tuple[str, ...]]]]:
    """Of `TAG:` on a line of its own, and below it its phrases, separated by `|`: each with its
    tag, and as the words that it may be."""
    _, *parts = re.split(r"^([A-Z_]+):$", written, flags=re.MULTILINE)
    for tag, phrases in zip(parts[::2], parts[1::2], strict=True):
        for phrase in (" ".join(each.split()) for each in phrases.split("|")):
            yield (
                tag,
                phrase,
                [tuple(t.form for t in tokens(each)) for each in _spelled_out(phrase)],
            )


def _forms(written: str) -> Forms:
    found: Forms = {}
    for tag, _, spelled in entries(written):
        for words in spelled:
            if tag not in found.get(words, ()):
                found[words] = (*found.get(words, ()), tag)
    return found


def _spelled_out(phrase: str) -> list[str]:
    """`if [it/that] is gone`: a phrase for each of the words in brackets."""
    parts = re.split(r"\[([^\]]*)\]", phrase)
    choices = [part.split("/") if at % 2 else [part] for at, part in enumerate(parts)]
    return ["".join(each) for each in product(*choices)]


FORMS = _forms(ENGLISH.joinpath("phrases.txt").read_text("utf-8"))
"""Words as written → the tags that they may have, the first of the table first."""
LONGEST = {words[0]: len(words) for words in sorted(FORMS, key=len)}
"""The first word of phrases → how many words the longest of them has."""
KNOWN = frozenset(word for words in FORMS for word in words) | frozenset(
    word for phrase in (*NUMBERS, *PAIRS) for word in phrase.split()
)
"""No word of these is ever taken for a misspelling."""


def phrase_at(tokens: Sequence[Token], at: int) -> tuple[tuple[Tag, ...], int]:
    """Tags of the longest phrase that begins here, and how many tokens it has; ((), 0): none."""
    most = min(LONGEST.get(tokens[at].form, 0), len(tokens) - at)
    forms = tuple(token.form for token in tokens[at : at + most])
    for length in range(most, 0, -1):
        tags = FORMS.get(forms[:length])
        if tags is not None:
            return tags, length
    return (), 0


def number_at(tokens: Sequence[Token], at: int) -> tuple[float, int] | None:
    """A number in digits or words that begins here, and how many tokens it has."""
    if tokens[at].number is not None:
        return _times(tokens, at, tokens[at].number, 1)
    for length in range(min(LONGEST_NUMBER, len(tokens) - at), 0, -1):
        found = NUMBERS.get(" ".join(token.form for token in tokens[at : at + length]))
        if found is not None:
            return _times(tokens, at, found, length)
    return None


def _times(tokens: Sequence[Token], at: int, number: float, length: int) -> tuple[float, int]:
    """With what makes it more: `thirty-one`, `two hundred and five`, `two score`."""
    if number < 1:
        return number, length
    forms = [token.form for token in tokens[at + length : at + length + 3]]
    if forms and forms[0] in _MANY:
        number, length = number * _MANY[forms[0]], length + 1
        forms = forms[1:]
    ones = NUMBERS.get(forms[0], 0.0) if forms else 0.0
    if 20 <= number < 100 and number % 10 == 0 and 1 <= ones < 10 and forms[0] in _ONES:
        return number + ones, length + 1
    if number >= 100 and number % 100 == 0 and len(forms) > 1 and forms[0] == "and":
        rest = number_at(tokens, at + length + 1)
        if rest is not None and 1 <= rest[0] < 100:
            return number + rest[0], length + 1 + rest[1]
    return number, length


_ONES = frozenset(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
_MANY = {
    "hundred": 100,
    "dozen": 12,
    "dozens": 12,
    "dz": 12,
    "doz": 12,
    "dzn": 12,
    "score": 20,
    "thousand": 1000,
}
