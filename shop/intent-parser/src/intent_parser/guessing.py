"""What is most likely meant where the grammar makes nothing of a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

from shop_intents import (
    Add,
    CartLine,
    Swap,
)
from shop_intents.intents import AnyAct

from intent_parser.caution import rejects
from intent_parser.clauses import TELLING, WISHING, Statement
from intent_parser.cues import AGAINST, DESIRE, INSTEAD, MORE, SWAPPING
from intent_parser.gist import MORE_OF_IT, Gist
from intent_parser.meaning import Meaning
from intent_parser.money import money_at
from intent_parser.naming import Named
from intent_parser.phrases import number_at
from intent_parser.reading import Token, stems
from intent_parser.telling import counted_as, spans_of
from intent_parser.trouble import Asked, Refused
from intent_parser.turning import tags_of
from intent_parser.wishes import Wish

_LACKING = frozenset(["no", "not", "zero", "without", "none", "single", "nor", "still"])
_COMPARING = frozenset(["not", "than", "better"])
_APART = frozenset([",", "-", ";", ":", "but", "though", "please", "."])
_NOT = frozenset(["not", "isnt", "arent", "except", "but"])


class Guess(Meaning):
    """Of a whole sentence: `gist` for the cart and the orders, one product for a wish."""

    @property
    def talks(self) -> bool:
        """Whether no verb told what is to be done, though something was made of it."""
        return bool(self.verbs) and not self.verbs & TELLING

    def several(self, all_of_them: Sequence[Statement]) -> bool:
        """Whether several things are wished for at once, each of them counted."""
        wishing = (
            clause
            for statement in all_of_them
            for clause in statement.then
            if clause.verb in WISHING
        )
        counts = (
            sum(
                bool(each.hard) and (each.quantity is not None or each.definite)
                for each in self._wishes(said.about)
            )
            for said in wishing
        )
        return any(count > 1 for count in counts)

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
        if rejects(tokens):
            return []
        forms = {token.form for token in tokens}
        unwanted = {token.word for group in self._read(tokens).unwanted for token in group}
        denied = bool(_NOT & forms) or _denied(tokens)
        if not {"please", "thanks", "thank", "cheers", "ta", "dont"} & forms:
            # `We got no fondue pot.`
            tokens = [token for token in tokens if token.form not in _LACKING]
        named = self._named_in(tokens, kinds=bool(DESIRE & forms))
        if named is None:
            return []
        if denied and unwanted & {word.token.word for word in named.words}:
            return []
        hard = self._read(tokens).hard
        if self._held(named, self.cart) and not (DESIRE | MORE | MORE_OF_IT) & forms:
            return []  # `I love eggs`, where they are in the cart
        known = sum(self.lexicon.known(word.token.word) for word in hard)
        if len(named.words) < 2 / 3 * known:
            return []
        with suppress(Refused):
            return [Add(item=self._item(replace(named, quantity=self._only_number(tokens, named))))]
        return []

    def _only_number(self, tokens: Sequence[Token], named: Wish) -> float | None:
        """The only number beside the name's own. Raises Refused where there are more."""
        own = {word.token.start for word in named.words}
        numbers: list[float] = []
        at = 0
        while at < len(tokens):
            found = number_at(tokens, at)
            money = money_at(tokens, at)
            if money is not None and money[0].currency is not None:
                at += money[1]
                continue
            share = found and [t.form for t in tokens[at + found[1] : at + found[1] + 1]] == ["%"]
            if (
                found
                and not share
                and tokens[at].start not in own
                and tokens[at].form not in ("a", "an", "some")
            ):
                numbers.append(found[0])
            at += found[1] if found else 1
        if len(numbers) > 1:
            raise Refused("impossible", "how many are wanted cannot be told")
        return numbers[0] if numbers else None

    def replaced(self, tokens: Sequence[Token]) -> list[AnyAct]:
        """The acts, but where what is wished for is to take the place of what else is named, that:
        `Scarlet Symphony, not Retro Vibes`."""
        adds = [act for act in self.acts if isinstance(act, Add)]
        swaps = bool(SWAPPING & {token.form for token in tokens})
        if tokens and tokens[0].form in ("a", "an", "some", "any"):
            # `a kettle, but not the Tavola one` is a wish, whatever lies in the cart.
            swaps = bool((SWAPPING - _COMPARING) & {token.form for token in tokens})
        if not swaps or not self.cart or len(adds) != len(self.acts):
            return self.acts
        if len(adds) == 2:
            return self._one_for_the_other(adds, tokens) or self.acts
        if len(adds) != 1:
            return self.acts
        item = adds[0].item
        row = self.lexicon.row_of[item.variants[0].variant_id]
        if row in self._cart_rows(self.cart) and item.quantity == 1 and _NOT & _forms(tokens):
            return []  # `I'm happy with the milk, but not with the eggs`
        rest = [token for token in tokens if not self.lexicon.having(token.word)[row]]
        named = Gist(self.lexicon, self.cart, ()).line(rest) or self._whole(tokens, row)
        if named is None or not named.words or named.line.variant_id == item.variants[0].variant_id:
            return self.acts
        counted = any(number_at(tokens, at) for at in range(len(tokens)))
        quantity = item.quantity if counted else named.line.quantity
        return [
            Swap(
                variant_id=named.line.variant_id,
                item=counted_as(item, quantity),
                spans=spans_of(tokens),
            )
        ]

    def _whole(self, tokens: Sequence[Token], row: int) -> Named | None:
        """The line whose whole title is said: `the Realme XT, not the Realme X`."""
        said = {token.word for token in tokens}
        others = [line for line in self.cart if self.lexicon.row_of.get(line.variant_id) != row]
        found = [
            line
            for line in others
            if (at := self.lexicon.row_of.get(line.variant_id)) is not None
            and set(stems(self.lexicon.good(at).title)) <= said
        ]
        words = frozenset(said)
        return Named(found[0], words, 0.0) if len(found) == 1 else None

    def _one_for_the_other(self, adds: Sequence[Add], tokens: Sequence[Token]) -> list[AnyAct]:
        """`Out with the chair, in with the bench.` That of the two which is there is to go."""
        lines = {line.variant_id: line for line in self.cart}
        held = [act.item for act in adds if act.item.variants[0].variant_id in lines]
        new = [act.item for act in adds if act.item.variants[0].variant_id not in lines]
        if len(held) != 1 or len(new) != 1:
            return []
        line = lines[held[0].variants[0].variant_id]
        quantity = new[0].quantity if new[0].quantity > 1 else line.quantity
        item = counted_as(new[0], quantity)
        return [Swap(variant_id=line.variant_id, item=item, spans=spans_of(tokens))]

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


def _forms(tokens: Sequence[Token]) -> set[str]:
    return {token.form for token in tokens}


def _denied(tokens: Sequence[Token]) -> bool:
    """`earrings, no tropical ones`, and not `we have no fondue pot`."""
    forms = [token.form for token in tokens]
    return any(
        before in _APART and form in ("no", "not", "never", "without", "nothing")
        for before, form in pairwise(forms)
    )
