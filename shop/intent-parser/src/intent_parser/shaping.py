"""What a clause comes to, once its end is seen: the verb that is meant, and what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from intent_parser.clauses import WISHING, Clause
from intent_parser.passive import VERBS, active, forbidden
from intent_parser.phrases import number_at, phrase_at
from intent_parser.phrasing import joined_by_and
from intent_parser.predicates import fates, put_out
from intent_parser.reading import Token
from intent_parser.turning import AWAY, PRONOUNS, tags_of, turned, without_phrase

_POLITE = frozenset([",", "please", "thanks", "thank", "you"])
_TELLING = frozenset(["ADD", "BUY", "TAKE", "REMOVE", "SET", "SWAP", "CANCEL"])
_MULTIPLYING = frozenset(["DOUBLE", "TRIPLE", "HALVE"])


def shaped(clause: Clause, before: list[Clause]) -> list[Clause]:
    """The clause as it is meant, which may be several. `before`: those of its statement, of which
    it takes what it is about: `the red one | I'd like out`."""
    clause = _with_pronoun(clause)
    settled = _split_from_both(clause) or _not_done(clause)
    if settled:
        return settled
    clause = _counted(_worded(clause))
    fronted = _fronted(clause, before)
    if fronted:
        return fronted
    verb, about = _idiom(clause.verb, clause.about)
    about = _enough_of(verb, about)
    told = fates(about) if not verb else []
    if told:
        return [_turned(replace(clause, verb=each, said=(), about=of)) for each, of in told]
    verb, about = _sole(verb, about)
    return [_turned(replace(clause, verb=verb, about=about))]


def _with_pronoun(clause: Clause) -> Clause:
    """`cart it`: the pronoun is of the verb's own words."""
    said = clause.said
    points = bool(said) and said[-1].form in PRONOUNS | {"that"}
    bare = clause.verb == "ADD" and not clause.about
    return replace(clause, about=said[-1:]) if bare and points else clause


def _split_from_both(clause: Clause) -> list[Clause]:
    """`I don't need both, the red will do`: two clauses."""
    if clause.verb != "REMOVE" or [token.form for token in clause.about[:2]] != ["both", ","]:
        return []
    first = _turned(replace(clause, about=clause.about[:1]))
    return [first, *shaped(Clause("", (), clause.about[2:]), [])]


def _not_done(clause: Clause) -> list[Clause]:
    """What is said not to be done, or to be let go; none where neither is said."""
    verb, about = clause.verb, clause.about
    paying = verb == "CHECKOUT" and any(token.form.endswith("ing") for token in clause.said[:1])
    if paying and {"was", "were", "isnt", "wasnt"} & {token.form for token in about}:
        return [replace(clause, verb="DECLINED")]  # `checking out was a mistake`
    denied = _denied(verb, clause.said, about)
    if denied:
        return [replace(clause, verb=denied, negated=True)]
    let = _let_go(verb, about)
    if let is not None:
        return [replace(clause, verb="REMOVE", about=let, negated=clause.negated or _never(about))]
    if verb in ("", *WISHING) and [token.form for token in about] == ["dont", "bother"]:
        return [replace(clause, verb="DECLINED")]
    return []


def _worded(clause: Clause) -> Clause:
    """With the verb of a passive: `the kettle is to be replaced by a pan`."""
    if clause.verb not in ("", "WANT") or clause.negated:
        return clause
    passive = active(clause.about, wished=clause.verb == "WANT")
    if passive is None:
        return clause
    verb, done, about = passive
    return replace(clause, verb=verb, said=(done,), about=about)


def _counted(clause: Clause) -> Clause:
    """`I need only …`, `I need twice the number of …`, `I need neither …`."""
    verb, about = clause.verb, clause.about
    if verb in (*WISHING, "TAKE") and about and about[0].form in ("only", "just"):
        about = about[1:]
        verb = verb if verb == "BUY" else "ONLY"
    verb, about = _multiplying(verb, _not_but(verb, about))
    neither = _neither(verb, about)
    if neither is None:
        return replace(clause, verb=verb, about=about)
    verb, about, denied = neither
    return replace(clause, verb=verb, about=about, negated=denied)


