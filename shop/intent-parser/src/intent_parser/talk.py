"""What is said beside a wish, or of what is there already, and is no wish itself."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from intent_parser.clauses import WISHING, Clause
from intent_parser.cues import ATTRIBUTES, DESIRE, SWAPPING
from intent_parser.gist import MORE_OF_IT
from intent_parser.mentions import Mentions
from intent_parser.reading import Token
from intent_parser.telling import said_of
from intent_parser.trouble import Asked, Refused
from intent_parser.unsold import TALKING
from intent_parser.wishes import Wish


class Talk(Mentions):
    """Tells what is talked of from what is wished for."""

    def _mention_wish(self, wish: Wish) -> None:
        """What is named may be meant by an `it` or a `one` that follows."""
        with suppress(Asked, Refused):
            self._item(wish)

    def _mention(self, clause: Clause) -> None:
        """`I never asked for a novel, remove it`: what follows may speak of it."""
        wishes = [wish for wish in self._wishes(clause.about) if wish.hard]
        if len(wishes) == 1 and clause.verb in WISHING and self._held(wishes[0]):
            with suppress(Asked, Refused):
                self._lines += self._lines_for(wishes[0])

    def _without(self, clause: Clause) -> tuple[Clause, Clause] | None:
        """`another milk and no eggs`, where eggs are in the cart: those are to go."""
        forms = [token.form for token in clause.about]
        for at in range(1, len(forms) - 1):
            if forms[at] != "no" or forms[at - 1] not in (",", "and", "but"):
                continue
            gone = clause.about[at + 1 :]
            if self._denies_held(gone) and at > 1:
                rest = replace(clause, about=clause.about[: at - 1])
                return rest, replace(clause, verb="REMOVE", said=(clause.about[at],), about=gone)
        return None

    def _told_of(self, clause: Clause, wishes: Sequence[Wish]) -> bool:
        """`I love eggs`, `the eggs are great`, where they are in the cart: no more are wanted."""
        forms = {token.form for token in clause.about}
        bare = all(wish.quantity is None and not wish.more for wish in wishes)
        desired = (DESIRE - {"love", "loves", "like"}) | {"too", "also", "again", "instead"}
        held = bool(self.cart) and all(self._held(wish, self.cart) for wish in wishes if wish.hard)
        return held and bare and bool(TALKING & forms) and not (desired | SWAPPING) & forms

    def _told_beside(self, sold: Sequence[Wish], wishes: Sequence[Wish]) -> bool:
        """`It's our golden anniversary, so the dearest scent`: whether all else is but told."""
        rest = [wish for wish in wishes if wish not in sold]
        return (
            bool(rest)
            and all(
                bool(TALKING & {token.form for token in wish.tokens})
                and any(not self.lexicon.known(word.token.word) for word in wish.hard)
                for wish in rest
            )
            and all(wish.definite or wish.quantity or wish.pick != "only" for wish in sold)
        )

    def _like(self, named: Wish, wishes: Sequence[Wish]) -> None:
        """Raises Refused where it is to be as nothing that is sold is: `a purple tartan dress`."""
        words = {word.token.start for word in named.words}
        for wish in wishes:
            about = {word.token.start for word in wish.words}
            strange = {w.token.word for w in wish.hard if not self.lexicon.known(w.token.word)}
            if words & about and strange & ATTRIBUTES:
                says = f"nothing that is sold here is {said_of(wish)}"
                raise Refused("impossible", says, sure=True)

    def _denies_held(self, about: Sequence[Token]) -> bool:
        """Whether nothing is named but what is in the cart."""
        wishes = self._wishes(about)
        held = len(wishes) == 1 and bool(wishes[0].hard) and self._held(wishes[0])
        return held and about[0].form not in MORE_OF_IT

    def _only_spoken(self, clause: Clause) -> Clause:
        """`order them before my mother visits`: them, and nothing that is said beside."""
        first = clause.about[0].form if clause.about else ""
        words = [word.token.word for word in self._read(clause.about).hard]
        if first not in ("it", "them", "those", "these") or any(map(self.lexicon.known, words)):
            return clause
        return replace(clause, about=clause.about[:1]) if words else clause
