"""The verb that is meant with what stands beside it: `put the mug back` removes it."""

from __future__ import annotations

from collections.abc import Sequence

from intent_parser.phrases import number_at, phrase_at
from intent_parser.reading import Token

AWAY = frozenset(["out", "off", "back", "away", "gone"])
_INTO = frozenset(["to", "in", "into"])
_FROM = frozenset(["from", "out", "off"])
_OUT = frozenset(["out", "off"])
_LOOSE = frozenset(
    ["put", "take", "throw", "chuck", "toss", "pull", "kick", "get", "bin", "drop", "leave"]
)
"""Verbs that turn round with a word at the end: `take it out`, `put it back`."""
PRONOUNS = frozenset(("it", "them", "those", "me out"))


def turned(verb: str, said: Sequence[Token], about: Sequence[Token]) -> str:
    """The verb that is meant with what stands at its end: `put the mug back` removes it."""
    first = said[0].form if said else ""
    forms = [token.form for token in about]
    brief = "," not in forms and "is" not in forms
    ends = (
        {"out", "off"} & {*forms[-1:]}
        or (forms[-3:-1] == ["out", "of"])
        or _cart_after(about, _OUT)
    )
    if verb == "KEEP" and first == "leave" and brief and ends:
        return "REMOVE"
    at = forms.index("at") if "at" in forms[:-1] else 0
    if verb == "KEEP" and at and number_at(about, at + 1) is not None:
        return "SET"  # `leave it at one`
    if verb == "REMOVE" and first == "drop" and forms[-1:] == ["in"]:
        return "ADD"
    if verb == "ADD" and first == "send" and forms[-1:] == ["back"]:
        return "REMOVE"
    if verb == "SET" and first == "bring" and not {"to", "down", "up", "by"} & set(forms):
        return "ADD"  # `bring eggs`
    if verb in ("ADD", "REMOVE", "TAKE") and _goes_to(about):
        return "SET"  # `take the waters up to twenty`
    if verb in ("ADD", "REMOVE") and first in _LOOSE:
        if AWAY & set(_unhurried(forms)) or _cart_after(about, _FROM):
            return "REMOVE"
        if _cart_after(about, _INTO):
            return "ADD"
    if verb in ("", "WANT") and {"cancelled", "canceled"} & set(forms):
        return "CANCEL"
    others = {token.form for token in without_phrase(about, "GOES")}
    denied = {"not", "none", "nothing", "no", "neither"} & others
    denied = denied or bool({"up", "down"} & set(forms))  # `… should go up to seven`
    if not verb and not denied and any("GOES" in tags for tags in tags_of(about)):
        return "REMOVE"
    goes = len(forms) > 1 and forms[-1] in ("go", "goes") and not {"in", "good"} & set(forms)
    if not verb and not denied and goes:
        return "REMOVE"  # `the other one goes`
    alone = not {",", "and", "but", "at"} & set(forms)
    if not verb and alone and any("STAYS" in tags for tags in tags_of(about)):
        return "STAYS"
    if verb == "WANT" and {"bought", "purchased"} & set(forms):
        return "BUY"
    if verb == "TAKE":
        return "REMOVE" if AWAY & set(_unhurried(forms)) else "ADD"
    return verb


def _unhurried(forms: Sequence[str]) -> list[str]:
    """Without the `away` of `right away`."""
    return [
        form
        for at, form in enumerate(forms)
        if not (form == "away" and at and forms[at - 1] in ("right", "straight"))
    ]


def _goes_to(about: Sequence[Token]) -> bool:
    for at, token in enumerate(about[:-1]):
        leads = at and (about[at - 1].form in ("up", "down") or about[at - 1].form in PRONOUNS)
        number = number_at(about, at + 1)
        whole = number is not None and at and about[0].form in ("the", "my", "our", "those")
        ends = number is not None and at + 1 + number[1] == len(about)
        if token.form in ("to", "by") and number and (leads or (whole and ends)):
            return True
    return False


def _cart_after(about: Sequence[Token], before: frozenset[str]) -> bool:
    for at, token in enumerate(about):
        tags, _ = phrase_at(about, at)
        if "CART" in tags and token.form in before:
            return True
    return False


def without_phrase(tokens: Sequence[Token], tag: str) -> list[Token]:
    rest: list[Token] = []
    at = 0
    while at < len(tokens):
        tags, length = phrase_at(tokens, at)
        if tag not in tags:
            rest += tokens[at : at + (length or 1)]
        at += length or 1
    return rest


def tags_of(tokens: Sequence[Token]) -> list[tuple[str, ...]]:
    """Of the phrases, one after the other; a word of none has none."""
    found: list[tuple[str, ...]] = []
    at = 0
    while at < len(tokens):
        tags, length = phrase_at(tokens, at)
        found.append(tags)
        at += length or 1
    return found
