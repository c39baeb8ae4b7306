"""Which of some lines a text names, of the cart or of an order, and by which of its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shop_intents import CartLine

from intent_parser.lexicon import Lexicon
from intent_parser.phrases import phrase_at
from intent_parser.reading import Token

_LONG = 5
"""A word that is longer names what has it, whatever else there is."""
_RARE = 0.01
"""So does a word of a title that no more of all that is sold has."""


@dataclass(frozen=True)
class Named:
    """A line, and the words that name it."""

    line: CartLine
    words: frozenset[str]
    weight: float


class Naming:
    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def named(self, tokens: Sequence[Token], lines: Sequence[CartLine]) -> list[Named]:
        """The lines that are named, each with its own words."""
        words = {
            token.word for token in tokens if not phrase_at([token], 0)[0] or len(token.word) > 4
        }
        found: list[Named] = []
        for line in lines:
            row = self._lexicon.row_of.get(line.variant_id)
            if row is None:
                continue
            own = frozenset(word for word in words if self._has(row, word))
            if self._names(row, own):
                found.append(Named(line, own, sum(self._lexicon.weights[word] for word in own)))
        return found

    def best(self, tokens: Sequence[Token], lines: Sequence[CartLine]) -> list[Named]:
        """Those that are named best; several where they are named equally well."""
        found = self.named(tokens, lines)
        most = max((each.weight for each in found), default=0.0)
        return [each for each in found if each.weight == most]

    def foreign(self, tokens: Sequence[Token]) -> bool:
        """Whether a kind of goods is named at all."""
        return any(token.word in self._lexicon.heads for token in tokens if len(token.word) > 3)

    def _has(self, row: int, word: str) -> bool:
        if not self._lexicon.known(word) or word.isdigit():
            return False
        return self._lexicon.has(row, word)

    def _names(self, row: int, words: frozenset[str]) -> bool:
        """Whether the words name it: by what it is, or by two words of its own."""
        if not words:
            return False
        heads = any(self._lexicon.in_table(self._lexicon.heads, word, row) for word in words)
        titled = sum(self._lexicon.in_table(self._lexicon.titles, word, row) for word in words)
        return heads or titled >= 2 or any(len(word) > _LONG or self._rare(word) for word in words)

    def _rare(self, word: str) -> bool:
        rows = self._lexicon.titles.get(word, ())
        return len(word) > 3 and 0 < len(rows) <= max(3, _RARE * self._lexicon.rows)
