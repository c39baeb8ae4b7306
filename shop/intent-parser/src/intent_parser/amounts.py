"""Amounts that are said in more than one word, as the one number that they come to.

"a dozen and a half lemons"   "four times ten"   "lemons, qty: 4"   "four plates, as many forks"
 18 ^                          40 ^               x 4 ^                          4 ^
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from intent_parser.limits import limit_at
from intent_parser.money import NAMES, SIGNS
from intent_parser.phrases import NUMBERS, number_at, phrase_at
from intent_parser.reading import Token

_LABELS = frozenset(["qty", "quantity", "qnty", "count", "amount"])
_LOOSE = frozenset([",", ".", "-", ":", ";", "("])
_STOPS = frozenset([",", ".", ";", "and", "please", ")", "!", "?", "\n", "pls", "thanks"])
_TIMES = {"twice": 2.0, "double": 2.0, "thrice": 3.0, "triple": 3.0, "half": 0.5}
_AS_MANY = (
    ("as", "many"), ("the", "same", "number", "of"), ("the", "same", "amount", "of"),
    ("the", "same", "quantity", "of"), ("an", "equal", "number", "of"), ("same", "number", "of"),
    ("an", "equal", "amount", "of"), ("the", "same", "of"), ("the", "same", "count", "of"),
)  # fmt: skip
_EACH = frozenset(["each", "every"])
_PEOPLE = frozenset(
    ["us", "person", "guest", "kid", "child", "children", "friend", "colleague", "player", "team",
     "student", "pupil", "room", "bedroom", "seat", "visitor", "son", "daughter", "boy", "girl",
     "grandchild", "grandchildren", "people", "cousin", "family", "twin", "niece", "nephew"]
)  # fmt: skip
_BEGINS = frozenset([",", "and", ".", ";", ":", "plus", "me", "us", "add", "need", "want", "get"])
MOST = 1000


def amounts(tokens: Sequence[Token], axes: Collection[str]) -> list[Token]:
    """`axes`: words of the options' names, of which a number is a value and no amount."""
    found = _unnumbered(list(tokens))
    for find in (_added, _multiplied, _labelled(axes), _as_many, _unsure(axes)):
        found = _replaced(found, find)
    return _for_each(_apart(found, axes))


def _unnumbered(tokens: list[Token]) -> list[Token]:
    """`1. milk 2. eggs`, `1) milk 2) eggs`: places in a list, which count nothing."""
    places = [
        at
        for at in range(len(tokens) - 1)
        if tokens[at].number is not None and tokens[at + 1].form in (".", ")")
    ]
    numbers = [tokens[at].number for at in places]
    if len(places) < 2 or places[0] or numbers != [float(at + 1) for at in range(len(places))]:
        return tokens
    comma = [tokens[at + 1]._replace(word=",", form=",") for at in places]
    found = list(tokens)
    for at, sign in zip(reversed(places), reversed(comma), strict=True):
        found[at : at + 2] = [sign] if at else []
    return found


def _apart(tokens: list[Token], axes: Collection[str]) -> list[Token]:
    """`two lemons three kiwis` as `two lemons, three kiwis`."""
    found: list[Token] = []
    counted = False
    for at, token in enumerate(tokens):
        number = number_at(tokens, at) if token.form not in ("a", "an", "some") else None
        before = tokens[at - 1] if at else None
        if number is None or before is None or at + number[1] >= len(tokens):
            counted = counted or number is not None
            found.append(token)
            continue
        after = tokens[at + number[1]]
        plural = before.form != before.word and before.word not in axes
        named = all(t.form.isalpha() and not phrase_at([t], 0)[0] for t in (before, after))
        thing = after.word not in axes and after.word not in NAMES and number[0] > 0
        if counted and plural and named and thing:
            found.append(before._replace(word=",", form=",", start=before.end))
        counted = True
        found.append(token)
    return found


Find = Callable[[Sequence[Token], int], tuple[tuple[Token, ...], int] | None]
"""What takes the place of so many tokens from here; None where they stay."""


def _replaced(tokens: Sequence[Token], find: Find) -> list[Token]:
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        other, length = find(tokens, at) or ((tokens[at],), 1)
        found += other
        at += length
    return found


def _number(value: float, said: Sequence[Token]) -> Token:
    word = f"{value:g}"
    return Token(word, word, said[0].start, said[-1].end, value)