def _fronted(clause: Clause, before: list[Clause]) -> list[Clause]:
    """`The red one | I'd like out, the other is fine`: what goes is said first."""
    gone = _gone_at_once(clause.verb, clause.about)
    if gone is None or not before or before[-1].verb or before[-1].negated:
        return []
    first, rest = before.pop(), tuple(clause.about[gone:])
    left = replace(first, verb="REMOVE", said=clause.said)
    return [left, *shaped(Clause("", (), rest), [])] if rest else [left]


def _idiom(verb: str, about: tuple[Token, ...]) -> tuple[str, tuple[Token, ...]]:
    """`give it a miss`, `call it off`, `that's the one to stop`"""
    verb, about = _missed(verb, about)
    if not verb and [t.form for t in about[-2:]] in (["to", "stop"], ["to", "cancel"]):
        return "CANCEL", about[:-2]
    return verb, about


def _missed(verb: str, about: tuple[Token, ...]) -> tuple[str, tuple[Token, ...]]:
    """`I'll give the kettle a miss`: it is to go."""
    forms = [token.form for token in about]
    call = forms.index("call") if "call" in forms[:3] else -1
    if not verb and call >= 0 and forms[-1:] == ["off"] and len(forms) > call + 2:
        return "CANCEL", about[call + 1 : -1]  # `call the lamp off`
    if verb or forms[-2:] != ["a", "miss"] or "give" not in forms[:-2]:
        return verb, about
    return "REMOVE", about[forms.index("give") + 1 : -2]


def _denied(verb: str, said: Sequence[Token], about: Sequence[Token]) -> str:
    """The verb of what is not to be done: `the kettle is not to be swapped`, `I don't want it
    removed`; empty where nothing is denied."""
    if verb in ("", "WANT"):
        return forbidden(about)
    declines = verb == "REMOVE" and len(said) > 1 and said[-1].form in ("want", "need")
    if not declines or not about:
        return ""
    done = VERBS.get(_last_word(about), "")
    return done or ("REMOVE" if put_out(about) is not None else "")


def _last_word(about: Sequence[Token]) -> str:
    words = [token.form for token in about if token.form not in _POLITE]
    return words[-1] if words else ""


def _let_go(verb: str, about: tuple[Token, ...]) -> tuple[Token, ...] | None:
    """`let the kettle go`: what is to go."""
    forms = [token.form for token in about]
    begin = forms.index("let") + 1 if "let" in forms[:3] else 0
    if verb or not begin or len(forms) < begin + 2 or forms[-1] not in ("go", "lapse", "slide"):
        return None
    return about[begin:-1]


def _never(about: Sequence[Token]) -> bool:
    return bool({"dont", "never", "not"} & {token.form for token in about[:3]})


def _enough_of(verb: str, about: tuple[Token, ...]) -> tuple[Token, ...]:
    """`we have loads of | kettles, so that one can go`: the kettle, which the verb takes out."""
    told = fates(about) if verb == "IGNORE" else []
    goes = len(told) == 2 and not told[0][0] and told[1][0] == "REMOVE"
    return told[0][1] if goes else about


def _sole(verb: str, about: tuple[Token, ...]) -> tuple[str, tuple[Token, ...]]:
    """`the kettle is all I need`, `nothing but the kettle should stay`: that, and no other."""
    forms = [token.form for token in about[:2]]
    if not verb and forms in (["nothing", "but"], ["nothing", "except"]):
        return "ONLY", tuple(without_phrase(about[2:], "STAYS"))
    for at in range(1, len(about)):
        tags, length = phrase_at(about, at)
        if not verb and "SOLE" in tags and at + length == len(about):
            return "ONLY", about[:at]
    return verb, about


