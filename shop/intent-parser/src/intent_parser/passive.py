"""`The football is to be replaced with a basketball`: the verb of what is to be done."""

from __future__ import annotations

from collections.abc import Sequence

from intent_parser.reading import Token

_DONE = {
    "REMOVE": [
        "removed",
        "deleted",
        "dropped",
        "scrapped",
        "binned",
        "excluded",
        "struck",
        "ditched",
    ],
    "SWAP": ["replaced", "swapped", "exchanged", "switched", "substituted", "traded"],
    "SET": ["changed", "reduced", "increased", "raised", "lowered", "bumped", "upped", "turned"],
    "DOUBLE": ["doubled"],
    "TRIPLE": ["tripled", "trebled"],
    "HALVE": ["halved"],
    "ADD": ["added", "included", "placed", "popped"],
    "CANCEL": ["cancelled", "canceled", "annulled", "withdrawn", "revoked", "undone", "rescinded"],
}
_DOING = {
    "REMOVE": ["removing", "deleting", "binning"],
    "SWAP": ["replacing", "swapping", "exchanging"],
    "CANCEL": ["cancelling", "canceling", "undoing", "stopping", "annulling", "revoking"],
}
"""After a `needs`: `my last order needs undoing`."""
GERUNDS = {word: verb for verb, words in _DOING.items() for word in words}
_NEED = frozenset(["need", "needs", "wants", "want", "requires", "require", "deserves"])
VERBS = {word: verb for verb, words in _DONE.items() for word in words}
_BE = frozenset(["be", "get", "gets", "been", "being"])
_WAS = _BE | {"were", "was", "is", "are"}
_MODAL = frozenset([
    "should", "must", "to", "has", "have", "had", "needs", "need", "is", "are", "can", "could",
    "may", "might", "ought", "will", "shall", "would", "please", "now", "i", "want", "like", "id",
])  # fmt: skip
_DENIED = frozenset(
    [
        "not",
        "never",
        "cannot",
        "cant",
        "shouldnt",
        "mustnt",
        "neednt",
        "wont",
        "no",
        "none",
        "nothing",
    ]
)


_HAVE = frozenset(["have", "get"])
_BY = frozenset(["by", "with", "for", "to"])


_DENYING = _DENIED | {"isnt", "arent", "dont", "doesnt", "neither", "wasnt", "werent"}


def forbidden(about: Sequence[Token]) -> str:
    """The verb of what is said not to be done: `the kettle is not to be swapped for a pan`."""
    forms = [token.form for token in about]
    if "," in forms or "but" in forms or not _DENYING & set(forms):
        return ""
    for at in range(1, len(forms)):
        done = VERBS.get(forms[at]) if _WAS & {*forms[max(0, at - 2) : at]} else None
        done = done or (GERUNDS.get(forms[at]) if forms[at - 1] in _NEED else None)
        if done is not None and _DENYING & {*forms[:at]}:
            return done
    return ""


def active(
    about: Sequence[Token], wished: bool = False
) -> tuple[str, Token, tuple[Token, ...]] | None:
    """The verb, the word that says it, and what it is about; None where none is said. `wished`: it
    is what is wanted, as in `I want | the lamp replaced by the candle`."""
    forms = [token.form for token in about]
    caused = wished or forms[:1] in (["have"], ["get"])
    for at in range(1, len(forms)):
        verb = VERBS.get(forms[at])
        held = next(
            (back for back in range(at - 1, max(-1, at - 3), -1) if forms[back] in _BE), None
        )
        if forms[at] in GERUNDS and forms[at - 1] in _NEED:
            verb, held = GERUNDS[forms[at]], at - 1
            about = about[: next((n for n in range(at, len(forms)) if forms[n] == ","), None)]
        if held is None and caused and verb == "SWAP" and _BY & {*forms[at + 1 : at + 2]}:
            held = at  # `have the kettle replaced by the blender`
        if verb is None or held is None or _DENIED & set(forms):
            continue
        left = list(about[:held])
        while left and left[-1].form in _MODAL:
            left.pop()
        while left and left[0].form in (_MODAL | _HAVE if caused else _MODAL):
            left.pop(0)
        if left:
            return verb, about[at], (*left, *about[at + 1 :])
    return None
