"""The words of a catalogue, and for each of them the variants that it fits: compiled, not trained.

A variant is a row; a word has the rows whose title, option or category holds it. Titles, brands and
option values are data: nothing that stands in them is ever read as a wish.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from intent_parser.reading import plain, stems

Rows = NDArray[np.bool_]
"""One for each variant."""
Options = tuple[tuple[str, str], ...]
SIZES = {
    "xxs": "extra extra small", "xs": "extra small", "s": "small", "m": "medium", "l": "large",
    "xl": "extra large", "xxl": "extra extra large", "2xl": "extra extra large",
}  # fmt: skip


class SoldVariant(NamedTuple):
    id: str
    options: Options
    price_minor: int
    available: int


class Good(NamedTuple):
    """A product as the parser needs it."""

    id: str
    title: str
    brand: str
    category: tuple[str, ...]
    currency: str
    variants: tuple[SoldVariant, ...]
    stars: float = 0.0
    """Their mean; 0 where nobody has rated it."""
    ratings: int = 0


class Value(NamedTuple):
    """A value of an option: `Colour`, `Sea Green`."""

    axis: str
    value: str


@dataclass
class Lexicon:
    """Compiled from goods. Prices and stock are kept up to date in place."""

    goods: Sequence[Good]
    currency: str
    row_good: NDArray[np.int32]
    """Row → index in `goods`."""
    row_variant: NDArray[np.int32]
    """Row → index in the good's variants."""
    price_minor: NDArray[np.int64]
    available: NDArray[np.int64]
    stars: NDArray[np.float64]
    titles: Mapping[str, NDArray[np.int32]]
    """Word → rows in whose title or brand it stands; likewise below."""
    names: Mapping[str, NDArray[np.int32]]
    """Titles without the words of their brands."""
    options: Mapping[str, NDArray[np.int32]]
    shelves: Mapping[str, NDArray[np.int32]]
    heads: Mapping[str, NDArray[np.int32]]
    """By the last word of the title, and of a shelf of one kind."""
    kinds: frozenset[str]
    """Words that are the name of a shelf: said alone, they mean all that stands on it."""
    title_words: NDArray[np.int16]
    """How many different words the title has, without the brand's."""
    values: Mapping[tuple[str, ...], tuple[Value, ...]]
    """Words of an option's value → which they may be."""
    value_rows: Mapping[Value, NDArray[np.int32]]
    pairs: frozenset[tuple[str, str]]
    """Words that stand beside each other in a title or a value, the first of them a number."""
    axes: Mapping[str, frozenset[str]]
    """Word of an option's name → names."""
    rows_of: Mapping[str, tuple[int, int]]
    """Product → its first row and the one after its last."""
    row_of: Mapping[str, int]
    """Variant → its row."""
    weights: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def rows(self) -> int:
        return len(self.row_good)

    def good(self, row: int) -> Good:
        return self.goods[self.row_good[row]]

    def variant(self, row: int) -> SoldVariant:
        return self.good(row).variants[self.row_variant[row]]

    def known(self, word: str) -> bool:
        return word in self.weights

    def vocabulary(self) -> frozenset[str]:
        return frozenset(self.weights)

    def holding(self, table: Mapping[str, NDArray[np.int32]], word: str) -> Rows:
        rows = np.zeros(self.rows, bool)
        found = table.get(word)
        if found is not None:
            rows[found] = True
        return rows

    def having(self, word: str) -> Rows:
        """Rows that the word fits, wherever it stands."""
        rows = self.holding(self.titles, word)
        for table in (self.options, self.shelves):
            found = table.get(word)
            if found is not None:
                rows[found] = True
        return rows

    def in_table(self, table: Mapping[str, NDArray[np.int32]], word: str, row: int) -> bool:
        """Whether one row is among a word's, which stand in their order."""
        found = table.get(word)
        if found is None:
            return False
        at = int(np.searchsorted(found, row))
        return at < len(found) and int(found[at]) == row

    def has(self, row: int, word: str) -> bool:
        """Whether the word fits one row, wherever it stands."""
        tables = (self.titles, self.options, self.shelves)
        return any(self.in_table(table, word, row) for table in tables)

    def sell(self, variant_id: str, price_minor: int, available: int) -> None:
        """What a variant costs from now on, and how much of it there is."""
        row = self.row_of.get(variant_id)
        if row is not None:
            self.price_minor[row] = price_minor
            self.available[row] = available


def compiled(goods: Iterable[Good]) -> Lexicon:
    """The lexicon of a catalogue; a hundred thousand variants in seconds."""
    return _Compiler(tuple(goods)).lexicon()


