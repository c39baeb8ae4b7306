"""What is said of the cart where no verb says what to do: `plates: 6`, `candles up by two`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from shop_intents import Add, CartLine, Item
from shop_intents.intents import AnyAct

from intent_parser.clauses import Clause
from intent_parser.counting import wanted
from intent_parser.cues import CHEAPEST, DEAREST
from intent_parser.limits import Limits
from intent_parser.money import money_at
from intent_parser.naming import Naming
from intent_parser.phrases import NUMBERS, number_at, phrase_at
from intent_parser.phrasing import joined_by_and, split_at, split_by
from intent_parser.reading import Token
from intent_parser.sizing import Sizing
from intent_parser.telling import counted_out
from intent_parser.turning import tags_of, without_phrase
from intent_parser.wishes import Wish

_RATHER = frozenset(["than", "rather", "not", "instead"])
_OVER = frozenset(["over", "for"])
"""`rice for the potatoes`, `the snare over the djembe`, where the latter is in the cart."""


_FINE = frozenset(["is", "will", "would", "be", "please", "me"])
_ENOUGH = frozenset(["enough", "plenty", "do", "suffice", "suffices"])
_CHOSEN = frozenset(["chose", "picked", "took", "selected", "got", "chosen", "taken"])
_OF_NUMBERS = frozenset(
    [
        "say",
        "after",
        "all",
        "down",
        "up",
        "quantity",
        "qty",
        "fine",
        "plenty",
        "suffices",
        "rather",
        "better",
        "perfect",
        "great",
        "ideal",
        "correct",
        "too",
        "enough",
        "right",
        "many",
    ]
)
"""Words beside a number that name nothing."""
_AMONG = frozenset(
    ["of", "whichever", "either", "costs", "is", "one", "depending", "on", "what", "whats"]
)
"""Beside what two things are compared by."""


class Mentions(Sizing):
    """What is but mentioned, and what it comes to."""

    def _becomes(self, about: Sequence[Token]) -> list[AnyAct]:
        """`the red lamp should be the black one`, `the plates were meant to be six`, `plates: 6`"""
        parts = (
            split_by(about, "BECOMES") or split_at(about, frozenset((":",))) or _turned_round(about)
        )
        parts = parts or self._counted_to(about)
        if parts is None or {"up", "down"} & {token.form for token in parts[0]}:
            moved = self._up_or_down(about)
            return [] if moved is None else [moved]
        wish, right = self._read(parts[0]), self._read(parts[1])
        if not wish.hard or not self._held(wish):
            return []
        end = next((at for at, t in enumerate(parts[1]) if t.form in _RATHER), len(parts[1]))
        right = self._read(parts[1][:end])
        number = self._count(right)
        same = right.hard and number is not None and self._held(replace(right, quantity=None))
        if right.hard and not same:
            known = all(self.lexicon.known(word.token.word) for word in right.hard)
            named = bool(_turned_round(about)) or any("BECOMES" in tags for tags in tags_of(about))
            other = replace(right, pronoun="", quantity=None)
            return self._exchanged(wish, other) if known and named else []
        return (
            [] if number is None else [self._set(self._line(replace(wish, quantity=None)), number)]
        )

    def _turned_into(self, about: Sequence[Token]) -> AnyAct | None:
        """`the soundbar, but blue instead`, `shampoo in 200 ml, not 50`: the one line whose product
        is named, in another of its variants, where its own is denied."""
        wish = self._read([t for t in about if t.form not in ("but", ",", "instead")])
        denied = {token.word for group in wish.unwanted for token in group}
        rather = "instead" in {token.form for token in about}
        found: list[CartLine] = []
        for line in self.cart:
            row = self.lexicon.row_of.get(line.variant_id)
            if row is None or not (rather or any(self.lexicon.has(row, word) for word in denied)):
                continue
            new = [w for w in wish.hard if not self.lexicon.having(w.token.word)[row]]
            if new and self._sibling(line, wish, line.quantity) is not None:
                found.append(line)
        return self._swapped(found[0], replace(wish, quantity=None)) if len(found) == 1 else None

    def _enough_alone(self, about: Sequence[Token]) -> list[AnyAct]:
        """`the blue one is enough`: of several that are there, that."""
        end = next((at for at in range(1, len(about)) if _suffices(about[at:])), 0)
        wish = self._read(about[:end])
        plain = wish.definite and bool(wish.hard) and wish.quantity is None and not self._lenient
        return (
            self._alone(wish) if end and plain and self._held(wish) and len(self.cart) > 1 else []
        )

    def _chose(self, clause: Clause) -> bool:
        """`I picked the kettle, but …`: what is there already is no wish."""
        forms = [token.form for token in clause.about[:3]]
        named = Naming(self.lexicon).best(clause.about, self.cart)
        told = forms[:1] in (["i"], ["we"]) and bool(_CHOSEN & set(forms)) and len(named) == 1
        if told:
            self._lines.append(named[0].line)
        return told

    def _counted_to(self, about: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]] | None:
        """`lemons to two`"""
        parts = split_at(about, frozenset(("to",)))
        number = number_at(parts[1], 0) if parts is not None else None
        alone = parts is not None and number is not None and number[1] == len(parts[1])
        wish = self._read(parts[0]) if parts is not None else Wish()
        plain = all(self.lexicon.known(word.token.word) for word in wish.hard)
        return parts[:2] if parts and alone and plain and not wish.quantity else None

    def _number_alone(self, about: Sequence[Token]) -> AnyAct | None:
        """`actually four`, `two is enough`: of the one thing that is in the cart."""
        strange = {word.token.form for word in self._read(about).hard} - _OF_NUMBERS
        forms = {token.form for token in about}
        if "once" in forms and {"enough", "plenty", "sufficient"} & forms and len(self.cart) == 1:
            return self._set(self.cart[0], 1)  # `it's in there twice, once is plenty`
        if (
            strange
            or self._purse(about) is not None
            or len(self._left()) != 1
            or self._items
            or self._other
            or self._lenient
        ):
            return None
        [line] = self._left()
        number = wanted(about, frozenset(), line.quantity)
        plain = any(token.number is not None or token.form in NUMBERS for token in about)
        return self._set(line, number) if plain and number is not None else None

    def _purse(self, about: Sequence[Token]) -> Limits | None:
        """`only 20 euros left on my card`: what there is to spend, where nothing else is named."""
        amounts = [each[0] for at in range(len(about)) if (each := money_at(about, at)) is not None]
        named = [each for each in amounts if each.currency is not None]
        heads = [word for word in self._read(about).hard if not word.after]
        if len(named) != 1 or self._lenient:
            return None
        if any(self.lexicon.known(word.token.word) for word in heads):
            return None
        return Limits(most_minor=named[0].minor, currency=named[0].currency or None)

    def _at_most(self, about: Sequence[Token]) -> AnyAct | None:
        """`no more than two bottles`, where more are in the cart."""
        at, length = _most_at(about)
        wish = self._read(about[at + length :]) if length else Wish()
        number = self._count(wish) if at or (about and about[0].form != "i") else None
        pointed = bool({"it", "them", "those", "these"} & {token.form for token in about[at:]})
        named = self._held(wish) if wish.hard else pointed and bool(self.cart)
        if number is None or not named or (at and self._read(about[:at]).limits != Limits()):
            return None
        line = self._line(replace(wish, quantity=None))
        return self._set(line, min(number, line.quantity))

    def _up_or_down(self, about: Sequence[Token]) -> AnyAct | None:
        """`candles up by three`, `lemons down to two`"""
        forms = {token.form for token in about}
        named = Naming(self.lexicon).best(about, self.cart)
        if not {"up", "down"} & forms or not {"by", "to"} & forms or len(named) != 1:
            return None
        number = wanted(about, named[0].words, named[0].line.quantity)
        return None if number is None else self._set(named[0].line, number)

    def _renumbered(self, about: Sequence[Token]) -> AnyAct | None:
        """`I have four lemons in there, should be three`: so many are there, so many are meant."""
        named = Naming(self.lexicon).best(about, self.cart)
        if len(named) != 1:
            return None
        line, words = named[0].line, named[0].words
        others = [
            word.token.word
            for word in self._read(about).hard
            if word.token.word not in words and word.token.word in self.lexicon.heads
        ]
        counts = _counts(about)
        if others or line.quantity == 1 or line.quantity not in counts[:-1] or len(counts) > 3:
            return None
        if len(set(counts)) != 2 or counts[-1] == line.quantity:
            return None
        number = wanted(about, words, line.quantity)
        return None if number is None else self._set(line, number)

    def _so_many_of(self, wish: Wish) -> AnyAct | None:
        """`I need twenty of the lemons`: in all, where they are in the cart."""
        forms = [token.form for token in wish.tokens]
        pairs = (["of", "the"], ["of", "my"], ["of", "those"])
        if not counted_out(wish) or not any(pair in pairs for pair in map(list, pairwise(forms))):
            return None
        if not wish.hard or wish.more or not self._held(wish):
            return None
        return self._set(self._line(replace(wish, quantity=None)), self._count(wish) or 1)

    def _strange(self, wish: Wish, first: bool) -> bool:
        """`… and a unicorn costume`: counted, and nothing that is sold."""
        unknown = not any(self.lexicon.known(word.token.word) for word in wish.words)
        article = bool(wish.tokens) and wish.tokens[0].form in ("a", "an")
        named = not first and 0 < len(wish.hard) == len(wish.tokens) <= 2  # `… and caviar`
        return unknown and (named or (article and 0 < len(wish.hard) <= 3))

    def _headless(self, wish: Wish) -> bool:
        """`a live elephant`: what it is to be is nothing that is sold."""
        article = bool(wish.tokens) and wish.tokens[0].form in ("a", "an")
        named = [word for word in wish.hard if not word.after]
        last = named[-1].token.word if named else ""
        return article and 0 < len(wish.hard) <= 3 and not self.lexicon.known(last)

    def _sibling_alone(self, clause: Clause) -> list[AnyAct]:
        """`Bigger, please: 200 ml`, `another one, in black`: of the one line that has such."""
        wish = self._read(clause.about)
        options = tuple(w for w in wish.hard if w.token.word in self.lexicon.options)
        others = [w for w in wish.hard if w not in options and self.lexicon.known(w.token.word)]
        if not options or others or len(wish.hard) > len(options) + 2:
            return []
        bare = replace(wish, words=options, quantity=None, pronoun="", more=False)
        lines = [line for line in self.cart if self._sibling(line, bare, line.quantity)]
        if len(lines) != 1:
            return []
        forms = {token.form for token in clause.about}
        beside = {"too", "also", "well"} & forms or {"with", "it"} <= forms
        number = self._count(wish)
        if number and {"of"} & forms and number < lines[0].quantity and not wish.more:
            return self._some_swapped(lines[0], number, bare)  # `one of the two in blue`
        if not wish.more and not beside:
            return [self._swapped(lines[0], bare)]
        item = self._sibling(lines[0], bare, self._count(wish) or 1)
        return [] if item is None else [Add(item=item)]

    def _of_each(self, about: Sequence[Token]) -> bool:
        """`one of each`, and no more is named than that."""
        return (
            "each" in {token.form for token in about} and bool(self.cart) and not self._hard(about)
        )

    def _each_counted(self, clause: Clause) -> list[AnyAct]:
        """`three of each`, `one extra of each`: of every line."""
        said = [token for token in _last_with("each", clause.about) if token.form != "each"]
        wish = self._read(said)
        number = self._count(wish) or 1
        more = wish.more or clause.verb == "ADD" or "top" in {t.form for t in clause.about}
        return [self._set(line, number + (line.quantity if more else 0)) for line in self.cart]

    def _hard(self, about: Sequence[Token]) -> bool:
        """Whether anything is named that is sold."""
        words = (word.token for word in self._read(about).hard)
        return any(self.lexicon.known(t.word) and t.form not in ("each", "top") for t in words)

    def _has(self, clause: Clause) -> bool:
        """`I seem to have a novel in my trolley`: what is there is no wish."""
        forms = {token.form for token in clause.about}
        carted = any("CART" in tags for tags in tags_of(clause.about))
        owned = "already" in forms and {"got", "has", "have", "own", "owns", "bought"} & forms
        return bool(owned) or (carted and "in" in forms and {"have", "seem"} <= forms)

    def _one_among(self, about: Sequence[Token]) -> Item | None:
        """`the cheaper of the lamp and the kettle`, `the lamp or the kettle, whichever is dearer`:
        by what they cost now."""
        forms = [token.form for token in about]
        tags = {tag for each in tags_of(about) for tag in each}
        picks = [form for form in forms if form in CHEAPEST | DEAREST]
        picks = picks or (["cheaper"] if "PICK_CHEAPEST" in tags else [])
        picks = picks or (["dearer"] if "PICK_DEAREST" in tags else [])
        stocked = any("STOCK" in tags for tags in tags_of(about)) and not picks
        compared = {"whichever", "either", "depending"}
        compared = compared if stocked else compared | {"of", "or", ":"}
        if not (picks or stocked) or not compared & set(forms):
            return None
        about = without_phrase(about, "STOCK") if stocked else about
        for tag in ("PICK_CHEAPEST", "PICK_DEAREST"):
            about = without_phrase(about, tag)
        rest = [token for token in about if token.form not in (*picks, *_AMONG)]
        wishes = [each for each in self._wishes(joined_by_and(rest)) if each.hard]
        if len(wishes) < 2:
            wishes = [self._read(group) for group in _between(rest) if group]
        if len(wishes) < 2 or not all(wish.hard and self._score(wish) > 0 for wish in wishes):
            return None
        if stocked:
            wishes = [wish for wish in wishes if self._meant(wish).why != "sold_out"][:1]
        if not wishes or not all(self._many(wish) == 1 for wish in wishes):
            return None
        items = [self._item(wish) for wish in wishes]
        choose = max if picks and picks[0] in DEAREST else min
        return choose(items, key=lambda item: item.variants[0].price_minor)

    def _over(self, about: Sequence[Token]) -> AnyAct | None:
        """`rice for the potatoes`, where potatoes are in the cart."""
        parts = split_by(about, "THAN") or split_at(about, _OVER)
        if parts is None or not self.cart:
            return None
        end = next((at for at, t in enumerate(parts[1]) if t.form == ","), len(parts[1]))
        wanted, gone = self._read((*parts[0], *parts[1][end:])), self._read(parts[1][:end])
        words = [word.token.word for word in gone.hard]
        if not (wanted.hard and words and all(map(self.lexicon.known, words)) and self._held(gone)):
            return None
        return self._swapped(self._line(gone), wanted)

    def _has_too_many(self, clause: Clause) -> bool:
        """`I put too many lemons in`: of what is there, and no wish."""
        forms = [token.form for token in clause.about]
        many = any(
            pair in (["too", "many"], ["too", "much"]) for pair in map(list, pairwise(forms))
        )
        wishes = [each for each in self._wishes(clause.about) if each.hard] if many else []
        if not wishes or not all(map(self._held, wishes)):
            return False
        for wish in wishes:
            self._lines += self._lines_for(replace(wish, quantity=None))
        return True


def _counts(about: Sequence[Token]) -> list[float]:
    """The numbers that are said, one after the other, but for articles."""
    counts: list[float] = []
    at = 0
    while at < len(about):
        found = number_at(about, at)
        if found is not None and about[at].form not in ("a", "an", "some"):
            counts.append(found[0])
        at += found[1] if found else 1
    return counts


def _last_with(form: str, about: Sequence[Token]) -> Sequence[Token]:
    """From the last comma before it: `two of everything is too much, one of each will do`."""
    at = max(at for at, token in enumerate(about) if token.form == form)
    begin = max((at for at, t in enumerate(about[:at]) if t.form == ","), default=-1)
    return about[begin + 1 :]


def _between(about: Sequence[Token]) -> list[list[Token]]:
    """What stands between `and`s, `or`s and commas."""
    groups: list[list[Token]] = [[]]
    for token in about:
        if token.form in ("and", "or", ",", ":"):
            groups.append([])
        else:
            groups[-1].append(token)
    return groups


def _suffices(said: Sequence[Token]) -> bool:
    """`is enough`, `will do`"""
    forms = {token.form for token in said}
    return bool(_ENOUGH & forms) and forms <= _ENOUGH | {
        "is",
        "will",
        "would",
        "be",
        "please",
        "me",
    }


def _most_at(about: Sequence[Token]) -> tuple[int, int]:
    """Where `no more than` stands, and how many words it has; none where it does not."""
    for at in range(len(about)):
        tags, length = phrase_at(about, at)
        if "AT_MOST" in tags and (at == 0 or bool({"i", "we"} & {t.form for t in about[:at]})):
            return at, length
    return 0, 0


def _turned_round(about: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]] | None:
    """`could the lamp be red`: what is to become what."""
    forms = [token.form for token in about]
    if not forms or forms[0] not in ("could", "can", "should", "might", "would"):
        return None
    at = forms.index("be") if "be" in forms[2:] else 0
    return (about[1:at], about[at + 1 :]) if at and at + 1 < len(about) else None
