"""What is ruled out after its name, put as `not` before it, as most people say it.

"a ball; cricket and golf are out"      "a dress, tartan: no"     "sand is out and so is blush"
       → not cricket or golf                    → not tartan       → not sand → not blush
"""

from __future__ import annotations

from collections.abc import Sequence

from intent_parser.phrases import number_at, phrase_at
from intent_parser.reading import Token

_BOUNDS = frozenset(
    [",", ".", ";", ":", "-", "(", ")", "!", "?", "\n", "but", "though", "although"]
)
_IDLE = frozenset(["and", "the", "any", "anything", "a", "an", "or", "with", "so", "also", "in"])
_LONGEST = 7
"""Words of what may be ruled out at once."""


def leading(tokens: Sequence[Token]) -> list[Token]:
    """The text with what is ruled out behind a `not`."""
    found: list[Token] = []
    at, denied = 0, False
    while at < len(tokens):
        also = _also(tokens, at) if denied else 0
        if also:
            found += [_word(tokens[at], ","), _word(tokens[at], "not")]
            at += also
            continue
        length = _ruled_out(tokens, at)
        begin = _begin(found)
        if length and begin is not None:
            named = [_word(t, "or") if t.form == "and" else t for t in found[begin:]]
            found[begin:] = [_word(named[0], "not"), *named]
            at, denied = at + length, True
            continue
        found.append(tokens[at])
        at += 1
    return found


def _word(token: Token, form: str) -> Token:
    return token._replace(word=form, form=form, number=None)


def _ruled_out(tokens: Sequence[Token], at: int) -> int:
    """How many tokens say here that what stands before is not wanted; 0: none."""
    begin = at
    if tokens[at].form == ":":
        at += 1
        while at < len(tokens) and tokens[at].form in ("also", "a", "is"):
            at += 1
        denies = at < len(tokens) and tokens[at].form in ("no", "never", "nope", "none")
        length = int(denies)
    else:
        tags, length = phrase_at(tokens, at)
        length = length if "OUT" in tags else 0
    end = at + length
    ends = end >= len(tokens) or tokens[end].form in _BOUNDS or _also(tokens, end)
    ends = ends or tokens[end].form in ("and", "so", "please")
    return end - begin if length and ends else 0


def _also(tokens: Sequence[Token], at: int) -> int:
    """`and so is`, `neither is`: what follows is ruled out likewise."""
    begin = at
    while at < len(tokens) and tokens[at].form in (",", "and", "but", ";", "."):
        at += 1
    forms = [token.form for token in tokens[at : at + 2]]
    likewise = forms[:1] in (["so"], ["neither"], ["nor"]) and forms[1:] in (["is"], ["are"])
    return at + 2 - begin if likewise else 0


def _begin(found: Sequence[Token]) -> int | None:
    """Where the name begins that ends here; None where nothing is wished for before it."""
    at = len(found)
    while at and found[at - 1].form not in _BOUNDS:
        at -= 1
    if not at:
        return None
    while at < len(found) and found[at].form in _IDLE:
        at += 1
    named = found[at:]
    verbs = any({"NOT", "UNWANTED"} & set(phrase_at(named, each)[0]) for each in range(len(named)))
    counted = any(number_at(named, each) for each in range(len(named)))
    return at if 0 < len(named) <= _LONGEST and not verbs and not counted else None
