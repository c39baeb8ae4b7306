"""Which variants of the catalogue a wish means: rows, or why there are none.

Words are asked for together: a row fits if each of them stands in its title, its brand, its options
or its shelf. What remains is narrowed by what was said more exactly (a whole title before a part of
one, a head before an attribute, a title before a shelf), and only then by price and stock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from intent_parser.lexicon import Lexicon, Rows
from intent_parser.reading import Token, plain
from intent_parser.wishes import Wish, Word

UNKNOWN_WEIGHT = 4.0
"""Of a word that no product has: as much as one that a few hundred have."""


@dataclass(frozen=True)
class Meant:
    """Rows that a wish may mean, the best first where it picks; none with a reason."""

    rows: tuple[int, ...]
    picked: bool = False
    """The wish says which to take; otherwise all are equally likely."""
    score: float = 0.0
    """Weight of what is explained less that of what is not."""
    unexplained: tuple[Token, ...] = ()
    why: str = ""
    """Why there is none: `unknown`, `conflict`, `limit`, `sold_out`, `currency`."""
    says: str = ""
    fits: tuple[int, ...] = ()
    """Rows that the words alone mean, whatever they cost."""


def meant(lexicon: Lexicon, wish: Wish, quantity: int = 1) -> Meant:
    """What a wish means. `quantity` units must be in stock."""
    fits, words, unexplained = _fitting(lexicon, wish)
    if fits is None:
        said = " ".join(word.token.form for word in wish.words)
        return Meant((), score=-1.0, unexplained=unexplained, why="unknown", says=said)
    score = sum(lexicon.weights[word] for word in words) - UNKNOWN_WEIGHT * len(unexplained)
    told = _told(wish)
    if not fits.any():
        says = f"nothing that is sold here is {told}"
        return Meant((), score=score, unexplained=unexplained, why="conflict", says=says)
    head = _head(wish)
    fitting = tuple(np.flatnonzero(_exact(lexicon, fits, words, head)).tolist())
    limits = wish.limits
    if limits.currency and limits.currency != lexicon.currency:
        says = f"prices are in {lexicon.currency}, not in {limits.currency}"
        return Meant((), score=score, why="currency", says=says, fits=fitting)
    if limits.most_minor is not None:
        fits = fits & (lexicon.price_minor <= limits.most_minor)
    if limits.least_minor is not None:
        fits = fits & (lexicon.price_minor >= limits.least_minor)
    if not fits.any():
        says = f"no {told} is sold at such a price"
        return Meant((), score=score, why="limit", says=says, fits=fitting)
    fits = _exact(lexicon, fits, words, head, wish.pick != "only")
    stocked = fits & (lexicon.available >= quantity)
    if not stocked.any():
        some = bool((fits & (lexicon.available > 0)).any())
        says = f"there are not {quantity} of {told}" if some else f"{told} is sold out"
        return Meant((), False, score, unexplained, "sold_out", says, fitting)
    rows = np.flatnonzero(stocked)
    if wish.pick != "only":
        rows = rows[_order(lexicon, rows, wish)]
    return Meant(tuple(rows.tolist()), wish.pick != "only", score, unexplained, fits=fitting)


def narrowed(lexicon: Lexicon, wish: Wish, rows: Sequence[int]) -> tuple[int, ...]:
    """Of these rows, those that the words of the wish fit best; none where they fit none."""
    words = [word for word in wish.words if lexicon.known(word.token.word)]
    hard = [word for word in words if not word.soft]
    unknown = [w for w in wish.words if not w.soft and not lexicon.known(w.token.word)]
    if not hard:
        return () if unknown else tuple(rows)
    kept = [row for row in rows if all(lexicon.has(row, word.token.word) for word in hard)]
    if not kept:
        return ()
    fits = np.zeros(lexicon.rows, bool)
    fits[kept] = True
    for group in wish.unwanted:
        fits &= ~_unwanted(lexicon, group)
    return tuple(np.flatnonzero(_exact(lexicon, fits, [w.token.word for w in words])).tolist())


def _fitting(lexicon: Lexicon, wish: Wish) -> tuple[Rows | None, list[str], tuple[Token, ...]]:
    """Rows that the words mean, the words that tell something, and those that are not known."""
    known = [word for word in wish.words if lexicon.known(word.token.word)]
    hard = [word for word in known if not word.soft]
    unknown = tuple(w.token for w in wish.hard if not lexicon.known(w.token.word))
    head = _headed(wish)
    digits = all(word.token.word.isdigit() for word in hard) and bool(unknown)
    if (
        not hard
        or digits
        or (  # a number alone names nothing: no `PlayStation 5`
            head is not None
            and not lexicon.known(head.token.word)
            and not _named_anyway(lexicon, hard)
        )
    ):
        return None, [], unknown
    fits = np.ones(lexicon.rows, bool)
    for word in hard:
        fits &= lexicon.having(word.token.word)
    words = [word.token.word for word in hard]
    for word in known:
        narrower = fits & lexicon.having(word.token.word)
        if word.soft and word not in hard and narrower.any() and not narrower[fits].all():
            fits = narrower
            words.append(word.token.word)
    for group in wish.unwanted:
        # `a Realme XT, not the Realme X`: what both are called tells nothing.
        own = [token for token in group if token.word not in words]
        fits = fits & ~_unwanted(lexicon, own)
    return fits, words, unknown


def _headed(wish: Wish) -> Word | None:
    """The last word before a preposition: what is named, and not what it is like."""
    named = [word for word in wish.hard if not word.after]
    return named[-1] if named else None


def _head(wish: Wish) -> str | None:
    word = _headed(wish)
    return None if word is None else word.token.word


def _named_anyway(lexicon: Lexicon, hard: Sequence[Word]) -> bool:
    """Whether the known words are a brand and a name of one product alone."""
    fits = np.ones(lexicon.rows, bool)
    for word in hard:
        fits &= lexicon.holding(lexicon.titles, word.token.word)
    goods = np.unique(lexicon.row_good[fits])
    return len(hard) >= 2 and len(goods) == 1


def _exact(
    lexicon: Lexicon, fits: Rows, words: Sequence[str], head: str | None = None, picks: bool = False
) -> Rows:
    """Those that are meant more exactly than others, where some are. A wish that picks is of all
    that are of the kind, however they are called."""
    fits = _values(lexicon, fits, words)
    if head is not None:
        fits = _some(fits, lexicon.holding(lexicon.heads, head))
    if picks:
        return fits
    rows = np.flatnonzero(fits)
    whole, titled = np.zeros(len(rows), np.int16), np.zeros(len(rows), np.int16)
    for word in dict.fromkeys(words):
        for table, counts in ((lexicon.titles, titled), (lexicon.names, whole)):
            found = table.get(word)
            if found is not None:
                counts += found[np.minimum(np.searchsorted(found, rows), len(found) - 1)] == rows
    if not all(word in lexicon.kinds for word in words):
        complete = whole >= lexicon.title_words[rows]
        if complete.any():
            rows, titled = rows[complete], titled[complete]
    exact = np.zeros(lexicon.rows, bool)
    exact[rows[titled == titled.max(initial=0)]] = True
    return exact


def _values(lexicon: Lexicon, fits: Rows, words: Sequence[str]) -> Rows:
    """Values of options that were said whole, before those of which a word was said: Green before
    Sea Green, and the size S before a strap for the size S."""
    for length in (3, 2, 1):
        for at in range(len(words) - length + 1):
            said = tuple(words[at : at + length])
            for value in lexicon.values.get(said, ()):
                rows = np.zeros(lexicon.rows, bool)
                rows[lexicon.value_rows[value]] = True
                # Said twice, it is the value as well: `the Steadfast Oak hoe in oak`.
                twice = length == 1 and words.count(said[0]) > 1
                titled = rows if twice else rows | _titled(lexicon, said, fits & ~rows)
                fits = _some(fits, titled)
    return fits


def _titled(lexicon: Lexicon, said: tuple[str, ...], rows: Rows) -> Rows:
    """Of these rows, those whose titles hold what was said."""
    held = rows
    for word in said:
        held = held & lexicon.holding(lexicon.titles, word)
    return held


def _some(fits: Rows, narrower: Rows) -> Rows:
    both = fits & narrower
    return both if both.any() else fits


def _unwanted(lexicon: Lexicon, group: Sequence[Token]) -> Rows:
    """Rows of which nothing is wanted: each word alone, but values of several words whole."""
    words = [token.word for token in group]
    unwanted = np.zeros(lexicon.rows, bool)
    at = 0
    while at < len(words):
        for length in range(min(3, len(words) - at), 1, -1):
            values = lexicon.values.get(tuple(words[at : at + length]))
            if values:
                for value in values:
                    unwanted[lexicon.value_rows[value]] = True
                at += length
                break
        else:
            unwanted |= lexicon.having(words[at])
            at += 1
    return unwanted


def _order(lexicon: Lexicon, rows: np.ndarray, wish: Wish) -> np.ndarray:
    price = lexicon.price_minor[rows]
    if wish.pick == "dearest":
        return np.lexsort((rows, -price))
    if wish.pick == "best_rated":
        return np.lexsort((rows, price, -lexicon.stars[rows]))
    return np.lexsort((rows, price))


def _told(wish: Wish) -> str:
    said = " ".join(word.token.form for word in wish.words)
    without = " or ".join(" ".join(token.form for token in group) for group in wish.unwanted)
    return f"{plain(said)} that is not {without}" if without else plain(said)
