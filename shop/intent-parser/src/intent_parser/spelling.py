"""Misspelled words, put right: never numbers, and never words that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from intent_parser.cues import ALL_OF_THEM as CUES
from intent_parser.passive import VERBS as PARTICIPLES
from intent_parser.phrases import KNOWN
from intent_parser.reading import Token
from intent_parser.spellings import standard

LEAST_CHARS = 4
LONG_CHARS = 8
"""From here on two mistakes are believed; before, one. A swap of neighbours is one."""
SHORT_CHARS = 5
_SWAPPED = {
    "teh": "the", "hte": "the", "tehm": "them", "adn": "and", "nad": "and", "ad": "add",
    "ot": "to", "mi": "my", "wiht": "with", "plese": "please", "plz": "please", "wan": "want",
}  # fmt: skip
"""Short words that are mistaken often, and what is meant."""
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
        parted = [part for token in self._joined(tokens) for part in self._parted(token)]
        return [self._one(token) for token in parted]

    def _joined(self, tokens: Sequence[Token]) -> list[Token]:
        """`volley ball` as the one word that is sold, where the two of them are not."""
        found: list[Token] = []
        for token in tokens:
            last = found[-1] if found else None
            whole = last.word + token.word if last is not None else ""
            if last is not None and whole in self._weights and self._strange(last, token):
                found[-1] = last._replace(word=whole, form=whole, end=token.end)
            else:
                found.append(token)
        return found

    def _strange(self, *tokens: Token) -> bool:
        """Whether they are words, and one of them is of nothing that is sold."""
        words = all(token.word.isalpha() and len(token.word) > 2 for token in tokens)
        known = all(token.word in self._weights for token in tokens)
        return words and not known and not any(token.form in KNOWN for token in tokens)

    def _parted(self, token: Token) -> list[Token]:
        """`handblender` as the two words that are sold, where the one of them is not."""
        form = token.form
        said = form in KNOWN or form in CUES or form in PARTICIPLES or token.word in self._weights
        if said or token.number is not None or not form.isalpha() or len(form) < 2 * LEAST_CHARS:
            return [token]
        for at in range(LEAST_CHARS, len(form) - LEAST_CHARS + 1):
            first, second = standard(form[:at]), standard(form[at:])
            if first in self._weights and second in self._weights:
                middle = token.start + at
                return [
                    token._replace(word=first, form=form[:at], end=middle),
                    token._replace(word=second, form=form[at:], start=middle),
                ]
        return [token]

    def _one(self, token: Token) -> Token:
        swapped = _SWAPPED.get(token.form)
        if swapped is not None:
            return token._replace(word=swapped, form=swapped)
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
        # More letters are left out than are put in.
        ranked = sorted(
            (distance, each not in VERBS, len(each) < len(word), self._weights.get(each, 0.0), each)
            for each, distance, _ in found
            if (each[0] == word[0] or each[:2] == word[1::-1])
            # Another letter makes another word of a short one; a lost or doubled one does not.
            and (len(word) > SHORT_CHARS or len(each) != len(word) or sorted(each) == sorted(word))
        )
        return ranked[0][-1] if ranked else None