class _Compiler:
    def __init__(self, goods: tuple[Good, ...]) -> None:
        self._goods = goods
        self._titles: dict[str, list[int]] = defaultdict(list)
        self._names: dict[str, list[int]] = defaultdict(list)
        self._options: dict[str, list[int]] = defaultdict(list)
        self._shelves: dict[str, list[int]] = defaultdict(list)
        self._heads: dict[str, list[int]] = defaultdict(list)
        self._value_rows: dict[Value, list[int]] = defaultdict(list)
        self._values: dict[tuple[str, ...], dict[Value, None]] = defaultdict(dict)
        self._pairs: set[tuple[str, str]] = set()
        self._axes: dict[str, set[str]] = defaultdict(set)
        self._stems: dict[str, tuple[str, ...]] = {}
        self._value_words: dict[Value, frozenset[str]] = {}

    def lexicon(self) -> Lexicon:
        row_good: list[int] = []
        row_variant: list[int] = []
        title_words: list[int] = []
        rows_of: dict[str, tuple[int, int]] = {}
        for index, good in enumerate(self._goods):
            first = len(row_good)
            rows = range(first, first + len(good.variants))
            rows_of[good.id] = (rows.start, rows.stop)
            row_good += [index] * len(rows)
            row_variant += range(len(rows))
            title_words += [self._title(good, rows)] * len(rows)
            for row, variant in zip(rows, good.variants, strict=True):
                self._variant(row, variant)
        variants = [variant for good in self._goods for variant in good.variants]
        currencies = {good.currency for good in self._goods if good.variants}
        return Lexicon(
            goods=self._goods,
            currency=min(currencies, default="EUR"),
            row_good=np.array(row_good, np.int32),
            row_variant=np.array(row_variant, np.int32),
            price_minor=np.array([each.price_minor for each in variants], np.int64),
            available=np.array([each.available for each in variants], np.int64),
            stars=np.array([self._goods[at].stars for at in row_good], np.float64),
            titles=_arrays(self._titles),
            names=_arrays(self._names),
            options=_arrays(self._options),
            shelves=_arrays(self._shelves),
            heads=_arrays(self._heads),
            kinds=self._kinds(),
            title_words=np.array(title_words, np.int16),
            values={words: tuple(found) for words, found in self._values.items()},
            value_rows=_arrays(self._value_rows),
            pairs=frozenset(self._pairs),
            axes={word: frozenset(names) for word, names in self._axes.items()},
            rows_of=rows_of,
            row_of={each.id: row for row, each in enumerate(variants)},
            weights=self._weights(len(variants)),
        )

    def _title(self, good: Good, rows: range) -> int:
        """Takes it in; gives how many words the title has of its own."""
        title = self._of(good.title)
        brand = set(self._of(good.brand)) - _NO_BRAND
        if rows and title:
            for word in {*heads_of(title), *self._shelf_heads(good)}:
                self._heads[word].extend(rows)
        for word in {*title, *brand}:
            self._titles[word].extend(rows)
        own = set(title) - brand or set(title)
        for word in own:
            self._names[word].extend(rows)
        # Not twice where two shelves of a path share a word.
        for word in {word for shelf in good.category for word in self._of(shelf)}:
            self._shelves[word].extend(rows)
        self._adjacent(title)
        return len(own)

    def _shelf_heads(self, good: Good) -> tuple[str, ...]:
        """A shelf of one kind of goods tells what they are: a title need not say `laptop`."""
        leaf = good.category[-1] if good.category else ""
        words = self._of(leaf)
        return () if {"and"} & set(words) or "&" in leaf else words[-1:]

    def _variant(self, row: int, variant: SoldVariant) -> None:
        for axis, written in variant.options:
            value = Value(axis, written)
            words = self._value_words.get(value)
            if words is None:
                words = self._value_words[value] = self._new_value(value)
            self._value_rows[value].append(row)
            for word in words:
                self._options[word].append(row)

    def _new_value(self, value: Value) -> frozenset[str]:
        words = self._of(value.value)
        self._values[words][value] = None
        self._adjacent(words)
        for word in self._of(value.axis):
            self._axes[word].add(value.axis)
        long = SIZES.get(plain(value.value))
        if long is not None:
            self._values[tuple(long.split())][value] = None
            return frozenset((*words, *(word for word in (long,) if " " not in word)))
        return frozenset(words)

    def _adjacent(self, words: Sequence[str]) -> None:
        for one, other in pairwise(words):
            if one[0].isdigit():
                self._pairs.add((one, other))

    def _of(self, text: str) -> tuple[str, ...]:
        found = self._stems.get(text)
        if found is None:
            found = self._stems[text] = stems(text)
        return found

    def _kinds(self) -> frozenset[str]:
        counts: dict[str, int] = defaultdict(int)
        for leaf in (good.category[-1] for good in self._goods if good.category):
            words = self._of(leaf)
            if len(words) == 1:
                counts[words[0]] += 1
        return frozenset(word for word, count in counts.items() if count > 1)

    def _weights(self, rows: int) -> dict[str, float]:
        """The rarer a word, the more it tells (inverse document frequency)."""
        counts: dict[str, int] = defaultdict(int)
        for table in (self._titles, self._options, self._shelves):
            for word, found in table.items():
                counts[word] = max(counts[word], len(found))
        return {word: math.log1p(rows / (1 + count)) for word, count in counts.items()}


K = TypeVar("K")
_PREPOSITIONS = frozenset(["with", "for", "of", "in", "by", "from", "on"])
_CONTAINERS = frozenset(
    [
        "set",
        "kit",
        "pack",
        "bundle",
        "collection",
        "duo",
        "trio",
        "pair",
        "combo",
        "box",
        "assortment",
        "mix",
        "bag",
        "bottle",
        "jar",
    ]
)


def heads_of(title: Sequence[str]) -> tuple[str, ...]:
    """What a title names: the last word before a preposition; of a set, what it is a set of too."""
    end = next((at for at, word in enumerate(title) if at and word in _PREPOSITIONS), len(title))
    named = title[:end]
    if len(named) > 1 and named[-1] in _CONTAINERS:
        return named[-1], named[-2]
    return tuple(named[-1:])


_NO_BRAND = frozenset({"unbranded"})


def _arrays(table: Mapping[K, list[int]]) -> dict[K, NDArray[np.int32]]:
    return {key: np.array(rows, np.int32) for key, rows in table.items()}