def _added(tokens: Sequence[Token], at: int) -> tuple[tuple[Token, ...], int] | None:
    """`a hundred and five`, `a dozen and a half`, `two and a half`"""
    first = number_at(tokens, at)
    if first is None or first[0] <= 0:
        return None
    value, length = first
    forms = [token.form for token in tokens[at + length : at + length + 3]]
    if forms == ["and", "a", "half"]:
        value, length = (value * 1.5 if value in (12, 20) else value + 0.5), length + 3
        if tokens[at + length : at + length + 1] and tokens[at + length].form == "dozen":
            value, length = value * 12, length + 1
    said = tokens[at : at + length]
    return ((_number(value, said),), length) if "and" in {t.form for t in said} else None


def _multiplied(tokens: Sequence[Token], at: int) -> tuple[tuple[Token, ...], int] | None:
    """`twice three`, `four times ten`, `two lots of six`, `half a score`"""
    forms = [token.form for token in tokens[at : at + 3]]
    if forms[:2] == ["half", "a"] and forms[2:] in (["score"], ["hundred"], ["gross"]):
        length = 4 if tokens[at + 3 : at + 4] and tokens[at + 3].form == "of" else 3
        value = {"score": 10.0, "hundred": 50.0, "gross": 72.0}[forms[2]]
        return (_number(value, tokens[at : at + length]),), length
    if forms[0] in ("twice", "thrice"):
        factor, length = _TIMES[forms[0]], 1
    else:
        first = number_at(tokens, at)
        if first is None or first[0] <= 0:
            return None
        factor, length = first
        after = [token.form for token in tokens[at + length : at + length + 2]]
        if after[:1] not in (["times"], ["plus"]) and after != ["lots", "of"]:
            return None
        length += 2 if after[0] == "lots" else 1
    second = number_at(tokens, at + length) if at + length < len(tokens) else None
    if second is None or second[0] <= 0 or tokens[at + length].form in ("a", "an"):
        return None
    plus = tokens[at + length - 1].form == "plus"
    length += second[1]
    value = factor + second[0] if plus else factor * second[0]
    if plus and (at + length == len(tokens) or not tokens[at + length].form.isalpha()):
        return None
    return (_number(value, tokens[at : at + length]),), length


def _labelled(axes: Collection[str]) -> Find:
    def find(tokens: Sequence[Token], at: int) -> tuple[tuple[Token, ...], int] | None:
        """`lemons, qty: 4`, `lemons: 5`; no `size: 5`"""
        begin = at
        while at < len(tokens) and tokens[at].form in _LOOSE:
            at += 1
        labelled = at < len(tokens) and tokens[at].form in _LABELS
        if not begin or begin == at or tokens[begin - 1].word in axes:
            return None
        if labelled:
            at += 1
            while at < len(tokens) and tokens[at].form in (":", "-", "of", "is"):
                at += 1
        elif [token.form for token in tokens[begin:at]] != [":"]:
            return None
        if tokens[begin - 1].number is not None or not tokens[begin - 1].form.isalpha():
            return None
        number = number_at(tokens, at) if at < len(tokens) else None
        if number is None or not 0 < number[0] <= MOST or number[0] != int(number[0]):
            return None
        end = at + number[1]
        if end < len(tokens) and tokens[end].form not in _STOPS:
            return None
        times = tokens[begin]._replace(word="x", form="x", number=None)
        return (times, _number(number[0], tokens[at:end])), end - begin

    return find


def _as_many(tokens: Sequence[Token], at: int) -> tuple[tuple[Token, ...], int] | None:
    """`four plates and as many forks`: so many as were said before."""
    begin, factor = at, 1.0
    if tokens[at].form in _TIMES and tokens[at + 1 : at + 2]:
        factor, at = _TIMES[tokens[at].form], at + 1
    elif tokens[at].form in ("just", "exactly") and tokens[at + 1 : at + 2]:
        at += 1
    for words in _AS_MANY:
        length = len(words)
        if tuple(token.form for token in tokens[at : at + length]) == words:
            break
    else:
        return None
    after = tokens[at + length].form if at + length < len(tokens) else "as"
    before = _last_number(tokens[:begin])
    counted = begin > 0 and tokens[begin - 1].form in (",", "and", "plus", "with", "but")
    if after in ("as", "again", "of", "more") or before is None or not counted:
        return None
    return (_number(before * factor, tokens[begin : at + length]),), at + length - begin


