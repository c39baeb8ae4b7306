"""What is said of one thing that is wished for: `two of the cheapest mugs under €10, not glass`.

A wish is words and limits; which variants fit it is found by `grounding`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from intent_parser.limits import NO_LIMITS, Limits, joined, limit_at
from intent_parser.money import money_at
from intent_parser.phrases import PAIRS, UNIT_WORDS, number_at, phrase_at
from intent_parser.reading import Token

Pick = Literal["only", "cheapest", "dearest", "best_rated", "any"]
PICKS: dict[str, Pick] = {
    "PICK_CHEAPEST": "cheapest",
    "PICK_DEAREST": "dearest",
    "PICK_BEST": "best_rated",
    "PICK_ANY": "any",
}
SOFT = frozenset(("FILLER", "COSTS", "EACH", "STOCK", "FOR", "MORE", "LESS"))
"""Phrases whose words a title may hold too: used where it does, and left where it does not."""
CLOSED = frozenset(("A", "THE", "UNWANTED", "AND", "IT", "THEM", "FOR", "ALL", "TOTAL", *PICKS))
"""Phrases that are never words of a title."""
VAGUE = -1.0
_BESIDE = frozenset(["of", "in", "on", "with", "beside"])
"""Before a pronoun that names nothing: `a second lamp with it`."""
PREPOSITIONS = frozenset(
    ["in", "of", "with", "from", "by", "for", "on", "at", "as", "size", "colour", "that", "which"]
)


@dataclass(frozen=True)
class Word:
    """A word that the catalogue is asked for."""

    token: Token
    soft: bool = False
    """It says something where the catalogue has it, and nothing where it has not."""
    after: bool = False
    """It stands after a preposition, and is not the head of what is named."""


@dataclass(frozen=True)
class Wish:
    words: tuple[Word, ...] = ()
    unwanted: tuple[tuple[Token, ...], ...] = ()
    quantity: float | None = None
    """None where none is named, VAGUE where it is not told how many."""
    paired: bool = False
    """`a pair of`: of things that come in pairs, one."""
    more: bool = False
    """`two more`, `another`: beside those that are there."""
    pick: Pick = "only"
    limits: Limits = NO_LIMITS
    total: Limits = NO_LIMITS
    definite: bool = False
    """`the mug`: perhaps one that was spoken of, or lies in the cart."""
    pronoun: Literal["", "it", "them", "one"] = ""
    everything: bool = False
    tokens: tuple[Token, ...] = ()

    @property
    def empty(self) -> bool:
        picked = self.definite and self.pick in ("cheapest", "dearest", "best_rated")
        return not (self.words or self.pronoun or self.everything or picked)

    @property
    def hard(self) -> tuple[Word, ...]:
        return tuple(word for word in self.words if not word.soft)


@dataclass
class _Reader:
    tokens: Sequence[Token]
    pairs: frozenset[tuple[str, str]]
    known: frozenset[str]
    """Words of the catalogue."""
    axes: frozenset[str]
    """Words of the options' names."""
    wish: Wish = field(default_factory=Wish)
    words: list[Word] = field(default_factory=list[Word])
    unwanted: list[tuple[Token, ...]] = field(default_factory=list[tuple[Token, ...]])
    after: bool = False
    article: bool = False
    """The quantity is but an article's."""
    purpose: bool = False
    """What follows says what it is for: `for the office`."""
    beside: bool = False
    """It is said of what was named before: `buy it for tonight`."""

    def read(self) -> Wish:
        at = 0
        while at < len(self.tokens):
            at += self._one(at)
        if not any(not word.soft for word in self.words):
            # `something for golf`: what it is for is all that is told.
            self.words = [replace(w, soft=not w.after) for w in self.words]
        return replace(
            self.wish,
            words=tuple(self.words),
            unwanted=tuple(self.unwanted),
            tokens=tuple(self.tokens),
        )

    def _one(self, at: int) -> int:
        """Read what stands here; gives how many tokens that was."""
        token = self.tokens[at]
        for read in (self._limit, self._money, self._number, self._phrase):
            length = read(at)
            if length:
                return length
        if (
            self._names_axis(at)
            or token.form in PREPOSITIONS
            or (token.word in self.axes and token.word not in self.known)
        ):
            self.after = bool(self.words)
        elif token.form == "ones" or (token.form == "one" and self.wish.pronoun):
            self.wish = replace(self.wish, pronoun="one")
        elif token.word[0].isalnum() and not self.beside:
            self.words.append(Word(token, soft=self.purpose, after=self.after))
        return 1

    def _names_axis(self, at: int) -> bool:
        """`pack of five`: an option's name, whatever else may be called so."""
        if self.tokens[at].word not in self.axes:
            return False
        rest = [token for token in self.tokens[at + 1 : at + 3] if token.form != "of"]
        return bool(rest) and number_at(rest, 0) is not None

    def _limit(self, at: int) -> int:
        found = limit_at(self.tokens, at)
        if found is None:
            return 0
        limits, length, total = found
        if total:
            self.wish = replace(self.wish, total=limits)
        else:
            self.wish = replace(self.wish, limits=joined(self.wish.limits, limits))
        return length

    def _money(self, at: int) -> int:
        """`€20 worth`, `a 20 euro mug`: a price that is no limit, and is left unexplained."""
        found = money_at(self.tokens, at)
        if found is None or found[0].currency is None:
            return 0
        self.wish = replace(self.wish, limits=replace(self.wish.limits, currency=found[0].currency))
        return found[1]

    def _number(self, at: int) -> int:
        here = self.tokens[at]
        following = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if following is not None and (here.word, following.word) in self.pairs:
            return 0 if here.number is None else self._named(at)
        pair = self._pair(at)
        if pair:
            return pair
        if here.joined and here.number is not None and at and self.tokens[at - 1].word.isalpha():
            return self._named(at)  # `S10`
        found = number_at(self.tokens, at)
        if here.form == "x" and following is not None and following.number is not None:
            found = following.number, 2
        if found is None:
            return 0
        number, length = found
        if here.form in ("one", "ones") and (self.words or self.wish.definite or self.wish.pronoun):
            self.wish = replace(self.wish, pronoun="one")
            return 1
        before = [token.word for token in self.tokens[max(0, at - 2) : at] if token.form != "of"]
        if number > 0 and before and before[-1] in self.axes and f"{number:g}" in self.known:
            named = here._replace(word=f"{number:g}", number=number)
            self.words.append(Word(named, after=self.after))
            return length
        named = self.words and self.tokens[at - 1].form in ("no", "number")
        if here.form in self.known and here.number is None and self.wish.quantity is not None:
            return 0
        if named or (self.words and not self.after and self._names(at, length)):
            return self._named(at) if here.number is not None else 0
        if self.after and here.number is not None and here.word in self.known:
            return self._named(at)
        ends = at + length == len(self.tokens) and not self.after and bool(self.words)
        if (self.article or self.wish.definite) and here.number is not None and ends:
            return self._named(at)  # `an iPhone 17`
        if here.form == "single" and here.form in self.known:
            return 0
        if self.purpose and self.words:
            said = here._replace(word=f"{number:g}")
            self.words.append(Word(said, soft=True, after=True))  # `a tent for two`
            return length
        if self.wish.quantity is None or self.article:
            self.article = False
            self.wish = replace(self.wish, quantity=VAGUE if number == VAGUE else abs(number))
            if number == -2:
                self.wish = replace(self.wish, quantity=None)
        return length + self._unit(at + length)

    def _names(self, at: int, length: int) -> bool:
        """Whether a number after a name belongs to it: `iPhone 6`, `Galaxy S10`."""
        here = self.tokens[at]
        return (
            here.number is not None and here.word in self.known and at + length == len(self.tokens)
        )

    def _named(self, at: int) -> int:
        self.words.append(Word(self.tokens[at], after=self.after))
        return 1

    def _unit(self, at: int) -> int:
        """`two packs of`: the unit is no part of the name, unless nothing follows it."""
        length = self._pair(at)
        if length:
            return length
        if at >= len(self.tokens):
            return 0
        unit, rest = self.tokens[at], self.tokens[at + 1 :]
        if unit.form == "x" or (unit.word in UNIT_WORDS and rest and rest[0].form == "of"):
            return 2 if rest and rest[0].form == "of" else 1
        if unit.word in ("unit", "piece", "pc", "item", "of"):
            return 1
        return 0

    def _pair(self, at: int) -> int:
        for length in (3, 2, 1):
            some = self.tokens[at : at + length]
            if " ".join(token.form for token in some) in PAIRS and len(some) == length:
                rest = self.tokens[at + length :]
                self.wish = replace(
                    self.wish, paired=True, quantity=self.wish.quantity or (1 if rest else None)
                )
                return length
        return 0

    def _phrase(self, at: int) -> int:
        tags, length = phrase_at(self.tokens, at)
        token = self.tokens[at]
        if not tags:
            return 0
        if length == 1 and token.word in self.known and not self._closed(tags):
            if not SOFT & set(tags):
                return 0
            self.words.append(Word(token, soft=True, after=self.after))
            return 1
        for tag in tags:
            if tag in PICKS:
                if tag != "PICK_ANY" or self.wish.pick == "only":
                    self.wish = replace(self.wish, pick=PICKS[tag])
                return length
            if tag == "UNWANTED" and token.form == "non":
                return 1 + self._not_one(at + 1)
            if tag == "UNWANTED":
                if token.form == "any" or (length > 1 and self.tokens[at + 1].form == "any"):
                    self.wish = replace(self.wish, pick="any")
                return length + self._not(at + length)
        return self._small(at, tags, length)

    def _not_one(self, at: int) -> int:
        """`a non-Apple laptop`: the word that is joined to it, and none that follows."""
        if at < len(self.tokens):
            self.unwanted.append((self.tokens[at],))
        return 1

    def _closed(self, tags: Sequence[str]) -> bool:
        return bool(CLOSED & set(tags))

    def _small(self, at: int, tags: Sequence[str], length: int) -> int:
        """Articles, pronouns, what may be left out."""
        token = self.tokens[at]
        if "A" in tags:
            if self.wish.quantity is None and not self.words:
                self.wish = replace(self.wish, quantity=1)
                self.article = True
        elif token.form == "again":
            self.wish = replace(self.wish, more=True)
        elif "MORE" in tags:
            quantity = 1 if self.wish.quantity is None and token.form != "more" else None
            self.article = self.article or quantity == 1  # `another two mugs`
            self.wish = replace(self.wish, more=True, quantity=quantity or self.wish.quantity)
        elif "ALL" in tags:
            self.wish = replace(self.wish, everything=True)
        elif "THEM" in tags and not self.words:
            self.wish = replace(self.wish, pronoun="them")
        elif "IT" in tags and not self.words:
            self.wish = replace(self.wish, pronoun="it")
        elif "THE" in tags and not self.words:
            self.wish = replace(self.wish, definite=True)
        elif "FOR" in tags:
            self.after = bool(self.words)
            self.purpose = self.after and token.form == "for"
            pronoun = self.wish.pronoun in ("it", "them") and not self.words
            self.beside = self.beside or (pronoun and token.form == "for")
        elif "HALF_OF" in tags:
            return length
        elif {"THEM", "IT"} & set(tags) and at and self.tokens[at - 1].form in _BESIDE:
            return length  # `just the guitar of those`
        elif not {
            "CART",
            "FILLER",
            "EACH",
            "TOTAL",
            "THE",
            "AND",
            "COSTS",
            "FOR",
            "STOCK",
            "GOES",
            "STAYS",
            "BECOMES",
            "OR_LESS",
            "NEEDED",
            "SOLE",
            "OTHER_VALUE",
            "SIZE_UP",
            "SIZE_DOWN",
            "COMES",
        } & set(tags):
            return 0
        return length

    def _listed(self, at: int) -> bool:
        """Whether a list of what is not wanted goes on: `not from Anvil, Louche or Werk`."""
        following = self.tokens[at : at + 6]
        for number, token in enumerate(following):
            if token.form in ("or", "nor"):
                return number > 0
            if token.word not in self.known:
                return False
        return False

    def _not(self, at: int) -> int:
        """`not leather or suede`: up to a comma, a preposition, a limit."""
        group: list[Token] = []
        length = 0
        for position in range(at, len(self.tokens)):
            token = self.tokens[position]
            tags, _ = phrase_at(self.tokens, position)
            if token.form in (
                "or",
                "and",
                "nor",
                "any",
                "made",
                "of",
                "a",
                "an",
                "the",
                "in",
                "from",
                "by",
            ):
                if token.form == "and" and position + 1 < len(self.tokens):
                    following, _ = phrase_at(self.tokens, position + 1)
                    if {"A", "THE"} & set(following):
                        break
                length += 1
                continue
            if token.form in ("one", "ones"):
                length += 1
                continue
            if token.form == "," and group and self._listed(position + 1):
                self.unwanted.append(tuple(group))
                group = []
                length += 1
                continue
            if token.form in (",", "with", "for") or limit_at(self.tokens, position):
                break
            if tags and token.word not in self.known:
                break
            group.append(token)
            length += 1
        if group:
            self.unwanted.append(tuple(group))
        return length


def read_wish(
    tokens: Sequence[Token],
    pairs: frozenset[tuple[str, str]],
    known: frozenset[str],
    axes: frozenset[str],
) -> Wish:
    """`pairs`: numbers and the words after them that are names (`2-slice`); `known` and `axes`: the
    words of the catalogue, and of the names of its options."""
    return _Reader(tokens, pairs, known, axes).read()
