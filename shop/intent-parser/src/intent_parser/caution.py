"""What a guess must not do with a sentence that no rule of grammar reads as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from shop_intents import CheckOut, EmptyCart, Remove
from shop_intents.intents import AnyAct

from intent_parser.clauses import WISHING, Statement
from intent_parser.limits import limit_at
from intent_parser.reading import Token
from intent_parser.turning import tags_of

_CHANGING = frozenset(["REMOVE", "SET", "SWAP", "EMPTY", "CANCEL"])
_ARTICLES = frozenset(["a", "an", "some", "any"])


def partly_read(said: Sequence[Statement]) -> bool:
    """Whether a guess would leave out a part of it that was not understood.

    That is a condition, a wish beside a change, or the question that it is.
    """
    verbs = _verbs(said)
    conditional = any(each.condition is not None and _weighs(each.condition) for each in said)
    asks = "INFO" in verbs and verbs <= {"INFO", ""}
    return conditional or asks or bool(verbs & WISHING and verbs & _CHANGING)


def wishes(said: Sequence[Statement], read: Sequence[Token]) -> bool:
    """Whether something is wished for: `add a spare lamp`, `a mug that isn't red`."""
    return bool(_verbs(said) & {"ADD", "BUY"}) or (bool(read) and read[0].form in _ARTICLES)


def takes(acts: Sequence[AnyAct]) -> bool:
    """Whether something is taken away, or money spent."""
    return any(isinstance(act, Remove | EmptyCart | CheckOut) for act in acts)


def _verbs(said: Sequence[Statement]) -> set[str]:
    return {clause.verb for each in said for clause in (*each.then, *each.otherwise)}


def _weighs(condition: Sequence[Token]) -> bool:
    """Whether it is one of a price or of the stock, and not `if you could`."""
    stock = any({"STOCK", "NO_STOCK"} & set(tags) for tags in tags_of(condition))
    return stock or any(limit_at(condition, at) for at in range(len(condition)))
