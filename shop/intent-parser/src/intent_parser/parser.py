"""`Parser.parse`: a sentence, with the cart and the orders of who says it, as what it means."""

from __future__ import annotations

from collections.abc import Sequence

from shop_intents import (
    Add,
    BuyNow,
    CancelOrder,
    CartLine,
    Intent,
    Ordered,
    Question,
    Refusal,
    Span,
    Swap,
)
from shop_intents.intents import AnyAct, AnyParsed

from intent_parser.amounts import amounts
from intent_parser.caution import changes, partly_read, takes, wishes
from intent_parser.clauses import Statement
from intent_parser.costing import cost_minor
from intent_parser.denials import leading
from intent_parser.guessing import Guess
from intent_parser.lexicon import Lexicon
from intent_parser.policy import forbidden
from intent_parser.reading import Token, tokens
from intent_parser.spelling import Speller
from intent_parser.spellings import standard
from intent_parser.splitting import statements
from intent_parser.telling import spans_of
from intent_parser.trouble import Asked, Refused
from intent_parser.unsold import names_goods

UNSOLD = "nothing such is sold here"
NOTHING = "that is nothing that this shop can do"


class Parser:
    """Of one lexicon; reading changes nothing, so that many may read at once."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._speller = Speller(lexicon.weights)
        self._known = lexicon.vocabulary()

    def parse(
        self, text: str, cart: Sequence[CartLine] = (), orders: Sequence[Ordered] = ()
    ) -> AnyParsed:
        """`orders`: the newest first."""
        span = forbidden(text, lambda word: standard(word) in self._known)
        if span is not None:
            says = "prices, limits and the things of others are not changed by a sentence"
            return Refusal(text=text, reason="not_permitted", says=says, rests_on=(Span(*span),))
        read = amounts(self._speller.corrected(tokens(text)), self.lexicon.axes)
        if not cart:
            read = leading(read)  # `the lamp is out` takes what is there out
        said = statements(read)
        meaning = self._meaning(cart, orders)
        failed, sure = self._read(text, meaning, said, read)
        if failed is not None:
            guesses = not sure and not partly_read(said) and not meaning.several(said)
        else:
            guesses = (
                (meaning.talks or not meaning.acts)
                and _only_held(meaning.acts, cart)
                and (not meaning.negated or bool(orders and not meaning.acts))
            )
        if guesses:
            guess = self._meaning(cart, orders)
            guess.meanings, guess.readings = meaning.meanings, meaning.readings
            guess.named = meaning.named
            asked = self._guess(guess, failed, read)
            # A wish takes nothing away, nor does `don't remove the lamp`.
            keeps = wishes(said, read) if failed is not None else bool(meaning.negated)
            denied = any(clause.verb == "CANCEL" for clause in meaning.negated)
            cancels = any(isinstance(act, CancelOrder) for act in guess.acts)
            denied = (denied and cancels) or meaning.touched(guess.acts)
            adds = any(isinstance(act, Add) for act in guess.acts)
            denied = denied or (adds and isinstance(failed, Refusal) and changes(said))
            # `Cancel the order and take the lamp out`, of two orders: not the half of it.
            denied = denied or (
                isinstance(failed, Question) and failed.about == "order" and not cancels
            )
            if guess.acts and not (keeps and takes(guess.acts)) and not denied:
                meaning, failed = guess, None
            elif asked is not None and isinstance(failed, Refusal) and meaning.talks:
                failed = self._question(text, asked, read)
        return failed or self._intent(text, meaning, read, cart)

    def _read(
        self, text: str, meaning: Guess, said: Sequence[Statement], read: Sequence[Token]
    ) -> tuple[Question | Refusal | None, bool]:
        """What was not understood, if anything, and whether that is sure."""
        try:
            meaning.read(said)
        except Asked as asked:
            return self._question(text, asked, read), asked.sure
        except Refused as refused:
            refusal = Refusal(
                text=text,
                reason=refused.reason,  # pyright: ignore[reportArgumentType]
                says=refused.says,
                rests_on=spans_of(read),
            )
            return refusal, refused.sure
        if meaning.acts or meaning.negated or meaning.untouched:
            return None, False
        unexplained = spans_of(read)
        goods = meaning.verbs <= {""} and names_goods(self.lexicon, read)
        reason, says = ("impossible", UNSOLD) if goods else ("out_of_scope", NOTHING)
        return Refusal(text=text, reason=reason, says=says, unexplained=unexplained), False

    def _guess(
        self, guess: Guess, failed: Question | Refusal | None, read: Sequence[Token]
    ) -> Asked | None:
        """Its acts are what is most likely meant; gives what would have to be asked for that."""
        try:
            guess.acts = guess.read_gist(read, wishes=failed is not None)
        except Asked as asked:
            guess.acts = []
            return asked
        return None

    def _intent(
        self, text: str, meaning: Guess, read: Sequence[Token], cart: Sequence[CartLine]
    ) -> AnyParsed:
        acts = tuple(meaning.replaced(read))
        aimless = [token for clause in meaning.aimless for token in clause.tokens]
        intent = Intent(
            text=text,
            acts=acts,
            currency=self.lexicon.currency,
            total_most_minor=meaning.total.most_minor,
            rests_on=tuple(span for act in acts for span in act.spans) or spans_of(read),
            unexplained=spans_of([*meaning.unexplained, *aimless]),
        )
        return self._affordable(intent, meaning, cart)

    def _question(self, text: str, asked: Asked, read: Sequence[Token]) -> Question:
        return Question(
            text=text,
            about=asked.about,  # pyright: ignore[reportArgumentType]
            says=asked.says,
            choices=asked.choices,
            rests_on=spans_of(read),
        )

    def _meaning(self, cart: Sequence[CartLine], orders: Sequence[Ordered]) -> Guess:
        return Guess(self.lexicon, cart, orders, self._known)

    def _affordable(self, intent: Intent, meaning: Guess, cart: Sequence[CartLine]) -> AnyParsed:
        """Refused where it costs more than the sentence allows, or its limit is in other money."""
        limits = meaning.total
        if limits.currency and limits.currency != self.lexicon.currency:
            says = f"prices are in {self.lexicon.currency}, not in {limits.currency}"
            return Refusal(text=intent.text, reason="impossible", says=says)
        if limits.most_minor is None:
            return intent
        cost = cost_minor(self.lexicon, intent.acts, cart)
        if cost > limits.most_minor:
            says = f"it costs {cost} in all, in {self.lexicon.currency} minor units: over the limit"
            return Refusal(
                text=intent.text, reason="impossible", says=says, rests_on=intent.rests_on
            )
        return intent


def _only_held(acts: Sequence[AnyAct], cart: Sequence[CartLine]) -> bool:
    """Whether all that is wished for lies in the cart, and so may be spoken of alone."""
    held = {line.variant_id for line in cart}
    added = [act.item.variants[0].variant_id for act in acts if isinstance(act, Add)]
    swapped = any(isinstance(act, Swap | BuyNow) for act in acts)
    return not swapped and all(each in held for each in added)
