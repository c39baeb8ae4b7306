"""What the words of a clause wish for, and which goods that may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from shop_intents import (
    CartLine,
    Choice,
    Item,
    Ordered,
    Variant,
)
from shop_intents.intents import AnyAct

from intent_parser.clauses import Clause
from intent_parser.grounding import Meant, meant
from intent_parser.lexicon import Lexicon
from intent_parser.limits import Limits, joined
from intent_parser.objects import wishes_of
from intent_parser.phrases import KNOWN
from intent_parser.phrasing import (
    named_orders,
    ordinary,
)
from intent_parser.reading import Token, stems
from intent_parser.telling import (
    titled,
)
from intent_parser.trouble import Asked, Refused
from intent_parser.wishes import VAGUE, Wish, Word, read_wish

MOST_CHOICES = 8
MOST_UNITS = 1000


@dataclass
class Words:
    """What has been read so far, and what it referred to: what the acts are built on."""

    """Reads statements in turn; what was mentioned can be referred to by those that follow."""

    lexicon: Lexicon
    cart: Sequence[CartLine]
    orders: Sequence[Ordered]
    known: frozenset[str]
    meanings: dict[tuple[Wish, int], Meant] = field(default_factory=dict[tuple[Wish, int], Meant])
    """Of wishes, and so many units of each: what the lexicon was asked is not asked again."""
    readings: dict[tuple[Token, ...], Wish] = field(default_factory=dict[tuple[Token, ...], Wish])
    named: dict[tuple[Token, ...], list[Wish]] = field(
        default_factory=dict[tuple[Token, ...], list[Wish]]
    )
    """Likewise of tokens: as one wish, and as several."""
    total: Limits = field(default_factory=Limits)
    acts: list[AnyAct] = field(default_factory=list[AnyAct])
    unexplained: list[Token] = field(default_factory=list[Token])
    aimless: list[Clause] = field(default_factory=list[Clause])
    """Clauses that nothing was made of."""
    negated: list[Clause] = field(default_factory=list[Clause])
    verbs: set[str] = field(default_factory=set[str])
    """Of the clauses read; empty where none was said."""
    _so_far: list[AnyAct] = field(default_factory=list[AnyAct])
    """Acts of all clauses read, those under conditions too."""
    _bare: list[AnyAct] = field(default_factory=list[AnyAct])
    """Of clauses without a verb."""
    _dropped: list[AnyAct] = field(default_factory=list[AnyAct])
    _staying: set[str] = field(default_factory=set[str])
    """Variants in the cart that are said to stay."""
    _excepting: bool = False
    """Whether something is said to be left out, of the cart or of what is paid for."""
    untouched: list[Clause] = field(default_factory=list[Clause])
    """Clauses that say so."""
    """Acts that what was said later has taken the place of."""
    _items: list[Item] = field(default_factory=list[Item])
    """Mentioned, the latest last."""
    _lines: list[CartLine] = field(default_factory=list[CartLine])
    """Of the cart, mentioned, the latest last."""
    _last: Wish | None = None
    cancels: bool = False
    """Whether an order is said to be cancelled: what else is said of orders buys nothing."""
    carted: bool = False
    """Whether it is said that something is to be in the cart."""
    _said: list[Token] = field(default_factory=list[Token])
    """All that was read before the clause that is read."""
    _spoken: tuple[Token, ...] = ()
    """Of an order, before what is to become of it is said."""
    _gone: CartLine | None = None
    """What the next wish is to take the place of."""
    _lenient: bool = False
    """What is sold out may be named: a condition asks whether it is."""
    _ordered: tuple[Token, ...] = ()
    """What the clause says of an order."""
    _others_go: bool = False
    """It is said that what is not named is to go."""
    _other: bool = False
    """What is read is wanted where something else cannot be had."""

    def __post_init__(self) -> None:
        self._axis_words = frozenset(self.lexicon.axes)

    def _wishes(self, about: Sequence[Token]) -> list[Wish]:
        self._ordered = named_orders(about)
        about = ordinary(about)
        key = tuple(about)
        if key not in self.named:
            self.named[key] = wishes_of(
                key, self._read, self._score, self._many, self.known, self._attribute
            )
        wishes = list(self.named[key])
        for wish in wishes:
            self.total = joined(self.total, wish.total)
        if not wishes and about:
            wish = self._read(about)
            self.total = joined(self.total, wish.total)
            if not self._lenient:
                # `With 20 euros at most, buy …`: of all, where nothing is named that it is of.
                self.total = joined(self.total, wish.limits)
        return wishes

    def _read(self, tokens: Sequence[Token]) -> Wish:
        key = tuple(tokens)
        if key not in self.readings:
            self.readings[key] = read_wish(key, self.lexicon.pairs, self.known, self._axis_words)
        return self.readings[key]

    def _score(self, wish: Wish) -> float:
        unwanted = (token.word for group in wish.unwanted for token in group)
        denied = sum(self.lexicon.weights.get(word, 0.0) for word in unwanted)
        if all(word.token.word.isdigit() for word in wish.words):
            return denied  # a number alone names nothing, whatever titles hold it
        found = self._meant(wish)
        return denied - found.score if found.why == "conflict" else denied + found.score

    def _attribute(self, wish: Wish) -> bool:
        """Whether it names values of options alone, and nothing that has them."""
        return (
            bool(wish.hard)
            and wish.quantity is None
            and all(
                word.token.word in self.lexicon.options
                and (word.token.word.isdigit() or word.token.word not in self.lexicon.heads)
                for word in wish.hard
            )
        )

    def _many(self, wish: Wish) -> int:
        return len(self._meant(wish).rows)

    def _meant(self, wish: Wish, units: int = 1) -> Meant:
        key = wish, units
        if key not in self.meanings:
            self.meanings[key] = meant(self.lexicon, wish, units)
        return self.meanings[key]

    def _count(self, wish: Wish) -> int | None:
        if wish.quantity == VAGUE:
            raise Asked("quantity", "how many are wanted?", sure=True)
        if wish.quantity is None:
            return None
        if wish.quantity != int(wish.quantity) or not 0 <= wish.quantity <= MOST_UNITS:
            raise Refused("impossible", f"{wish.quantity:g} of something cannot be had")
        return int(wish.quantity)

    def _sold(self, wish: Wish) -> bool:
        """Whether all of its words are of goods that can be had."""
        known = all(self.lexicon.known(word.token.word) for word in wish.hard if not word.after)
        return bool(wish.hard) and known and self._score(wish) > 0 and self._many(wish) > 0

    def _named_in(self, about: Sequence[Token], kinds: bool = False) -> Wish | None:
        """The one product that the words of a talk name between them, if they do; with `kinds`,
        a kind of product too."""
        wish = self._read(about)
        if any(
            w.token.joined and w.token.word.isdigit() and not self.lexicon.known(w.token.word)
            for w in wish.hard
        ):
            return None  # `Galaxy S25`: another than there is
        # Of the language's own words none names a product by itself, whatever titles hold.
        words = [
            word
            for word in wish.hard
            if self.lexicon.known(word.token.word) and word.token.form not in KNOWN
        ]
        best = max((self._together(seed, words) for seed in words), key=self._told, default=[])
        whole = replace(wish, words=tuple(word for word in wish.words if word in best))
        found = self._meant(whole)
        left = [word.token.word for word in words if word not in best]
        if any(each in self.lexicon.options and each not in self.lexicon.titles for each in left):
            return None  # another size than there is
        # Of several things, none is the one.
        if not found.rows or len(best) < 0.5 * len(words):
            return None
        goods = {self.lexicon.row_good[row] for row in found.rows}
        titled = sum(word.token.word in self.lexicon.titles for word in best)
        exact = len(best) == 1 and self._is_title(best[0], found.rows[0])
        sure = len(goods) == 1 or wish.pick != "only"
        if sure and (titled >= 2 or exact):
            return whole
        headed = any(word.token.word in self.lexicon.heads for word in best)
        return whole if kinds and headed and len(goods) > 1 else None

    def _spoken_of(self, about: Sequence[Token]) -> Wish | None:
        """The one product that is mentioned, whether it can be had or not."""
        wish = self._read([token for token in about if token.form not in ("no", "not", "without")])
        known = [w for w in wish.hard if self.lexicon.known(w.token.word)]
        words = [w for w in known if w.token.form not in KNOWN]
        best = max((self._together(seed, words) for seed in words), key=self._told, default=[])
        found = self._meant(Wish(words=tuple(best)))
        goods = {self.lexicon.row_good[row] for row in found.fits}
        return Wish(words=tuple(best)) if len(best) > 1 and len(goods) == 1 else None

    def _together(self, seed: Word, words: Sequence[Word]) -> list[Word]:
        """Words that some variant has beside the seed, the rarest first."""
        fits = self.lexicon.having(seed.token.word)
        named = [seed]
        for word in sorted(words, key=lambda each: -self.lexicon.weights[each.token.word]):
            narrower = fits & self.lexicon.having(word.token.word)
            if word is not seed and narrower.any():
                fits = narrower
                named.append(word)
        return named

    def _told(self, words: Sequence[Word]) -> float:
        return sum(self.lexicon.weights[word.token.word] for word in words)

    def _is_title(self, word: Word, row: int) -> bool:
        return stems(self.lexicon.good(row).title) == (word.token.word,)

    def _variant(self, row: int) -> Variant:
        good, variant = self.lexicon.good(row), self.lexicon.variant(row)
        return Variant(
            product_id=good.id,
            variant_id=variant.id,
            title=titled(good.title, variant.options),
            price_minor=int(self.lexicon.price_minor[row]),
            available=int(self.lexicon.available[row]),
        )

    def _choice(self, row: int, whole: bool = True) -> Choice:
        variant = self._variant(row)
        words = variant.title if whole else self.lexicon.good(row).title
        return Choice(
            words=words,
            product_id=variant.product_id,
            variant_id=variant.variant_id if whole else None,
            price_minor=variant.price_minor,
        )

    def _line_choices(self, lines: Sequence[CartLine]) -> list[Choice]:
        rows = (self.lexicon.row_of.get(line.variant_id) for line in lines[:MOST_CHOICES])
        return [self._choice(row) for row in rows if row is not None]

    def _of_line(self, line: CartLine, quantity: int | None = None) -> Item:
        row = self.lexicon.row_of.get(line.variant_id)
        if row is None:
            raise Refused("impossible", "it is no longer sold")
        units = line.quantity if quantity is None else quantity
        if self.lexicon.available[row] < units:
            raise Refused("impossible", f"{self.lexicon.good(row).title} is sold out")
        variant = self._variant(row)
        return Item(words=variant.title, quantity=units, variants=(variant,))