def _gone_at_once(verb: str, about: Sequence[Token]) -> int | None:
    """Where `out` ends of `I'd like out, …`; None where a wish is for something."""
    if verb != "WANT" or not about or about[0].form not in ("out", "off", "gone", "removed"):
        return None
    end = 1
    while end < len(about) and about[end].form in ("please", ",", "and", "but", "now"):
        end += 1
    return end if end == len(about) or end > 1 else None


def _neither(verb: str, about: tuple[Token, ...]) -> tuple[str, tuple[Token, ...], bool] | None:
    """`I need neither the kettle nor the game`: both are to go. `Remove neither …`: neither is to.

    The verb, what it is about, and whether it is negated; None where neither is said."""
    if not about or about[0].form not in ("neither", "none"):
        return None
    both = about[0]._replace(word="both", form="both")
    if about[0].form == "none":
        both = about[0]._replace(word="all", form="all")
    of = joined_by_and((both, *about[1:]))
    if verb in ("WANT", "KEEP"):
        return "REMOVE", of, False
    if verb in _TELLING:
        return verb, of, True
    if verb:
        return None
    of_them = len(about) > 2 and about[1].form == "of"
    them = phrase_at(about, 2) if of_them else ((), 0)
    if "THEM" in them[0] and {t.form for t in about[2 + them[1] :]} <= _POLITE:
        return "REMOVE", of, False  # `Neither of them, thanks`
    for at in range(1, len(of)):
        tags, length = phrase_at(of, at)
        if "NEEDED" in tags and at + length == len(of):
            return "REMOVE", of[:at], False
    return None


def _some_of(about: tuple[Token, ...]) -> tuple[Token, ...]:
    """`of the four chairs one`: one of them."""
    counted = len(about) > 2 and about[0].form == "of" and number_at(about, len(about) - 1)
    return (about[-1], *about[:-1]) if counted else about


def _turned(clause: Clause) -> Clause:
    verb, about = turned(clause.verb, clause.said, clause.about), clause.about
    if clause.verb == "WANT" and not clause.negated:
        gone = put_out(about)
        verb, about = ("REMOVE", gone) if gone is not None else (verb, about)
    if verb == "REMOVE":
        about = tuple(token for token in without_phrase(about, "GOES") if token.form not in AWAY)
        about = _some_of(about)
    return replace(clause, verb=verb, about=about)


def _not_but(verb: str, about: tuple[Token, ...]) -> tuple[Token, ...]:
    """`not the kettle but the game should go`, without what is not meant."""
    forms = [token.form for token in about]
    if verb or forms[:1] != ["not"] or forms[1:2] in (["only"], ["just"]) or "but" not in forms:
        return about
    return about[forms.index("but") + 1 :]


def _multiplying(verb: str, about: tuple[Token, ...]) -> tuple[str, tuple[Token, ...]]:
    """`I need twice the number of plates`: the verb is what follows."""
    tags, length = phrase_at(about, 0) if about else ((), 0)
    times = next((tag for tag in tags if tag in _MULTIPLYING), None)
    if verb not in (*WISHING, "ONLY") or times is None or length < 2:
        return verb, about
    return times, about[length:]


def asked_into(clause: Clause) -> Clause | None:
    """`Could the lamp go into my basket?`"""
    forms = [token.form for token in clause.about]
    carted = any("CART" in tags for tags in tags_of(clause.about))
    if not forms or forms[0] not in _MODAL or not carted or not _GOING & set(forms):
        return None
    return replace(clause, about=tuple(t for t in clause.about[1:] if t.form not in _GOING))


_MODAL = frozenset(["can", "could", "may", "might", "should", "would"])
_GOING = frozenset(["go", "come", "land", "be", "put", "added", "placed"])


def nothing_but(clause: Clause) -> Clause:
    """`don't remove anything but the kettle`: that alone."""
    forms = [token.form for token in clause.about[:2]]
    if not clause.negated or forms not in (["anything", "but"], ["anything", "except"]):
        return clause
    return replace(clause, negated=False, about=clause.about[2:])
