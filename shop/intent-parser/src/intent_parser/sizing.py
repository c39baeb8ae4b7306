"""A line in another of its product's sizes: the next one up, or the value that is said for its own.

"give me the next size up"    "I took this in 38 but my foot says 39"
          ^one larger than it has          ^its own           ^another
"""

from __future__ import annotations

from collections.abc import Sequence

from shop_intents import CartLine, Item, Swap
from shop_intents.intents import AnyAct

from intent_parser.changing import Changes
from intent_parser.clauses import Clause
from intent_parser.naming import Naming
from intent_parser.phrases import UNIT_WORDS
from intent_parser.reading import Token, stems
from intent_parser.trouble import Refused
from intent_parser.turning import tags_of

_SIZES = ("xxxs", "xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl", "3xl", "4xl", "5xl", "6xl")
_SIZE = "size"
_TURNS = frozenset(
    ["but", "so", "should", "mistake", "wrong", "instead", "not", "meant", "too", "no", "rather"]
)
"""Beside a value and another of the same option: the other is to be."""
_KEEPS = frozenset(["and", "or", "dont", "never", "also", "both"])
_RESIZING = frozenset(["", "ADD", "WANT", "TAKE", "SWAP", "SET", "PREFER", "INSTEAD"])


class Sizing(Changes):
    """Of what lies in the cart."""

    def _resized(self, clause: Clause) -> list[AnyAct]:
        """`one size down for the cardigan`; none where no step is said, or not of one line."""
        tags = {tag for each in tags_of(clause.about) for tag in each}
        step = ("SIZE_UP" in tags) - ("SIZE_DOWN" in tags)
        if "OTHER_VALUE" in tags and clause.verb in _RESIZING:
            return self._other_one(clause.about)
        line = self._in_sizes(clause.about) if step and clause.verb in _RESIZING else None
        if line is None:
            return []
        rows = self._ranked(line)
        at = rows.index(self.lexicon.row_of[line.variant_id]) + step
        if not 0 <= at < len(rows):
            raise Refused("impossible", "there is no such size of it", sure=True)
        return [self._in_its_place(line, rows[at])]

    def _other_one(self, about: Sequence[Token]) -> list[AnyAct]:
        """`the other colour, please`: where there are two."""
        named = [each.line for each in Naming(self.lexicon).best(about, self.cart)]
        lines = [line for line in named or self.cart if line.variant_id in self.lexicon.row_of]
        if len(lines) != 1 or len(self._others(lines[0])) != 1:
            return []
        return [self._in_its_place(lines[0], self._others(lines[0])[0][0])]

    def _in_sizes(self, about: Sequence[Token]) -> CartLine | None:
        """The line that is meant: named, spoken of, or the only one that comes in sizes."""
        named = [each.line for each in Naming(self.lexicon).best(about, self.cart)]
        found = [line for line in named or self._lines[-1:] or self.cart if self._ranked(line)]
        return found[0] if len(found) == 1 else None

    def _ranked(self, line: CartLine) -> list[int]:
        """Its product's variants that differ from it in size alone, the smallest first."""
        row = self.lexicon.row_of.get(line.variant_id)
        if row is None:
            return []
        axes = [name for name, _ in self.lexicon.variant(row).options]
        axis = next((name for name in axes if name.casefold() == _SIZE), axes[0] if axes else "")
        ranked = [(_rank(value), each) for each, name, value in self._others(line) if name == axis]
        own = _rank(dict(self.lexicon.variant(row).options).get(axis, ""))
        if own is None or not ranked or any(rank is None for rank, _ in ranked):
            return []
        return [each for _, each in sorted([(own, row), *ranked])]  # pyright: ignore[reportArgumentType]

    def _others(self, line: CartLine) -> list[tuple[int, str, str]]:
        """Rows that differ from the line's in one option, with its name and their value."""
        row = self.lexicon.row_of[line.variant_id]
        first, end = self.lexicon.rows_of[line.product_id]
        own = dict(self.lexicon.variant(row).options)
        found: list[tuple[int, str, str]] = []
        for each in range(first, end):
            options = dict(self.lexicon.variant(each).options)
            other = [name for name, value in options.items() if own.get(name) != value]
            if len(other) == 1 and each != row:
                found.append((each, other[0], options[other[0]]))
        return found

    def _other_value(self, about: Sequence[Token]) -> AnyAct | None:
        """`red was a mistake, blue please`: of the one thing that is in the cart."""
        forms = {token.form for token in about}
        words = {token.word for token in about}
        if len(self.cart) != 1 or not _TURNS & forms or _KEEPS & forms:
            return None
        [line] = self.cart
        row = self.lexicon.row_of.get(line.variant_id)
        if row is None or self._named_otherwise(about, row):
            return None
        own = dict(self.lexicon.variant(row).options)
        said, words = words, words - _denied(about)
        found = [
            each
            for each, name, value in self._others(line)
            if _told(own[name], value) & said and _told(value, own[name]) & words
        ]
        return self._in_its_place(line, found[0]) if len(found) == 1 else None

    def _named_otherwise(self, about: Sequence[Token], row: int) -> bool:
        """Whether a kind of goods is named that the line is not."""
        heads = (t.word for t in about if t.word in self.lexicon.heads and len(t.word) > 3)
        return any(not self.lexicon.having(word)[row] for word in heads)

    def _in_its_place(self, line: CartLine, row: int) -> AnyAct:
        variant = self._variant(row)
        if variant.available < line.quantity:
            raise Refused("impossible", f"{variant.title} is sold out", sure=True)
        item = Item(words=variant.title, quantity=line.quantity, variants=(variant,))
        return Swap(variant_id=line.variant_id, item=item)


def _denied(about: Sequence[Token]) -> set[str]:
    """`not blue`, `not the blue one`"""
    nots = [at for at, token in enumerate(about) if token.form == "not"]
    return {token.word for at in nots for token in about[at + 1 : at + 3] if token.form != "but"}


def _told(value: str, other: str) -> set[str]:
    """Words that tell a value from another."""
    return set(stems(value)) - set(stems(other)) - UNIT_WORDS


def _rank(value: str) -> float | None:
    """Where a size stands among others; None where it is no size."""
    small = value.casefold()
    if small in _SIZES:
        return float(_SIZES.index(small))
    first = value.replace(",", ".").split(" ")[0]
    return float(first) if first.replace(".", "", 1).isdigit() else None
