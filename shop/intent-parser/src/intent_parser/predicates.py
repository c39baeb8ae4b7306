"""What is said of things without a verb of doing: `the kettle out, the game stays`.

What becomes of a thing stands at the end of what is said of it; each such part is a clause.
"""

from __future__ import annotations

from collections.abc import Sequence

from intent_parser.phrases import phrase_at
from intent_parser.reading import Token

Fate = tuple[str, tuple[Token, ...]]
"""A verb, and what it is about."""
_JOINTS = frozenset([",", ";", "-", "and", "but", "while", "whereas", "so"])
_OUT = frozenset(["out", "off", "gone", "goes", "go", "removed", "deleted"])
_NOT_OUT = frozenset(
    ["sold", "ran", "run", "went", "worn", "turned", "check", "checking", "work", "way", "not"]
)
"""Before an `out` that takes nothing out."""
_BE = frozenset(["is", "are", "be", "to", "has", "must", "can", "should", "may", "was", "were"])
_TRAILING = frozenset(
    [
        "please",
        "now",
        "then",
        "though",
        "thanks",
        "again",
        "lol",
        "pls",
        "instead",
        "too",
    ]
)
_OPPOSITES = {"STAYS": "REMOVE", "REMOVE": "STAYS"}
_GOOD = frozenset(["fine", "ok", "okay", "good", "perfect"])
_DENIED = frozenset(["nothing", "none", "neither", "nobody", "not", "no"])
_MISTAKES = frozenset(
    ["mistake", "misclick", "mistap", "slip", "accident", "error", "blunder", "typo"]
)
_POINTING = frozenset(["it", "that", "this", "they", "those", "these", "both"])
_FATES = {"GOES": "REMOVE", "STAYS": "STAYS", "SOLE": "ONLY", "COMES": "ADD"}
_SPEAKERS = frozenset(["i", "im", "we", "were", "he", "she", "hes", "shes", "you", "youre"])


def fates(about: Sequence[Token]) -> list[Fate]:
    """Of a talk all of which tells what becomes of things; none where some of it does not."""
    about = _untrailed(about)
    found: list[Fate] = []
    begin = joint = 0
    for end in (at for at in range(1, len(about) + 1) if _ends(about, at)):
        if begin == end:
            begin = joint = end + 1  # two joints, as in `, but`
            continue
        fate = _fate(about[begin:end])
        spoken_of = _fate(about[joint:end]) if joint > begin else None
        if spoken_of is not None and _points(spoken_of[1]):
            # `We have kettles enough, that one can go`
            found += [("", tuple(about[begin : joint - 1])), spoken_of]
            begin = end + 1
        elif fate is not None:
            found.append(fate)
            begin = end + 1
        elif found and found[-1][0] in _OPPOSITES and about[begin].form == "not":
            # `The novel can stay, but not the others`
            found.append((_OPPOSITES[found[-1][0]], tuple(about[begin + 1 : end])))
            begin = end + 1
        joint = end + 1
    if begin < len(about) or not found:
        return []
    alone = len(found) == 1
    return [] if alone and (found[0][0] != "REMOVE" or not _plainly_out(about)) else found


def put_out(about: Sequence[Token]) -> tuple[Token, ...] | None:
    """`the novel out of my cart`, `the novel gone`: what is to go, of a wish."""
    about = _untrailed(about)
    for at, token in enumerate(about):
        tags, _ = phrase_at(about, at)
        if at and token.form in ("out", "off") and "CART" in tags:
            return tuple(about[:at])
    ends = bool(about) and about[-1].form in ("out", "off", "gone", "removed", "deleted")
    if len(about) > 1 and ends and about[-2].form not in _NOT_OUT:
        return tuple(about[:-1])
    return None


def _points(subject: Sequence[Token]) -> bool:
    """`that one`, `so the pair of them`"""
    return subject[0].form in _POINTING or subject[-1].form in ("them", "it")


def _ends(about: Sequence[Token], at: int) -> bool:
    return at == len(about) or about[at].form in _JOINTS


def _plainly_out(about: Sequence[Token]) -> bool:
    """`soundbars out, please`: told by one word, which no phrase of the language reads."""
    last = _untrailed(about)[-1].form
    return last in ("out", "off") or (last in _MISTAKES and about[0].form in ("all", "everything"))


def _fate(part: Sequence[Token]) -> Fate | None:
    part = _uncarted(_untrailed(part))
    if not part or part[0].form in _SPEAKERS or _DENIED & {token.form for token in part}:
        return None
    for at in range(1, len(part)):
        tags, length = phrase_at(part, at)
        fate = next((_FATES[tag] for tag in tags if tag in _FATES), None)
        if fate is not None and at + length == len(part):
            return fate, tuple(part[:at])
    end = len(part) - 1
    if 1 <= end < 5 and part[end].form in _GOOD:
        return "STAYS", tuple(part[:end])  # `milk's fine, the rest can go`
    if end >= 1 and part[end].form == "in" and part[end - 1].form not in _NOT_OUT:
        return "STAYS", tuple(part[:end])
    if end > 2 and part[end].form in _MISTAKES and part[end - 2].form in _BE:
        return "REMOVE", tuple(part[: end - 2])  # `all but the mug was a mistake`
    if end < 1 or part[end].form not in _OUT or part[end - 1].form in _NOT_OUT:
        return None
    while end > 1 and part[end - 1].form in _BE:
        end -= 1
    return "REMOVE", tuple(part[:end])


def _uncarted(part: Sequence[Token]) -> Sequence[Token]:
    """Without the place at its end: `… can be cleared out of there`."""
    for at in range(2, len(part)):
        tags, length = phrase_at(part, at)
        if "CART" in tags and at + length == len(part):
            return part[:at]
    return part


def _untrailed(part: Sequence[Token]) -> Sequence[Token]:
    end = len(part)
    while end and part[end - 1].form in _TRAILING | _JOINTS:
        end -= 1
    return part[:end]