def _last_number(tokens: Sequence[Token]) -> float | None:
    for at in range(len(tokens) - 1, -1, -1):
        found = number_at(tokens, at)
        if found is not None and found[0] > 0 and tokens[at].form not in ("a", "an", "some"):
            while at and (longer := number_at(tokens, at - 1)) and longer[1] > found[1]:
                at, found = at - 1, longer
            return found[0]
    return None


def _unsure(axes: Collection[str]) -> Find:
    def find(tokens: Sequence[Token], at: int) -> tuple[tuple[Token, ...], int] | None:
        """`two or three lemons`, `between two and four lemons`: it is not told how many."""
        begin = at
        between = tokens[at].form == "between"
        at += between
        first = number_at(tokens, at) if at < len(tokens) else None
        if first is None or (begin and tokens[begin - 1].word in (*axes, *SIGNS, "no")):
            return None
        middle = at + first[1]
        word = "and" if between else "or"
        if middle + 1 >= len(tokens) or tokens[middle].form != word:
            return None
        second = number_at(tokens, middle + 1)
        if second is None or second[0] == first[0] or first[0] <= 0 or second[0] <= 0:
            return None
        end = middle + 1 + second[1]
        if end >= len(tokens) or not tokens[end].form.isalpha() or tokens[end].word in axes:
            return None
        if tokens[end].word in NAMES or limit_at(tokens, end):
            return None
        if tokens[at].form in ("a", "an") or tokens[middle + 1].form in ("a", "an", "some"):
            return None
        said = tokens[begin:end]
        return (said[0]._replace(word="several", form="several", number=None, end=said[-1].end),), (
            end - begin
        )

    return find


def _for_each(tokens: list[Token]) -> list[Token]:
    """`a plate for each of my four guests`: four; `one per child, there are three`: three."""
    forms = [token.form for token in tokens]
    for at in range(1, len(forms) - 1):
        told = _heads(tokens, at)
        if told is None:
            continue
        count, end = told
        begin = max((n + 1 for n, form in enumerate(forms[:at]) if form in ".;?!"), default=0)
        before = _times_each(tokens[begin:at], count)
        rest = tokens[end:]
        if before is None:
            times = tokens[at]._replace(word="x", form="x", number=None)
            before = [*tokens[begin:at], times, _number(count, tokens[at:end])]
        return [*tokens[:begin], *before, *rest]
    return tokens


def _heads(tokens: Sequence[Token], at: int) -> tuple[float, int] | None:
    """How many people, or days, something is said to be for, each of them; and where that ends."""
    forms = [token.form for token in tokens[at : at + 9]]
    if forms[:2] in (["for", "each"], ["for", "every"]) and forms[2:3] == ["day"]:
        week = [form for form in ("week",) if form in forms[3:6]]
        return (7.0, at + forms.index("week") + 1) if week else None
    enough = forms[0] == "for" and "enough" in {token.form for token in tokens[:at]}
    each = forms[0] == "for" and bool(_EACH & set(forms[1:2]))
    if not (each or enough or forms[:2] in (["for", "all"], ["each", "for"], ["apiece", "for"])):
        return None
    for position in range(at + 1, min(at + 6, len(tokens))):
        found = number_at(tokens, position)
        if found is None or found[0] < 2 or found[0] != int(found[0]):
            continue
        last = position + found[1]
        for end in range(last, min(last + 3, len(tokens))):
            if tokens[end].word in _PEOPLE or tokens[end].form in _PEOPLE:
                return found[0], end + 1
        return None
    return None


def _times_each(tokens: Sequence[Token], count: float) -> list[Token] | None:
    """With each amount that something begins with so many times; None where there is none."""
    found: list[Token] = []
    at, some = 0, False
    while at < len(tokens):
        number = number_at(tokens, at)
        article = tokens[at].form in ("a", "an")
        begins = not found or found[-1].form in _BEGINS or not number_at([found[-1]], 0)
        if (number or article) and begins and (article or tokens[at].form in NUMBERS or number):
            value, length = number or (1.0, 1)
            if value == int(value) and value > 0 and not tokens[at].joined:
                found.append(_number(value * count, tokens[at : at + length]))
                at, some = at + length, True
                continue
        found.append(tokens[at])
        at += 1
    return found if some else None
