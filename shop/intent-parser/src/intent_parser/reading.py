"""A text as tokens, each of which knows the characters it was read from."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from intent_parser.spellings import STANDARD, singular, standard

_PARTS = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)*)"
    r"|(?P<arrow>[-=]+>|[→⇒➔])"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)"
    r"|(?P<sign>[€$£%&×*+=,.;:!?()\"“”″\n/–—-])"
)
SIGNS = {
    "&": "and", "+": "plus", "×": "x", "*": "x", "=": ":",
    "–": "-", "—": "-", "″": '"', "“": '"', "”": '"',
}  # fmt: skip
ARROW = "->"
"""`the lamp -> the candle`, with whichever arrow it is drawn."""
_ENDINGS = ("'s", "s'")


class Token(NamedTuple):
    word: str
    """In its standard form: small letters, no accents, one spelling, no plural."""
    form: str
    """As it was written, but in small letters, without accents and apostrophes."""
    start: int
    end: int
    number: float | None = None
    joined: bool = False
    """Nothing stands between the one before it and this one: `500ml`, `crew-neck`."""


def plain(text: str) -> str:
    """Small letters without accents; as many characters or fewer."""
    parts = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return "".join(part for part in parts if not unicodedata.combining(part))


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    for match in _PARTS.finditer(text):
        start, end = match.span()
        joined = bool(found) and found[-1].end == start
        if match["number"]:
            found.append(_number(match["number"], start, end, joined))
        elif match["word"]:
            found += _words(match["word"], start, end, joined)
        elif match["arrow"]:
            found.append(Token(ARROW, ARROW, start, end))
        else:
            sign = SIGNS.get(match["sign"], match["sign"])
            if sign == "-" and joined:
                continue  # within a word: `crew-neck` is two
            found.append(Token(sign, sign, start, end, None, joined))
    return _merged(found)


def stems(text: str) -> tuple[str, ...]:
    """The standard forms of a title's or an option's words, without signs but in their order."""
    return tuple(t.word for t in tokens(text) if t.word[0].isalnum() or t.number is not None)


def _number(written: str, start: int, end: int, joined: bool) -> Token:
    whole, _, rest = written.rpartition(",")
    # `1,200` has thousands, `19,99` has cents.
    digits = whole + rest if whole and len(rest) == 3 else written.replace(",", ".")
    try:
        number = float(digits)
    except ValueError:
        number = None
    word = f"{number:g}" if number is not None and number < 1e6 else written
    return Token(word, written, start, end, number, joined)


def _words(written: str, start: int, end: int, joined: bool) -> list[Token]:
    form = plain(written)
    if form.endswith(_ENDINGS) and form[:-2] not in ("it", "that", "what", "let", "there", "who"):
        return [Token(standard(form[:-2]), form[:-2], start, end, None, joined)]
    bare = form.replace("'", "")  # `dont` is written as often
    return [Token(standard(bare), bare, start, end, None, joined)]


def _merged(found: list[Token]) -> list[Token]:
    """Two tokens that are one word in another spelling: `t shirt`, `e book`, `under pants`."""
    merged: list[Token] = []
    for token in found:
        if merged and token.form.isalpha():
            pair = STANDARD.get(f"{merged[-1].form} {singular(token.form)}")
            if pair is not None and " " not in pair:
                last = merged.pop()
                form = last.form + token.form
                token = Token(pair, form, last.start, token.end, None, last.joined)
        merged.append(token)
    return merged
