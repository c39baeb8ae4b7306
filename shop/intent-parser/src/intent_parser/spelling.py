"""Misspelled words, put right: never numbers, and never words that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from intent_parser.cues import ALL_OF_THEM as CUES
from intent_parser.passive import VERBS as PARTICIPLES
from intent_parser.phrases import KNOWN
from intent_parser.reading import Token

LEAST_CHARS = 4
LONG_CHARS = 8
"""From here on two mistakes are believed; before, one. A swap of neighbours is one."""
SHORT_CHARS = 5
VERBS = frozenset(
    [
        "please",
        "remove",
        "delete",
        "basket",
        "trolley",
        "checkout",
        "cheapest",
        "instead",
        "otherwise",
        "replace",
        "change",
        "cancel",
        "empty",
        "quantity",
        "order",
        "another",
        "without",
        "except",
        "under",
        "below",
        "dozen",
        "couple",
        "available",
        "stock",
        "buy",
        "purchase",
        "update",
        "add",
        "cart",
        "swap",
        "expensive",
        "everything",
        "number",
    ]
)
"""Of the language, those that a sentence turns on."""


class Speller:
    """Made of a catalogue's words; the more frequent of two equally near ones wins."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        """`weights`: the rarer a word, the higher."""
        self._weights = weights
        words = {word for word in weights if word.isalpha() and len(word) >= LEAST_CHARS - 1}
        self._words = sorted(words | VERBS)
        self._seen: dict[str, str | None] = {}

    def corrected(self, tokens: Sequence[Token]) -> list[Token]:
        return [self._one(token) for token in tokens]

    def _one(self, token: Token) -> Token:
        if (
            token.number is not None
            or not token.word.isalpha()
            or token.word in self._weights
            or token.form in KNOWN
            or token.form in CUES
            or token.form in PARTICIPLES
            or token.word in KNOWN
            or len(token.form) < LEAST_CHARS
        ):
            return token
        meant = self._meant(token.word, token.form)
        return token if meant is None else token._replace(word=meant, form=meant)

    def _meant(self, word: str, form: str) -> str | None:
        if form not in self._seen:
            if len(self._seen) > 10_000:
                self._seen.clear()
            self._seen[form] = self._nearest(word) or self._nearest(form)
        return self._seen[form]

    def _nearest(self, word: str) -> str | None:
        most = 2 if len(word) >= LONG_CHARS else 1
        found = process.extract(word, self._words, scorer=OSA.distance, score_cutoff=most, limit=20)
        # Hardly anybody mistakes the first letter, unless it is swapped with the second.
        ranked = sorted(
            (distance, each not in VERBS, self._weights.get(each, 0.0), each)
            for each, distance, _ in found
            if (each[0] == word[0] or each[:2] == word[1::-1])
            # Another letter makes another word of a short one; a lost or doubled one does not.
            and (len(word) > SHORT_CHARS or len(each) != len(word) or sorted(each) == sorted(word))
        )
        return ranked[0][-1] if ranked else None
