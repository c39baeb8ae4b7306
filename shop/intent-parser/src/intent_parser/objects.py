"""What a clause is about, as wishes: `two red mugs, a kettle and the Fenn & Daughters shirt`.

Where a comma or an `and` stands between two things and where within the name of one, the catalogue
decides: all readings are scored, and the best is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product as combinations

from intent_parser.cues import ATTRIBUTES, DENYING
from intent_parser.limits import NO_LIMITS, joined, limit_at
from intent_parser.phrases import UNIT_WORDS, number_at, phrase_at
from intent_parser.phrasing import COUNTED
from intent_parser.reading import Token
from intent_parser.telling import by_article
from intent_parser.wishes import PICKS, Wish, Word

MOST_UNSURE = 4
"""Separators that may be within a name; of more, the rest separate."""
PART_COST = 0.5
"""One thing is believed before two that explain no more."""
_ANY = frozenset(["any", "anything", "every", "all", "whichever", "whatever", "everything"])
_THINGS = frozenset(["thing", "things", "item", "items", "product", "products", "articles"])
Read = Callable[[Sequence[Token]], Wish]
Score = Callable[[Wish], float]
Rows = Callable[[Wish], int]
"""How many variants a wish may mean."""


def wishes_of(
    about: Sequence[Token],
    read: Read,
    score: Score,
    rows: Rows,
    known: frozenset[str],
    attribute: Callable[[Wish], bool],
) -> list[Wish]:
    """The best reading; what stands alone and only narrows belongs to what was named before it."""
    count, about = _each_of(about)
    parts = _best(about, read, score)
    shared = _distributed([read(part) for part in parts], attribute)
    if shared is not None:
        return shared
    wishes: list[Wish] = []
    ruled_out: tuple[tuple[Token, ...], ...] = ()
    lead: Wish | None = None
    for part in parts:
        wish = read(part)
        if ruled_out and wish.hard:
            wish, ruled_out = _without(wish, ruled_out, rows), ()
        if _picks(wish) and not wishes and wish.quantity is None and part is not parts[-1]:
            lead = wish  # `cheap as you can: a shirt`
            continue
        if lead is not None and wish.hard:
            wish, lead = _modified(wish, replace(lead, tokens=())), None
        if wish.empty and wish.unwanted and not wishes and wish.quantity is None:
            ruled_out += wish.unwanted  # `no Forma, no Ovenbird: an espresso machine`
            continue
        if part[0].form == "for" and _leads(part, about) and _unlimited(wish):
            continue  # `for the party: six plates`
        if _announces(part, wish) and part is not parts[-1]:
            continue
        goes_on = bool(wishes) and _goes_on(wishes[-1], wish)
        without = denied(wishes[-1], part, wish, rows, goes_on) if wishes else None
        if without is not None:
            wishes[-1] = without
            continue
        if goes_on and about[-1].form == "ones" and not wish.limits.currency:
            groups = tuple((word.token,) for word in wish.hard)  # the last of them names it
            wishes[-1] = replace(
                wishes[-1],
                unwanted=(*wishes[-1].unwanted, *groups),
                tokens=(*wishes[-1].tokens, *wish.tokens[:-1], *(g[0] for g in groups[-1:])),
            )
            continue
        if _refused(part):
            continue
        each = _number_each(part) if wishes and not wish.hard else None
        if each is not None:
            wishes = [_counted(one, each) for one in wishes]
            continue
        if wishes and _adds(wishes[-1], wish):
            wishes[-1] = replace(
                wishes[-1], quantity=(wishes[-1].quantity or 1) + (wish.quantity or 0)
            )
            continue
        number = part[0] if len(part) == 1 and part[0].number is not None else None
        if number is not None and wishes and wishes[-1].words:
            # `…, black, 42`
            wishes[-1] = replace(wishes[-1], words=(*wishes[-1].words, Word(number)))
        elif wishes and _counts(wishes[-1], wish):
            wishes[-1] = replace(wishes[-1], quantity=wish.quantity)
        elif wishes and (wish.empty or _picks(wish)):
            wishes[-1] = _modified(wishes[-1], wish)
        elif (
            wishes and ATTRIBUTES & {word.token.word for word in wish.words} and _talk(wish, known)
        ):
            # `the lamp, purple`: that there is none such is to be told
            wishes[-1] = replace(
                _modified(wishes[-1], wish), words=(*wishes[-1].words, *wish.words)
            )
        elif (wish.empty and wish.quantity is None) or (wishes and _talk(wish, known)):
            if wish.empty or not _joined(about, part):
                continue
            wishes.append(wish)  # `milk and caviar`: that there is none is to be told
        else:
            finer = refined(wishes[-1], wish, rows) if wishes else None
            if finer is None and wishes and not wish.pronoun and attribute(wish):
                finer = replace(_modified(wishes[-1], wish), words=(*wishes[-1].words, *wish.words))
                other = _other(wishes[-1], wish, attribute)
                if other is not None and not rows(finer) and rows(other):
                    wishes.append(other)
                    continue
            if finer is None:
                wishes.append(wish)
            else:
                wishes[-1] = finer
    return wishes if count is None else [_counted(wish, count) for wish in wishes]


def _without(wish: Wish, unwanted: tuple[tuple[Token, ...], ...], rows: Rows) -> Wish:
    """Without what was ruled out before it, unless it is something else altogether."""
    other = replace(wish, unwanted=(*unwanted, *wish.unwanted))
    return other if rows(other) else wish


def _each_of(about: Sequence[Token]) -> tuple[float | None, Sequence[Token]]:
    """`two each of forks, knives and spoons`: how many of each, and what follows."""
    number = number_at(about, 0) if about else None
    if number is None or number[0] <= 0:
        return None, about
    end = number[1]
    forms = [token.form for token in about[end : end + 2]]
    length = 2 if forms in (["each", "of"], ["of", "each"]) else int(forms[:1] == ["each"])
    end += length
    while length and end < len(about) and about[end].form in (":", "-", ",", "of", "the"):
        end += 1
    rest = about[end:]
    several = any(token.form in (",", "and", "plus") for token in rest)
    return (number[0], rest) if length and several else (None, about)


def _picks(wish: Wish) -> bool:
    """`a laptop. The cheapest.`, `out of your laptops, the one with the best rating`"""
    one = [token.form for token in wish.tokens[:2]] == ["the", "one"]
    bare = not wish.words and (wish.pronoun in ("", "one") or one) and not wish.everything
    return bare and wish.pick in ("cheapest", "dearest", "best_rated") and not wish.more


def _number_each(part: Sequence[Token]) -> float | None:
    """`forks, knives and spoons, two each`"""
    number = number_at(part, 0) if part else None
    each = {"each", "apiece"} & {token.form for token in part}
    return number[0] if number is not None and each and number[0] > 0 else None


def _counted(wish: Wish, number: float) -> Wish:
    """So many of it, where it was not said how many."""
    bare = wish.quantity is None or (wish.quantity == 1 and by_article(wish))
    return replace(wish, quantity=number) if bare else wish


def _adds(wish: Wish, more: Wish) -> bool:
    """`five lemons plus two more`"""
    counted = wish.quantity is not None and wish.quantity > 0 and more.quantity is not None
    # `one for me, one for my dad`
    both = all("for" in {token.form for token in each.tokens} for each in (wish, more))
    hard = [word for word in more.hard if not word.after]
    return counted and (more.more or both) and not (hard or more.pronoun) and bool(wish.hard)


def _distributed(wishes: Sequence[Wish], attribute: Callable[[Wish], bool]) -> list[Wish] | None:
    """`two soundbars, one red, one blue`, `one red and one blue soundbar`: each of them with the
    name that is said once."""

    def only(wish: Wish) -> bool:
        counted = wish.quantity is not None and wish.quantity > 0 and not wish.more
        return counted and attribute(replace(wish, quantity=None))

    def named(wish: Wish, words: tuple[Word, ...], tokens: tuple[Token, ...]) -> Wish:
        return replace(
            wish, words=(*words, *wish.words), tokens=(*tokens, *wish.tokens), pronoun=""
        )

    first, *rest = wishes or [Wish()]
    count = sum(wish.quantity or 0 for wish in rest)
    told = first.quantity in (None, count)
    if len(rest) > 1 and first.words and told and all(map(only, rest)):
        return [named(wish, first.words, first.tokens) for wish in rest]
    *before, last = wishes or [Wish()]
    name = tuple(word for word in last.words if not attribute(Wish(words=(word,))))
    if before and name and len(name) < len(last.words) and last.quantity and all(map(only, before)):
        return [*(named(wish, name, last.tokens) for wish in before), last]
    return None


def _leads(part: Sequence[Token], about: Sequence[Token]) -> bool:
    """Whether a colon stands after it, and none within."""
    if len(part) > 4 or {":", ".", ","} & {token.form for token in part}:
        return False
    after = next((token for token in about if token.start >= part[-1].end), None)
    return after is not None and after.form == ":"


def _unlimited(wish: Wish) -> bool:
    return wish.quantity is None and wish.limits == wish.total == NO_LIMITS


def _other(named: Wish, wish: Wish, attribute: Callable[[Wish], bool]) -> Wish | None:
    """`the soundbar in red and royal blue`: another of what is named, where none is both."""
    name = tuple(word for word in named.words if not attribute(Wish(words=(word,))))
    both = bool(name) and len(name) < len(named.words) and wish.quantity is None
    tokens = (*named.tokens, *wish.tokens)
    return replace(named, words=(*name, *wish.words), tokens=tokens) if both else None


def _announces(part: Sequence[Token], wish: Wish) -> bool:
    """`three things: …`"""
    return wish.empty and bool(_THINGS & {token.form for token in part})


def _refused(part: Sequence[Token]) -> bool:
    """`the langoustines yes, the shrimp no`"""
    return len(part) > 1 and part[-1].form == "no"


def _counts(named: Wish, wish: Wish) -> bool:
    """`kiwis, fifteen of them`: how many of what was just named."""
    units = all(word.token.word in (*UNIT_WORDS, *COUNTED) for word in wish.words)
    counted = wish.quantity is not None and units and not wish.more
    bare = named.quantity is None or named.quantity == 1
    return counted and bare and bool(named.words) and wish.pronoun in ("them", "")


def _talk(wish: Wish, known: frozenset[str]) -> bool:
    """`…, my neighbour will love it`: nothing of it is sold, and nothing of it is counted."""
    words = {word.token.word for word in wish.words}
    return bool(words) and wish.quantity is None and not wish.definite and not words & known


def _joined(about: Sequence[Token], part: Sequence[Token]) -> bool:
    """Whether it is but a name, and stands after an `and`."""
    before = [token.form for token in about if token.end <= part[0].start][-1:]
    plain = not any(phrase_at(part, at)[0] for at in range(len(part)))
    return before in (["and"], ["plus"]) and len(part) <= 2 and plain


def _goes_on(wish: Wish, more: Wish) -> bool:
    """`leaving out the black, the party and the classic ones`: whether it is still left out."""
    last = wish.tokens[-1:]
    return (
        bool(last) and more.quantity is None and any(g[-1:] == tuple(last) for g in wish.unwanted)
    )


def denied(
    wish: Wish, part: Sequence[Token], more: Wish, rows: Rows, goes_on: bool = False
) -> Wish | None:
    """`a window box, red is out`: the wish without what is denied, where that leaves some of it."""
    if not wish.words or not (goes_on or DENYING & {token.form for token in part}):
        return None
    named = [word.token for word in more.words] + [t for group in more.unwanted for t in group]
    before = rows(wish)
    gone: list[tuple[Token, ...]] = []
    for token in named:
        without = replace(wish, unwanted=(*wish.unwanted, *gone, (token,)))
        if 0 < rows(without) < rows(replace(wish, unwanted=(*wish.unwanted, *gone))):
            gone.append((token,))
    if not gone or before <= 1:
        return None
    return replace(_modified(wish, more), unwanted=(*wish.unwanted, *gone))


def refined(wish: Wish, more: Wish, rows: Rows) -> Wish | None:
    """`the soundbar, the red one`: both as one, where the first alone may mean several."""
    if not wish.words or not more.words or more.more or rows(wish) <= 1:
        return None
    if more.quantity is not None and more.quantity != 1:
        return None
    both = replace(_modified(wish, more), words=(*wish.words, *more.words), pronoun="")
    return both if 0 < rows(both) < rows(wish) else None


def _best(about: Sequence[Token], read: Read, score: Score) -> list[Sequence[Token]]:
    sure, unsure = _separators(about)
    sure |= set(unsure[MOST_UNSURE:])
    unsure = unsure[:MOST_UNSURE]
    if not unsure:
        return _parts(about, sure)
    seen: dict[tuple[int, int], float] = {}

    def worth(parts: list[Sequence[Token]]) -> float:
        total = 0.0
        for part in parts:
            key = (part[0].start, part[-1].end)
            if key not in seen:
                wish = read(part)
                seen[key] = score(wish) - (0.0 if wish.empty else PART_COST)
            total += seen[key]
        return total

    readings = [
        _parts(about, sure | {at for at, splits in zip(unsure, chosen, strict=True) if splits})
        for chosen in combinations((False, True), repeat=len(unsure))
    ]
    return max(readings, key=worth)


def _separators(about: Sequence[Token]) -> tuple[set[int], list[int]]:
    """Places of commas and `and`s: those that separate for sure, and those that may."""
    sure: set[int] = set()
    unsure: list[int] = []
    limited = -1
    for at, token in enumerate(about):
        limit = limit_at(about, at) if at >= limited else None
        if limit is not None:
            limited = at + limit[1]
        if at < limited:
            continue
        tags, length = phrase_at(about, at)
        if not (
            token.form in (",", ":", ".", "but", "though", ";", "-", "–", "/", "•")
            or ("AND" in tags and token.form != "with")
            or token.form == "or"
        ):
            continue
        after = at + length if tags else at + 1
        if after >= len(about) or at == 0:
            sure.add(at)
            continue
        if token.form == ":" and DENYING & {t.form for t in about[after : after + 2]}:
            continue  # `rust: never`
        if token.form == "but" and _ANY & {t.form for t in about[:at]}:
            continue  # `any chainsaw but the loud one`
        following, _ = phrase_at(about, after)
        begins = {"A", "THE", "MORE", "AND", "IT"} & set(following) or PICKS.keys() & set(following)
        denies = token.form != ":" and DENYING & {t.form for t in _until_comma(about[after:])}
        if token.form == "or":
            # No choice is `washed or not`.
            unsure += [at] if "NOT" not in following else []
        elif begins or number_at(about, after) or token.form == ";" or denies:
            sure.add(at)
        else:
            unsure.append(at)
    return sure, unsure


def _until_comma(about: Sequence[Token]) -> Sequence[Token]:
    ends = (at for at, token in enumerate(about) if token.form in (",", ".", ";", "but"))
    return about[: next(ends, len(about))]


def _parts(about: Sequence[Token], at: set[int]) -> list[Sequence[Token]]:
    parts: list[Sequence[Token]] = []
    begin = 0
    for place in [*sorted(at), len(about)]:
        part = about[begin:place]
        if part:
            parts.append(part)
        # What begins with an `or` is another choice.
        begin = place + (place == len(about) or about[place].form != "or")
    return parts


def _modified(wish: Wish, more: Wish) -> Wish:
    return replace(
        wish,
        limits=joined(wish.limits, more.limits),
        total=joined(wish.total, more.total),
        pick=more.pick if wish.pick == "only" else wish.pick,
        unwanted=(*wish.unwanted, *more.unwanted),
        quantity=more.quantity if wish.quantity is None else wish.quantity,
        tokens=(*wish.tokens, *more.tokens),
    )
