"""What a guess must not do with a sentence that no rule of grammar reads as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from shop_intents import CheckOut, EmptyCart, Remove
from shop_intents.intents import AnyAct

from intent_parser.clauses import WISHING, Statement
from intent_parser.limits import limit_at
from intent_parser.phrases import phrase_at
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


def changes(said: Sequence[Statement]) -> bool:
    """Whether something is to become of what is there: what is not there is not added for it."""
    return bool(_verbs(said) & {"REMOVE", "SET", "EMPTY", "HALVE", "DOUBLE"})


def takes(acts: Sequence[AnyAct]) -> bool:
    """Whether something is taken away, or money spent."""
    return any(isinstance(act, Remove | EmptyCart | CheckOut) for act in acts)


def _verbs(said: Sequence[Statement]) -> set[str]:
    return {clause.verb for each in said for clause in (*each.then, *each.otherwise)}


def _weighs(condition: Sequence[Token]) -> bool:
    """Whether it is one of a price or of the stock, and not `if you could`."""
    stock = any({"STOCK", "NO_STOCK"} & set(tags) for tags in tags_of(condition))
    return stock or any(limit_at(condition, at) for at in range(len(condition)))


def rejects(tokens: Sequence[Token]) -> bool:
    """Whether what is named is not wished for, however that is put: `I wouldn't touch the sander`.

    Not where it is but lacking: `we don't have a wok`, `never owned a spice rack`.
    """
    said = [token.form for token in tokens if token.form.isalnum()]
    if any({"REJECTS", "UNSAID"} & set(tags) for tags in tags_of(tokens)) or said[-2:] in _SO_NO:
        return True
    spared = _covered(tokens)
    for at, token in enumerate(tokens[:-1]):
        if at in spared:
            continue
        before = tokens[at - 1].form if at else ""
        after = tokens[at + 1].form
        asks = (not at or before in (".", "?", ",")) and after in _ASKED
        if token.form not in _REFUSING or before in _RELATIVE or asks or not after.isalnum():
            continue
        if token.form == "not" and after not in ("to", "going", "buying", "ordering", "getting"):
            continue
        if after not in _LACKED:
            return True
    return False


def _covered(tokens: Sequence[Token]) -> set[int]:
    """Places in phrases that refuse no more than a part: `I don't like red`, `I wouldn't mind`."""
    found: set[int] = set()
    at = 0
    while at < len(tokens):
        tags, length = phrase_at(tokens, at)
        if {"WANT", "UNWANTED", "PICK_ANY"} & set(tags) and length > 1:
            found |= set(range(at, at + length))
        at += length or 1
    return found


_REFUSING = frozenset(["wouldnt", "wont", "didnt", "dont", "shouldnt", "mustnt", "never", "not"])
_ASKED = frozenset(["the", "a", "an", "it", "that", "this", "you", "those", "they", "i"])
"""`Wouldn't the cushion look nice?`"""
_SO_NO = (["so", "no"], ["but", "no"], ["then", "no"])
_RELATIVE = frozenset(["that", "which", "who", "it", "they", "or"])
"""After these it is said what a thing is like: `a mug that won't leak`."""
_LACKED = frozenset(
    [
        "have", "has", "had", "got", "own", "owned", "possess", "mind", "care", "know", "go", "say",
        "hurt", "be", "a", "an", "any", "enough", "one", "find", "see", "worry", "work", "start",
        "last", "fit", "else", "tried", "used", "forget", "to", "cook", "think", "come", "remember",
    ]
)  # fmt: skip
"""What stands after a denial by which nothing is refused."""
