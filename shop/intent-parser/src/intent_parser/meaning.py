"""Clauses as acts on a cart and on orders; what cannot be told is asked, what cannot be, refused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import zip_longest

import msgspec
import numpy as np
from shop_intents import (
    Add,
    BuyNow,
    CancelOrder,
    CartLine,
    CheckOut,
    Choice,
    EmptyCart,
    If,
    InStock,
    Item,
    Ordered,
    PriceBelow,
    Remove,
    SetQuantity,
    Span,
    Swap,
    Variant,
)
from shop_intents.intents import AnyAct, Condition

from intent_parser.clauses import Clause, Statement, tags_of
from intent_parser.cues import AGAIN, AGAINST, DESIRE, INSTEAD, NONE, OF_STOCK
from intent_parser.gist import Gist
from intent_parser.grounding import meant, narrowed
from intent_parser.lexicon import Lexicon
from intent_parser.objects import wishes_of
from intent_parser.phrases import number_at, phrase_at
from intent_parser.reading import Token, stems
from intent_parser.wishes import VAGUE, Limits, Wish, Word, joined, limit_at, read_wish

MOST_CHOICES = 8
MOST_VARIANTS = 50
MOST_UNITS = 1000
_NAMING = frozenset("ADD BUY WANT TAKE SWAP".split())
_NOTS = frozenset(("not", "isnt", "arent", "dont", "doesnt"))
_TO = frozenset(("to", "by", "at"))


class Asked(Exception):
    """A question: what was meant cannot be told."""

    def __init__(self, about: str, says: str, choices: Sequence[Choice] = ()) -> None:
        super().__init__(says)
        self.about, self.says, self.choices = about, says, tuple(choices)


class Refused(Exception):
    """It cannot be done, or is not to be."""

    def __init__(self, reason: str, says: str, sure: bool = False) -> None:
        """`sure`: the sentence was understood, and that is why it is refused."""
        super().__init__(says)
        self.reason, self.says, self.sure = reason, says, sure


class _Instead(Exception):
    """`I want that in red`: what is spoken of, but other."""

    def __init__(self, wish: Wish) -> None:
        super().__init__()
        self.wish = wish


@dataclass
class Meaning:
    """Reads statements in turn; what was mentioned can be referred to by those that follow."""

    lexicon: Lexicon
    cart: Sequence[CartLine]
    orders: Sequence[Ordered]
    known: frozenset[str]
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
    """Acts that what was said later has taken the place of."""
    _items: list[Item] = field(default_factory=list[Item])
    """Mentioned, the latest last."""
    _lines: list[CartLine] = field(default_factory=list[CartLine])
    """Of the cart, mentioned, the latest last."""
    _last: Wish | None = None
    _spoken: tuple[Token, ...] = ()
    """Of an order, before what is to become of it is said."""
    _gone: CartLine | None = None
    """What the next wish is to take the place of."""
    _lenient: bool = False
    """What is sold out may be named: a condition asks whether it is."""
    _ordered: tuple[Token, ...] = ()
    """What the clause says of an order."""
    _other: bool = False
    """What is read is wanted where something else cannot be had."""

    @property
    def talks(self) -> bool:
        """Whether no verb told what is to be done, though something was made of it."""
        return bool(self.verbs) and not self.verbs & _TELLING

    def read_gist(self, tokens: Sequence[Token], wishes: bool) -> list[AnyAct]:
        """What is most likely meant where `read` makes nothing of it; none where nothing is.

        `wishes`: something new may be wished for, and not the cart and the orders alone changed.
        """
        gist = Gist(self.lexicon, self.cart, self.orders)
        named = gist.line(tokens)
        forms = {token.form for token in tokens}
        if named is not None and (INSTEAD | AGAINST) & forms:
            rest = [token for token in tokens if token.word not in named.words]
            with suppress(Asked, Refused):
                swapped = self._swapped_in(named.line, rest)
                if swapped is not None:
                    return [swapped]
        return gist.of(tokens) or (self._wished(tokens) if wishes else [])

    def _wished(self, tokens: Sequence[Token]) -> list[AnyAct]:
        """The one product that all of the sentence names. Raises Asked where it names a kind."""
        if {"INFO", "IF", "ELSE", "UNLESS"} & self.verbs_of(tokens):
            return []
        forms = {token.form for token in tokens}
        if not {"please", "thanks", "dont"} & forms:
            # `We got no fondue pot.`
            tokens = [token for token in tokens if token.form not in _LACKING]
        named = self._named_in(tokens, kinds=bool(DESIRE & forms))
        if named is None:
            return []
        hard = self._read(tokens).hard
        known = sum(self.lexicon.known(word.token.word) for word in hard)
        if len(named.words) < 2 / 3 * known:
            return []
        with suppress(Refused):
            return [Add(item=self._item(replace(named, quantity=self._only_number(tokens, named))))]
        return []

    def _only_number(self, tokens: Sequence[Token], named: Wish) -> float | None:
        """Of all numbers beside the name's own, the only one. Raises Refused where there are more."""
        own = {word.token.start for word in named.words}
        numbers: list[float] = []
        at = 0
        while at < len(tokens):
            found = number_at(tokens, at)
            if found and tokens[at].start not in own and tokens[at].form not in ("a", "an", "some"):
                numbers.append(found[0])
            at += found[1] if found else 1
        if len(numbers) > 1:
            raise Refused("impossible", "how many are wanted cannot be told")
        return numbers[0] if numbers else None

    def verbs_of(self, tokens: Sequence[Token]) -> set[str]:
        return {tag for tags in tags_of(tokens) for tag in tags}

    def _swapped_in(self, line: CartLine, rest: Sequence[Token]) -> AnyAct | None:
        """The line for what else is named: another of its product's variants, or a product."""
        words = [word for word in self._read(rest).hard if self.lexicon.known(word.token.word)]
        first, end = self.lexicon.rows_of[line.product_id]
        row = self.lexicon.row_of[line.variant_id]
        options = tuple(
            word
            for word in words
            if self.lexicon.holding(self.lexicon.options, word.token.word)[first:end].any()
            and not self.lexicon.having(word.token.word)[row]
        )
        if options:
            return self._swapped(line, Wish(words=options, tokens=tuple(rest)))
        named = self._named_in(rest)
        if named is None:
            return None
        return self._swapped(line, replace(named, quantity=None))

    def __post_init__(self) -> None:
        self._axis_words = frozenset(self.lexicon.axes)

    def read(self, all_of_them: Sequence[Statement]) -> None:
        """Raises Asked, Refused."""
        all_of_them = self._gathered(all_of_them)
        for statement in all_of_them:
            for act in self._statement(statement):
                # `I'm done, check out. Take my money.`
                if not (isinstance(act, CheckOut | CancelOrder | BuyNow) and _same(act, self.acts)):
                    self.acts.append(act)
        self.acts = [act for act in self.acts if act not in self._dropped]

    def _gathered(self, all_of_them: Sequence[Statement]) -> list[Statement]:
        """With what is said of the thing that was just named put beside its name: `Add the soundbar.
        Colour red, please.`, `A window box. Red is out.`, `A watch, but skip the gold one.`"""
        found: list[Statement] = []
        for statement in all_of_them:
            then = list(statement.then)
            plain = statement.condition is None and not statement.has_otherwise
            while plain and then and found and found[-1].then:
                longer = self._longer(found[-1].then[-1], then[0])
                if longer is None:
                    break
                found[-1].then[-1] = longer
                del then[0]
            for at in range(len(then) - 1, 0, -1):
                longer = self._longer(then[at - 1], then[at])
                if longer is not None:
                    then[at - 1 : at + 1] = [longer]
            if then or not plain:
                found.append(replace(statement, then=then))
        return found

    def _longer(self, clause: Clause, following: Clause) -> Clause | None:
        """The clause with what follows, where that only tells more of what the clause names."""
        removes = following.verb == "REMOVE" or (following.negated and following.verb in _NAMING)
        if clause.verb not in (*_NAMING, "") or not clause.about or not following.about:
            return None
        if following.verb and not removes:
            return None
        first = following.about[0]
        between = [first._replace(word=".", form=".")]
        if removes:
            if any(self._held(wish) for wish in self._wishes(following.about) if wish.words):
                return None
            between.append(first._replace(word="not", form="not"))
        about = (*clause.about, *between, *following.about)
        before, after = self._wishes(clause.about), self._wishes(about)
        if len(before) != len(after) or (removes and before[-1].unwanted == after[-1].unwanted):
            return None
        return replace(clause, about=about)

    # statements

    def _statement(self, statement: Statement) -> list[AnyAct]:
        if statement.condition is None and not statement.has_otherwise:
            return self._all(statement.then)
        self._lenient = True
        try:
            subject = self._named(statement.condition or ())
            try:
                then = self._all(statement.then)
            except Refused:
                if statement.condition is not None or not statement.otherwise:
                    raise
                then = []  # `that one for 20 at most, failing that the other`
            subject = subject or (self._items[-1] if then and self._items else None)
            self._other = True
            otherwise = self._all(statement.otherwise)
        finally:
            self._lenient = self._other = False
        if statement.condition is None:
            if subject is None or not otherwise:
                return [*then, *otherwise]
            return [If(condition=InStock(subject), then=tuple(then), otherwise=tuple(otherwise))]
        condition, negated = self._condition(statement.condition, subject)
        if condition is None:
            return [*then, *otherwise]
        spans = spans_of(statement.condition)
        return [
            If(
                condition=condition,
                negated=negated != statement.unless,
                then=tuple(then),
                otherwise=tuple(otherwise),
                spans=spans,
            )
        ]

    def _all(self, clauses: Sequence[Clause]) -> list[AnyAct]:
        acts: list[AnyAct] = []
        for clause, following in zip_longest(clauses, clauses[1:]):
            assert clause is not None
            if clause.verb == "INSTEAD" or (not clause.verb and self._announced(clause, following)):
                if clause.verb:
                    self._gone = self._line(self._read(clause.about))
                continue
            try:
                done = self._clause(clause)
                if not clause.verb:
                    self._bare += done
            except (Asked, Refused):
                if not self._talk(clause) or not (acts or self._so_far):
                    raise
                self.aimless.append(clause)
                continue
            acts += done
            self._so_far += done
        return acts

    def _talk(self, clause: Clause) -> bool:
        """Whether it is said beside what is wanted: `…, I only burn bread anyway`."""
        hard = self._read(clause.about).hard
        strange = sum(not self.lexicon.known(word.token.word) for word in hard)
        return not clause.verb and strange > 0

    def _announced(self, clause: Clause, following: Clause | None) -> bool:
        """`The socks: make them five.` What is in the cart is but mentioned."""
        if following is not None and following.verb == "CANCEL" and self.orders:
            self._spoken = clause.about
            return any(token.form in _ORDERS for token in clause.about)
        if following is None or following.verb not in ("SET", "REMOVE", "DOUBLE", "HALVE", "SWAP"):
            return False
        wishes = self._wishes(clause.about)
        if len(wishes) != 1 or not wishes[0].words or not self._held(wishes[0]):
            return False
        self._lines += self._lines_for(wishes[0])
        return True

    def _condition(
        self, said: Sequence[Token], subject: Item | None
    ) -> tuple[Condition | None, bool]:
        """What is asked, and whether its opposite is meant; None where it is none of ours."""
        negated = False
        said, number = _enough(said)
        stock = number is not None
        limits: Limits | None = None
        rest: list[Token] = []
        at = 0
        while at < len(said):
            tags, length = phrase_at(said, at)
            limit = limit_at(said, at)
            if limit is not None:
                limits, length, total = limit
                if total:
                    self.total = joined(self.total, limits)
                    return None, False
            elif "NO_STOCK" in tags:
                stock, negated = True, not negated
            elif "STOCK" in tags:
                stock = True
            elif said[at].form in _NOTS:
                negated = not negated
            elif "COSTS" not in tags:
                rest += said[at : at + (length or 1)]
            at += length or 1
        item = subject or (self._items[-1] if self._items else None)
        if item is None:
            raise Asked("meaning", "which product the condition is about cannot be told")
        if limits is not None and limits.most_minor is not None:
            return PriceBelow(item, limits.most_minor, or_equal=True), negated
        if limits is not None and limits.least_minor is not None:
            return PriceBelow(item, limits.least_minor), not negated
        if stock:
            return InStock(replace_item(item, max(number or 0, item.quantity))), negated
        forms = {token.form for token in said}
        if OF_STOCK & forms:
            return InStock(item), bool(NONE & forms)
        raise Asked("meaning", "a condition can be that something is in stock, or its price")

    def _named(self, said: Sequence[Token]) -> Item | None:
        """The item that a condition names by itself."""
        said, _ = _enough(said)
        at = 0
        rest: list[Token] = []
        while at < len(said):
            tags, length = phrase_at(said, at)
            limit = limit_at(said, at)
            if limit is not None:
                length = limit[1]
            elif not {"STOCK", "NO_STOCK", "COSTS"} & set(tags):
                rest += said[at : at + (length or 1)]
            at += length or 1
        wish = self._read([token for token in rest if token.form not in _NOTS])
        known = [word for word in wish.hard if self.lexicon.known(word.token.word)]
        return self._item(wish) if len(known) > len(wish.hard) / 2 else None

    # clauses

    def _clause(self, clause: Clause) -> list[AnyAct]:
        self.verbs.add(clause.verb)
        if clause.negated:
            self.negated.append(clause)
            return []
        if self._elsewhere(clause):
            self.aimless.append(clause)
            return []
        handler = getattr(self, f"_on_{(clause.verb or 'bare').lower()}")
        return [_spanned(act, clause) for act in handler(clause)]

    def _elsewhere(self, clause: Clause) -> bool:
        """Whether it is about nothing that is sold here: `turn off the lights`."""
        first = clause.said[0].form if clause.said else ""
        weak = first in _WEAK or (clause.verb in ("REMOVE", "SET", "SWAP") and not self.cart)
        wish = self._read([t for t in _ordinary(clause.about) if t.form not in _COUNTED])
        hard = wish.hard
        if any(self._held(replace(wish, words=(word,))) for word in hard):
            return False
        known = sum(self.lexicon.known(word.token.word) for word in hard)
        return weak and bool(hard) and known <= len(hard) / 2

    def _on_bare(self, clause: Clause) -> list[AnyAct]:
        """Names alone are a wish for them; other talk is one where it names a product."""
        instead = _split(clause.about, "THAN_NOT")
        if instead is not None:
            return self._on_add(clause)
        if self._meant_again(clause.about) and AGAIN & {t.form for t in clause.about}:
            carted = any("CART" in tags for tags in tags_of(clause.about))
            return self._again(Add if carted else BuyNow, clause.about)
        if any(token.form == "left" for token in clause.about):
            # `There's no milk left.`
            left = [token for token in clause.about if token.form not in ("no", "left", "theres")]
            clause = replace(clause, about=tuple(left))
        wishes = self._wishes(clause.about)
        if wishes and all(not each.hard and (each.more or self._other) for each in wishes):
            return self._added(wishes)
        hard = [word for wish in wishes for word in wish.hard]
        strange = sum(not self.lexicon.known(word.token.word) for word in hard)
        if self._ordered and hard and AGAIN & {token.form for token in clause.about}:
            carted = any("CART" in tags for tags in tags_of(clause.about))
            items = self._items_of([each for each in wishes if each.hard])
            return [Add(item=each) for each in items] if carted else [BuyNow(items=tuple(items))]
        fitting = all(self._score(wish) > 0 for wish in wishes)
        if hard and (not strange or (fitting and strange <= len(hard) / 4)):
            return self._added(wishes)
        if strange == len(hard) and 0 < strange <= 2 and wishes[0].quantity is not None:
            raise Refused("impossible", f"nothing that is sold here is {_said(wishes[0])}")
        sold = [wish for wish in wishes if self._sold(wish)]
        if len(sold) > 1:
            return self._added(sold)
        named = self._named_in(clause.about)
        if named is not None:
            return self._added([named])
        self.aimless.append(clause)
        return []

    def _sold(self, wish: Wish) -> bool:
        """Whether all of its words are of goods that can be had."""
        known = all(self.lexicon.known(word.token.word) for word in wish.hard)
        return bool(wish.hard) and known and self._score(wish) > 0 and self._many(wish) > 0

    def _named_in(self, about: Sequence[Token], kinds: bool = False) -> Wish | None:
        """The one product that the words of a talk name between them, if they do; with `kinds`,
        a kind of product too."""
        wish = self._read(about)
        words = [word for word in wish.hard if self.lexicon.known(word.token.word)]
        best = max((self._together(seed, words) for seed in words), key=self._told, default=[])
        whole = replace(wish, words=tuple(word for word in wish.words if word in best))
        found = meant(self.lexicon, whole)
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

    def _on_info(self, clause: Clause) -> list[AnyAct]:
        """Nothing is done, but what was spoken of may be meant by what follows."""
        self.aimless.append(clause)
        for wish in self._wishes(clause.about):
            self._last = wish if wish.words else self._last
            if wish.words and wish.pick != "only":
                with suppress(Asked, Refused):
                    self._item(wish)
        return []

    def _on_ignore(self, clause: Clause) -> list[AnyAct]:
        """`Never mind the kettle`: where it is in the cart, it goes."""
        wishes = [wish for wish in self._wishes(clause.about) if wish.hard]
        if all(self._held(wish) for wish in wishes):
            return self._on_remove(clause) if wishes else []
        self.negated.append(clause)
        return []

    def _on_add(self, clause: Clause) -> list[AnyAct]:
        instead = _split(clause.about, "THAN_NOT")
        if instead is not None:
            wanted, gone = instead
            return [self._swapped(self._line(self._read(gone)), self._read(wanted))]
        if self._meant_again(clause.about):
            return self._again(Add, clause.about)
        wishes = self._wishes(clause.about)
        if self._gone is not None and len(wishes) == 1:
            line, self._gone = self._gone, None
            return [self._swapped(line, wishes[0])]
        if not wishes:
            self._alternatives(clause.about)
            self.aimless.append(clause)
            return []
        return self._added(wishes)

    _on_want = _on_add
    _on_take = _on_add

    def _on_buy(self, clause: Clause) -> list[AnyAct]:
        tags = {tag for each in tags_of(clause.about) for tag in each}
        if self._meant_again(clause.about):
            return self._again(BuyNow, clause.about)
        wishes = self._wishes(clause.about)
        named = [wish for wish in wishes if wish.words or wish.pronoun == "one"]
        if not named:
            if any(isinstance(act, BuyNow) for act in self._so_far):
                return []
            mentioned = [act for act in self._so_far if isinstance(act, Add) and act in self._bare]
            if {"IT", "THEM"} & tags and mentioned:
                # `An Echo Plus. Buy it.` It was but named, and goes into no cart.
                self._dropped += mentioned
                return [BuyNow(items=tuple(act.item for act in mentioned))]
            spoken = self._items[-1:] if {"IT", "THEM"} & tags else []
            if spoken and not self._added_already(spoken[0]):
                return [BuyNow(items=tuple(spoken))]
            if {"IT", "THEM", "ALL", "CART"} & tags or any(isinstance(a, Add) for a in self._so_far):
                return self._on_checkout(clause)
            if not wishes and not clause.about:
                return self._on_checkout(clause)
            self.aimless.append(clause)
            return []
        items = self._items_of(named)
        return [BuyNow(items=tuple(items))]

    def _on_checkout(self, clause: Clause) -> list[AnyAct]:
        if self._meant_again(clause.about):
            return self._again(BuyNow, clause.about)
        wishes = self._wishes(clause.about)
        for wish in wishes:
            self.total = joined(joined(self.total, wish.total), wish.limits)
        beside = _BESIDE & {token.form for token in clause.about}
        added = self._added([wish for wish in wishes if self._sold(wish)]) if beside else []
        for row in self._cart_rows(self.cart) if not self.acts else ():
            if not self.lexicon.available[row]:
                raise Refused("impossible", f"{self.lexicon.good(row).title} is sold out", sure=True)
        adds = bool(added) or any(not isinstance(act, CancelOrder | BuyNow) for act in self.acts)
        if not self.cart and not adds and not self._items:
            raise Refused("impossible", "the cart is empty: there is nothing to check out")
        return [*added, CheckOut()]

    def _on_remove(self, clause: Clause) -> list[AnyAct]:
        tags = {tag for each in tags_of(clause.about) for tag in each}
        if "LAST_ORDER" in tags and "CART" not in tags and self.orders:
            return self._on_cancel(clause)
        wishes = self._wishes(clause.about)
        unwanted = [word for wish in wishes for word in wish.words]
        acts: list[AnyAct] = []
        if not wishes:
            if any("CART" in tags for tags in tags_of(clause.about)):
                return [EmptyCart()]
            raise Asked("line", "what is to be removed?", self._line_choices(self.cart))
        for wish in wishes:
            if wish.everything and not wish.words:
                return self._all_but(wish)
            if any("STAYS" in tags for tags in tags_of(wish.tokens)):
                continue
            if not unwanted and wish.pronoun == "" and not wish.words and wish.pick == "only":
                continue
            try:
                lines = self._lines_for(wish, clause)
            except Refused:
                if clause.said and clause.said[0].form in _DECLINING:
                    self.negated.append(clause)
                    continue
                # Talk beside what is removed: `scrap the Rolex, I can't afford it`.
                ordered = [order for order in self.orders if self._held(wish, order.lines)]
                if any(token.form in _BOUGHT for token in clause.about) and len(ordered) == 1:
                    return [CancelOrder(order_id=ordered[0].order_id)]
                if not acts or all(self.lexicon.known(word.token.word) for word in wish.hard):
                    raise
                self.unexplained += wish.tokens
                continue
            acts += [self._removed(line, wish) for line in lines]
        return acts

    def _all_but(self, wish: Wish) -> list[AnyAct]:
        """The whole cart, but for what is excepted."""
        if not wish.unwanted:
            return [EmptyCart()]
        kept: set[str] = set()
        for group in wish.unwanted:
            excepted = self._read([each for each in group if each.form not in ("the", "my")])
            kept |= {line.variant_id for line in self._lines_for(excepted)}
        return [Remove(variant_id=each.variant_id) for each in self.cart if each.variant_id not in kept]

    def _on_keep(self, clause: Clause) -> list[AnyAct]:
        wishes = self._wishes(clause.about)
        carted = any("CART" in tags for tags in tags_of(clause.about))
        carted = carted or any(isinstance(act, Remove) for act in self._so_far)
        if carted or all(wish.everything or not wish.hard for wish in wishes):
            return []
        kept = {
            line.variant_id for wish in wishes for line in self._lines_for(wish)
        }
        return [
            Remove(variant_id=each.variant_id) for each in self.cart if each.variant_id not in kept
        ]

    def _on_empty(self, clause: Clause) -> list[AnyAct]:
        wishes = self._wishes(clause.about)
        if any(wish.hard for wish in wishes):
            return self._on_remove(clause)
        unwanted = tuple(group for wish in wishes for group in wish.unwanted)
        return self._all_but(Wish(unwanted=unwanted))

    def _on_set(self, clause: Clause) -> list[AnyAct]:
        several = self._sets(clause)
        if several:
            return [act for each in several for act in self._on_set(each)]
        about = [token for token in clause.about if token.form not in ("up", "down")]
        parts = _split_at(about, _TO) or _split_at(about, frozenset(("for", "with", "into")))
        forms = {token.form for token in clause.said} | {token.form for token in clause.about}
        if parts is not None:
            counted = any(token.form in _COUNTED for token in parts[0])
            left = self._read([token for token in parts[0] if token.form not in (*_COUNTED, "for")])
            right = self._read(parts[1])
            number = self._count(right)
            optional = any(token.word in self.lexicon.axes for token in parts[0])
            if not right.words and number is not None and optional and not counted:
                return [self._swapped(self._line(left), _as_words(right))]
            if not right.words and number is not None:
                return [self._counted(left, number, parts[2], forms)]
            if not right.words and right.everything is False and right.quantity is None:
                return self._halved(left, forms)
            return [self._swapped(self._line(left), right)]
        wish = self._read(clause.about)
        number = self._count(wish)
        if wish.limits != Limits() or wish.total != Limits():
            self.total = joined(joined(self.total, wish.limits), wish.total)
            return []
        if wish.more or {"less", "fewer"} & forms:
            return [self._counted(replace(wish, more=False), number or 1, "by", forms)]
        if number is None or wish.quantity is None:
            if wish.words and self.cart:
                # `make it the red one`
                line = self._line(Wish(pronoun="it"))
                return [self._swapped(line, wish)]
            raise Asked("quantity", "how many are wanted?")
        if wish.words and not self._held(wish):
            if self._lines or self._items:
                return [self._swapped(self._line(Wish(pronoun="it")), wish)]
            return self._added([wish])
        return [self._counted(replace(wish, quantity=None), number, "to", forms)]

    def _sets(self, clause: Clause) -> list[Clause]:
        """`the olive ones to 3 and the stone ones to 1`: one for each; none where it is one."""
        parts: list[list[Token]] = [[]]
        for token in clause.about:
            if token.form in ("and", ","):
                parts.append([])
            else:
                parts[-1].append(token)
        if len(parts) < 2 or any(_split_at(part, _TO) is None for part in parts):
            return []
        return [replace(clause, about=tuple(part)) for part in parts]

    def _on_only(self, clause: Clause) -> list[AnyAct]:
        """So many of what is in the cart already, and no more; else a wish."""
        apart = _split(clause.about, "THAN_NOT")
        about = clause.about if apart is None else apart[0]
        wishes = self._wishes(about)
        acts: list[AnyAct] = []
        for wish in wishes:
            number = self._count(wish)
            if number is None or (wish.words and not self._held(wish)) or not (wish.words or self.cart):
                acts += self._added([wish]) if wish.words else []
            else:
                acts.append(self._set(self._line(replace(wish, quantity=None)), number))
        return acts

    def _on_prefer(self, clause: Clause) -> list[AnyAct]:
        """`I'd rather have the shirt in XL`, `I'd prefer this over that`."""
        parts = _split(clause.about, "THAN_NOT") or _split_at(
            clause.about, frozenset(("over", "to"))
        )
        if parts is not None:
            return [self._swapped(self._line(self._read(parts[1])), self._read(parts[0]))]
        wish = self._read(clause.about)
        if wish.pronoun or len(self.cart) == 1:
            return [self._swapped(self._line(Wish(pronoun="it")), replace(wish, pronoun=""))]
        found = [line for line in self.cart if self._sibling(line, wish, line.quantity)]
        if len(found) == 1:
            return [self._swapped(found[0], wish)]
        return self._on_add(clause)

    def _on_double(self, clause: Clause) -> list[AnyAct]:
        return self._times(clause, 2)

    def _on_triple(self, clause: Clause) -> list[AnyAct]:
        return self._times(clause, 3)

    def _on_halve(self, clause: Clause) -> list[AnyAct]:
        return self._times(clause, 0.5)

    def _times(self, clause: Clause, factor: float) -> list[AnyAct]:
        wish = self._read(
            [t for t in clause.about if t.form not in ("quantity", "number", "amount")]
        )
        line = self._line(wish)
        return [self._set(line, line.quantity * factor)]

    def _on_swap(self, clause: Clause) -> list[AnyAct]:
        parts = _split_at(clause.about, frozenset(("for", "with", "to", "by")))
        if parts is None:
            raise Asked("meaning", "what is to come in its place?")
        left, right = self._read(parts[0]), self._read(parts[1])
        line = self._line(left)
        self._last = left
        return [self._swapped(line, right if right.words else _as_words(right))]

    def _on_cancel(self, clause: Clause) -> list[AnyAct]:
        about = (*self._spoken, *clause.about)
        self._spoken = ()
        tags = {tag for each in tags_of(about) for tag in each}
        forms = {token.form for token in about}
        if "OLDER_ORDER" in tags:
            return [CancelOrder(order_id=self._which_order(about).order_id)]
        wishes = [wish for wish in self._wishes(_without(about, *_ORDERS, *_CANCELLED)) if wish.hard]
        if wishes:
            return self._cancelled(wishes[0], clause)
        if {"orders", "purchases"} & forms or ({"ALL", "THEM"} & tags and not self.cart):
            return [CancelOrder(order_id=each.order_id) for each in self.orders or [self._order(0)]]
        if set(_ORDERS) & forms or "LAST_ORDER" in tags:
            if len(self.orders) > 1 and not forms & _LAST:
                choices = [Choice(words=order.order_id) for order in self.orders]
                raise Asked("order", "which order is to be cancelled?", choices)
            return [CancelOrder(order_id=self._order(0).order_id)]
        if any(isinstance(act, CancelOrder) for act in self.acts):
            return []
        if "IT" in tags and self.orders and not self.cart:
            return [CancelOrder(order_id=self._order(0).order_id)]
        if {"CART", "ALL"} & tags:
            return [EmptyCart()]
        self.aimless.append(clause)
        return []

    def _on_reorder(self, clause: Clause) -> list[AnyAct]:
        wishes = [wish for wish in self._wishes(_ordinary(clause.about)) if wish.words]
        buys = not any("CART" in tags for tags in tags_of(clause.about)) or any(token.form in ("reorder", "order", "buy") for token in clause.said)
        if wishes:
            return [BuyNow(items=tuple(self._items_of(wishes)))] if buys else self._added(wishes)
        return self._again(BuyNow if buys else Add, clause.about)

    # parts of them

    def _wishes(self, about: Sequence[Token]) -> list[Wish]:
        self._ordered = _named_orders(about)
        about = _ordinary(about)
        wishes = wishes_of(about, self._read, self._score, self._many, self.known, self._attribute)
        for wish in wishes:
            self.total = joined(self.total, wish.total)
        if not wishes and about:
            wish = self._read(about)
            self.total = joined(self.total, wish.total)
        return wishes

    def _read(self, tokens: Sequence[Token]) -> Wish:
        return read_wish(tokens, self.lexicon.pairs, self.known, self._axis_words)

    def _score(self, wish: Wish) -> float:
        unwanted = (token.word for group in wish.unwanted for token in group)
        denied = sum(self.lexicon.weights.get(word, 0.0) for word in unwanted)
        if not wish.words:
            return denied
        found = meant(self.lexicon, wish)
        return denied - found.score if found.why == "conflict" else denied + found.score

    def _attribute(self, wish: Wish) -> bool:
        """Whether it names values of options alone, and nothing that has them."""
        return (
            bool(wish.hard)
            and wish.quantity is None
            and all(
                word.token.word in self.lexicon.options and word.token.word not in self.lexicon.heads
                for word in wish.hard
            )
        )

    def _many(self, wish: Wish) -> int:
        return len(meant(self.lexicon, wish).rows)

    def _count(self, wish: Wish) -> int | None:
        if wish.quantity == VAGUE:
            raise Asked("quantity", "how many are wanted?")
        if wish.quantity is None:
            return None
        if wish.quantity != int(wish.quantity) or not 0 <= wish.quantity <= MOST_UNITS:
            raise Refused("impossible", f"{wish.quantity:g} of something cannot be had")
        return int(wish.quantity)

    def _meant_again(self, about: Sequence[Token]) -> bool:
        """Whether it is of an order, and nothing else is named."""
        tags = {tag for each in tags_of(about) for tag in each}
        return bool({"REORDER", "LAST_ORDER", "OLDER_ORDER"} & tags) and not any(
            self.lexicon.known(word.token.word)
            for wish in wishes_of(_ordinary(about), self._read, self._score, self._many, self.known, self._attribute)
            for word in wish.hard
        )

    def _again(self, kind: type[Add] | type[BuyNow], about: Sequence[Token]) -> list[AnyAct]:
        order = self._which_order(about)
        kept = self._excepted(about, order.lines)
        items = [self._of_line(line) for line in kept]
        self._items += items
        if kind is BuyNow:
            return [BuyNow(items=tuple(items))]
        return [Add(item=item) for item in items]

    def _excepted(
        self, about: Sequence[Token], lines: Sequence[CartLine]
    ) -> Sequence[CartLine]:
        """Without what the sentence leaves out: `the same again, but no milk`."""
        gone: set[int] = set()
        for group in self._read(_ordinary(about)).unwanted:
            words = tuple(Word(token) for token in group if self.lexicon.known(token.word))
            if words:
                gone |= set(narrowed(self.lexicon, Wish(words=words), self._cart_rows(lines)))
        kept = [line for line in lines if self.lexicon.row_of.get(line.variant_id) not in gone]
        return kept or lines

    def _which_order(self, about: Sequence[Token]) -> Ordered:
        tags = {tag for each in tags_of(about) for tag in each}
        if "OLDER_ORDER" not in tags:
            return self._order(0)
        forms = {token.form for token in about}
        return self._order(len(self.orders) - 1 if {"first", "oldest"} & forms else 1)

    def _order(self, at: int) -> Ordered:
        if not self.orders:
            raise Refused("impossible", "there is no order of yours")
        if at >= len(self.orders):
            raise Refused("impossible", "there is no such order of yours")
        return self.orders[at]

    def _cancelled(self, wish: Wish, clause: Clause) -> list[AnyAct]:
        """The order that holds what is named; of a thing in the cart, its line."""
        found = [order for order in self.orders if self._held(wish, order.lines)]
        said = any(token.form in _BOUGHT for token in clause.about)
        if not said and self._held(wish):
            return [self._removed(line, wish) for line in self._lines_for(wish)]
        if len(found) == 1:
            return [CancelOrder(order_id=found[0].order_id)]
        if found:
            choices = [Choice(words=order.order_id) for order in found]
            raise Asked("order", "which order is to be cancelled?", choices)
        raise Refused("impossible", "no order of yours holds that")

    def _alternatives(self, about: Sequence[Token]) -> None:
        if not about:
            raise Asked("meaning", "what is wanted?")

    def _added(self, wishes: Sequence[Wish]) -> list[AnyAct]:
        acts: list[AnyAct] = []
        for wish in wishes:
            tags = {tag for each in tags_of(wish.tokens) for tag in each}
            number = None if wish.quantity == VAGUE else wish.quantity
            held = bool(wish.words) and self._held(wish)
            if held and number is not None and (number == 0 or "TOTAL" in tags or _denied(wish)):
                acts.append(self._set(self._line(replace(wish, quantity=None)), number))
                continue
            try:
                for item in self._some_items(wish):
                    if not self._said_before(item, wish, acts):
                        acts.append(Add(item=item))
            except _Instead as instead:
                line = self._line(Wish(pronoun="it"))
                acts.append(self._swapped(line, replace(instead.wish, pronoun="")))
        return acts

    def _said_before(self, item: Item, wish: Wish, acts: Sequence[AnyAct]) -> bool:
        """Whether it is what was wished for already, in other words."""
        same = [
            act
            for act in (*self._so_far, *acts)
            if isinstance(act, Add) and act.item.variants[0].variant_id == item.variants[0].variant_id
        ]
        counted = wish.quantity is not None and not _article(wish)
        return bool(same) and not wish.more and not counted

    def _items_of(self, wishes: Sequence[Wish]) -> list[Item]:
        return [item for wish in wishes for item in self._some_items(wish)]

    def _some_items(self, wish: Wish) -> list[Item]:
        if wish.words and wish.pronoun in ("it", "them") and (self._lines or self.cart):
            raise _Instead(wish)
        if wish.words and self._ordered:
            lines = self._which_order(self._ordered).lines
            rows = narrowed(self.lexicon, wish, self._cart_rows(lines))
            by_row = {self.lexicon.row_of.get(line.variant_id): line for line in lines}
            found = [self._of_line(by_row[row], self._count(wish)) for row in rows]
            self._items += found
            if found:
                return found
        if wish.words:
            return [self._item(wish)]
        if self._other and wish.quantity is not None and self._last is not None:
            return [self._item(replace(self._last, quantity=wish.quantity))]
        if wish.pronoun == "them" and len(self._items) > 1:
            return self._items[-2:]
        if wish.pronoun or wish.more:
            line = self._lines[-1] if self._lines else None
            if line is None and self._items:
                item = self._items[-1]
                if self._added_already(item) and not wish.more:
                    return []
                return [replace_item(item, self._count(wish) or item.quantity)]
            line = line or self._line(Wish(pronoun="it"))
            return [self._of_line(line, self._count(wish) or 1)]
        raise Asked("meaning", "what is wanted?")

    def _added_already(self, item: Item) -> bool:
        return any(isinstance(act, Add) and act.item is item for act in self._so_far)

    def _item(self, wish: Wish) -> Item:
        """Raises Asked, Refused."""
        if wish.pronoun == "one" or self._other:
            wish = self._completed(wish)
        self._last = wish
        quantity = self._count(wish)
        if quantity == 0:
            raise Refused("impossible", "none of something cannot be bought")
        units = 1 if quantity is None else quantity
        found = meant(self.lexicon, wish, units)
        if wish.paired and found.rows and not self._comes_in_pairs(found.rows):
            units *= 2
            found = meant(self.lexicon, wish, units)
        self.unexplained += found.unexplained
        self.unexplained += (w.token for w in wish.words if w.soft and not self.lexicon.known(w.token.word))
        rows = found.rows
        held = narrowed(self.lexicon, wish, self._cart_rows()) if wish.more else ()
        if len(held) == 1 and (not rows or not found.picked):
            rows = held
        elif not rows and found.why == "sold_out" and self._lenient:
            rows = found.fits
        if not rows:
            says = found.says or f"nothing that is sold here is {_said(wish)}"
            raise Refused("impossible", says, sure=not found.unexplained and found.why != "unknown")
        if len(rows) > 1 and not found.picked and rows != held:
            if any(not word.after and not self.lexicon.known(word.token.word) for word in wish.hard):
                raise Refused("impossible", f"nothing that is sold here is {_said(wish)}")
            rows = self._one_of(wish, rows)
        item = Item(
            words=_said(wish),
            quantity=units,
            variants=tuple(self._variant(row) for row in rows[:MOST_VARIANTS]),
            pick=wish.pick,
            wanted={"words": [word.token.word for word in wish.words]},
            unwanted={"words": [token.word for group in wish.unwanted for token in group]},
            most_minor=wish.limits.most_minor,
            least_minor=wish.limits.least_minor,
            spans=spans_of(wish.tokens),
        )
        self._items.append(item)
        return item

    def _completed(self, wish: Wish) -> Wish:
        """`the blue one`: of what was named last, but blue."""
        last = self._last
        options = all(word.token.word in self.lexicon.options for word in wish.hard)
        if last is None or not (wish.pronoun == "one" or self._other):
            return wish
        if self._many(wish) == 1 and not (options and self._other):
            return wish
        fits = np.ones(self.lexicon.rows, bool)
        for word in wish.hard:
            fits &= self.lexicon.having(word.token.word)
        kept: list[Word] = []
        for word in reversed(last.words):
            narrower = fits & self.lexicon.having(word.token.word)
            if narrower.any():
                fits = narrower
                kept.insert(0, word)
        quantity = last.quantity if wish.quantity is None else wish.quantity
        return replace(wish, words=(*kept, *wish.words), pronoun="", quantity=quantity)

    def _one_of(self, wish: Wish, rows: tuple[int, ...]) -> tuple[int, ...]:
        """The only one that it can be, or a question."""
        goods = {self.lexicon.row_good[row] for row in rows}
        if wish.definite:
            held = set(self._cart_rows()) & set(rows)
            if len(held) == 1 and len(goods) > 1:
                return tuple(held)
        about = "variant" if len(goods) == 1 else "product"
        shown = list(dict.fromkeys(self.lexicon.row_good[row] for row in rows))[:MOST_CHOICES]
        if about == "variant":
            choices = [self._choice(row) for row in rows[:MOST_CHOICES]]
        else:
            firsts = {
                good: next(r for r in rows if self.lexicon.row_good[r] == good) for good in shown
            }
            choices = [self._choice(row, whole=False) for row in firsts.values()]
        raise Asked(about, f"which {_said(wish)} is meant?", choices)

    def _comes_in_pairs(self, rows: Sequence[int]) -> bool:
        """Whether one of it is called by a plural: trousers, boots."""
        titles = [self.lexicon.good(row).title.casefold() for row in rows[:20]]
        return sum(title.endswith("s") for title in titles) * 2 > len(titles)

    # the cart

    def _cart_rows(self, lines: Sequence[CartLine] | None = None) -> tuple[int, ...]:
        lines = self._virtual() if lines is None else lines
        rows = (self.lexicon.row_of.get(line.variant_id) for line in lines)
        return tuple(row for row in rows if row is not None)

    def _virtual(self) -> list[CartLine]:
        """The cart's lines, and those that this text has added."""
        added = [
            CartLine(
                product_id=item.variants[0].product_id,
                variant_id=item.variants[0].variant_id,
                quantity=item.quantity,
            )
            for item in (act.item for act in self._so_far if isinstance(act, Add | Swap))
        ]
        known = {line.variant_id for line in self.cart}
        return [*self.cart, *(line for line in added if line.variant_id not in known)]

    def _held(self, wish: Wish, lines: Sequence[CartLine] | None = None) -> bool:
        return bool(narrowed(self.lexicon, wish, self._cart_rows(lines)))

    def _line(self, wish: Wish) -> CartLine:
        """The one line that is meant. Raises Asked, Refused."""
        lines = self._lines_for(wish)
        if len(lines) > 1:
            raise Asked(
                "line", f"which {_said(wish) or 'line'} is meant?", self._line_choices(lines)
            )
        return lines[0]

    def _lines_for(self, wish: Wish, clause: Clause | None = None) -> list[CartLine]:
        lines = self._virtual()
        by_row = {self.lexicon.row_of.get(line.variant_id): line for line in lines}
        if not wish.words:
            found = self._referred(wish, lines)
        else:
            rows = narrowed(self.lexicon, wish, self._cart_rows())
            found = [by_row[row] for row in rows]
        if wish.pick in ("cheapest", "dearest") and len(found) > 1:
            found = [self._by_price(found, wish.pick == "dearest")]
        if not found:
            raise Refused("impossible", f"there is no {_said(wish) or 'such thing'} in the cart")
        if len(found) > 1 and wish.pronoun != "them" and not wish.everything:
            plural = (
                any(token.form != token.word for token in wish.tokens) and wish.quantity is None
            )
            whole = clause is not None and plural and wish.words
            if not whole:
                raise Asked(
                    "line", f"which {_said(wish) or 'line'} is meant?", self._line_choices(found)
                )
        self._lines += found
        return found

    def _by_price(self, lines: Sequence[CartLine], dearest: bool) -> CartLine:
        def price(line: CartLine) -> int:
            return int(self.lexicon.price_minor[self.lexicon.row_of[line.variant_id]])

        known = [line for line in lines if line.variant_id in self.lexicon.row_of]
        return (max if dearest else min)(known or lines, key=price)

    def _referred(self, wish: Wish, lines: Sequence[CartLine]) -> list[CartLine]:
        """`it`, `them`, and nothing at all."""
        if self._lines:
            return self._lines[-1:] if wish.pronoun != "them" else self._lines
        ids = [item.variants[0].variant_id for item in self._items]
        mentioned = [line for line in lines if line.variant_id in ids]
        if mentioned:
            return mentioned if wish.pronoun == "them" else mentioned[-1:]
        return list(lines)

    def _removed(self, line: CartLine, wish: Wish) -> AnyAct:
        forms = [token.form for token in wish.tokens]
        if "half" in forms:
            return self._set(line, line.quantity / 2)
        if {"all", "both"} & set(forms) and not wish.more:
            return Remove(variant_id=line.variant_id)
        count = self._count(wish)
        article = wish.quantity == 1 and forms[:1] in (["a"], ["an"])
        if count is None or count >= line.quantity or (article and line.quantity == 1):
            return Remove(variant_id=line.variant_id)
        return Remove(variant_id=line.variant_id, quantity=count)

    def _counted(self, wish: Wish, number: int, by: str, forms: set[str]) -> AnyAct:
        line = self._line(wish)
        if by == "by":
            fewer = forms & _FEWER
            number = line.quantity - number if fewer else line.quantity + number
        return self._set(line, number)

    def _halved(self, wish: Wish, forms: set[str]) -> list[AnyAct]:
        if "half" in forms:
            line = self._line(wish)
            return [self._set(line, line.quantity / 2)]
        raise Asked("quantity", "how many are wanted?")

    def _set(self, line: CartLine, quantity: float) -> AnyAct:
        if quantity <= 0:
            return Remove(variant_id=line.variant_id)
        if quantity > MOST_UNITS:
            raise Refused("impossible", f"a cart holds {MOST_UNITS} of a thing at most")
        whole = math.floor(quantity) if quantity == math.floor(quantity) else math.ceil(quantity)
        row = self.lexicon.row_of.get(line.variant_id)
        if row is not None and whole > line.quantity and self.lexicon.available[row] < whole:
            raise Refused("impossible", f"there are not {whole} of it")
        return SetQuantity(variant_id=line.variant_id, quantity=whole)

    def _swapped(self, line: CartLine, wish: Wish) -> AnyAct:
        """Something else in a line's place: another product, or the same in another colour."""
        count = self._count(wish)
        quantity = line.quantity if count is None or (count == 1 and _article(wish)) else count
        item = self._sibling(line, wish, quantity)
        if item is None:
            item = replace_item(self._item(replace(wish, quantity=quantity)), quantity)
        self._items.append(item)
        return Swap(variant_id=line.variant_id, item=item)

    def _sibling(self, line: CartLine, wish: Wish, quantity: int) -> Item | None:
        """Another variant of the line's product, where the words say no more than that."""
        row = self.lexicon.row_of.get(line.variant_id)
        if row is None or not wish.words:
            return None
        first, end = self.lexicon.rows_of[line.product_id]
        others = [each for each in range(first, end) if each != row]
        rows = narrowed(self.lexicon, wish, others)
        if not rows or not self._options_only(wish, first):
            return None
        mine = dict(self.lexicon.variant(row).options)

        def alike(each: int) -> int:
            return sum(
                mine.get(name) == value for name, value in self.lexicon.variant(each).options
            )

        most = max(alike(each) for each in rows)
        rows = tuple(each for each in rows if alike(each) == most)
        stocked = tuple(each for each in rows if self.lexicon.available[each] >= quantity)
        if not stocked and not self._lenient:
            raise Refused("impossible", f"{_said(wish)} is sold out", sure=True)
        if len(stocked) > 1:
            self._one_of(wish, stocked)
        return Item(
            words=_said(wish),
            quantity=quantity,
            variants=tuple(self._variant(each) for each in stocked or rows),
            spans=spans_of(wish.tokens),
        )

    def _options_only(self, wish: Wish, row: int) -> bool:
        """Whether all words are options, or words that the product has as well."""
        for word in wish.hard:
            mine = self.lexicon.having(word.token.word)[row]
            if not mine and word.token.word not in self.lexicon.options:
                return False
        return True

    # telling

    def _variant(self, row: int) -> Variant:
        good, variant = self.lexicon.good(row), self.lexicon.variant(row)
        return Variant(
            product_id=good.id,
            variant_id=variant.id,
            title=_titled(good.title, variant.options),
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


_FEWER = frozenset(["reduce", "lower", "decrease", "less", "fewer", "cut", "down", "dial", "bring"])


_ORDERS = ("order", "orders", "purchase", "purchases")
_CANCELLED = ("cancelled", "canceled")
_BOUGHT = (*_ORDERS, "ordered", "bought", "purchased")
_LAST = frozenset("last latest recent newest just previous".split())
_TELLING = frozenset(
    "ADD BUY WANT TAKE ONLY PREFER REMOVE KEEP SET DOUBLE TRIPLE HALVE SWAP CHECKOUT CANCEL EMPTY"
    " REORDER IGNORE INSTEAD".split()
)
_DECLINING = frozenset("i we dont dont do no".split())
"""What is not wanted may be there or not: `I dont want the saxophones`."""
_WEAK = frozenset("send set turn find list fill load fetch bring sort change update make book".split())
"""Verbs that are no shopping where what they are about is nothing that is sold."""
_BESIDE = frozenset("plus including with and also add adding incl".split())
_LACKING = frozenset("no not zero without none single nor still".split())
_COUNTED = ("quantity", "number", "amount", "count")


def _as_words(wish: Wish) -> Wish:
    """`switch the 24 cm pan to 28`: the number is no quantity."""
    words = tuple(Word(token) for token in wish.tokens if token.number is not None)
    return replace(wish, words=words, quantity=None) if words else wish


def _denied(wish: Wish) -> bool:
    """`six, not three`."""
    return any(len(group) == 1 and number_at(group, 0) for group in wish.unwanted)


def _named_orders(about: Sequence[Token]) -> tuple[Token, ...]:
    """The words that refer to an order."""
    rest = {token.start for token in _ordinary(about)}
    return tuple(token for token in about if token.start not in rest)


def _enough(said: Sequence[Token]) -> tuple[Sequence[Token], int | None]:
    """`at least ten left` in a condition: the rest, and how many are to be left."""
    for at, token in enumerate(said[:-1]):
        tags, length = phrase_at(said, at)
        number = number_at(said, at + length) if "AT_LEAST" in tags and at + length < len(said) else None
        if number is not None and number[0] >= 1:
            end = at + length + number[1]
            if end < len(said) and said[end].form in ("left", "in", "available", "of", "remaining"):
                return (*said[:at], *said[end + 1 :]), int(number[0])
        if token.form == "left":
            return (*said[:at], *said[at + 1 :]), 1
    return said, None


def _same(act: AnyAct, before: Sequence[AnyAct]) -> bool:
    """Whether it was said already, and nothing since."""
    if isinstance(act, BuyNow):
        return any(isinstance(b, BuyNow) and b.items == act.items for b in before)
    if isinstance(act, CancelOrder):
        return any(isinstance(b, CancelOrder) and b.order_id == act.order_id for b in before)
    return bool(before) and isinstance(before[-1], CheckOut)


def _article(wish: Wish) -> bool:
    return bool(wish.tokens) and wish.tokens[0].form in ("a", "an", "the", "one")


def replace_item(item: Item, quantity: int) -> Item:
    return msgspec.structs.replace(item, quantity=quantity)


def _spanned(act: AnyAct, clause: Clause) -> AnyAct:
    return msgspec.structs.replace(act, spans=spans_of(clause.tokens))


def spans_of(tokens: Sequence[Token]) -> tuple[Span, ...]:
    """Where they stand; neighbours are one span."""
    spans: list[Span] = []
    for token in sorted(tokens, key=lambda each: each.start):
        if spans and token.start - spans[-1].end <= 1:
            spans[-1] = Span(spans[-1].start, max(token.end, spans[-1].end))
        else:
            spans.append(Span(token.start, token.end))
    return tuple(spans)


def _said(wish: Wish) -> str:
    return " ".join(word.token.form for word in wish.words)


def _titled(title: str, options: Sequence[tuple[str, str]]) -> str:
    values = ", ".join(value for _, value in options)
    return f"{title} ({values})" if values else title


def _ordinary(tokens: Sequence[Token]) -> list[Token]:
    """Without what refers to orders."""
    rest: list[Token] = []
    at = 0
    while at < len(tokens):
        tags, length = phrase_at(tokens, at)
        if not {"REORDER", "LAST_ORDER", "OLDER_ORDER"} & set(tags):
            rest += tokens[at : at + (length or 1)]
        at += length or 1
    return rest


def _without(tokens: Sequence[Token], *forms: str) -> list[Token]:
    return [token for token in _ordinary(tokens) if token.form not in forms]


def _split(tokens: Sequence[Token], tag: str) -> tuple[Sequence[Token], Sequence[Token]] | None:
    for at in range(1, len(tokens) - 1):
        tags, length = phrase_at(tokens, at)
        if tag in tags and at + length < len(tokens):
            return tokens[:at], tokens[at + length :]
    return None


def _split_at(
    tokens: Sequence[Token], forms: frozenset[str]
) -> tuple[Sequence[Token], Sequence[Token], str] | None:
    """At the first of these words that stands in no phrase of the cart's."""
    at = 0
    while at < len(tokens):
        tags, length = phrase_at(tokens, at)
        if tokens[at].form in forms and "CART" not in tags and at + 1 < len(tokens):
            return tokens[:at], tokens[at + 1 :], tokens[at].form
        at += length if "CART" in tags else 1
    return None
