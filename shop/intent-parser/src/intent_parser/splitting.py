"""Where one clause ends and the next begins, and what hangs on which condition."""

from __future__ import annotations

from collections.abc import Sequence

from intent_parser.clauses import VERBS, WISHING, Clause, Statement
from intent_parser.correcting import comes_to, corrects
from intent_parser.limits import limit_at
from intent_parser.longing import longing
from intent_parser.looking import HARD, Looking
from intent_parser.passive import VERBS as PARTICIPLES
from intent_parser.passive import active
from intent_parser.paying import before_paying, paid_last
from intent_parser.phrases import number_at, phrase_at
from intent_parser.reading import Token
from intent_parser.turning import (
    AWAY,
    PRONOUNS,
    gone_but,
    multiplying,
    not_but,
    to_stay,
    turned,
    without_phrase,
)

_TRANSITIVE = frozenset(("ADD", "BUY", "WANT", "ONLY", "PREFER", "INSTEAD", "TAKE", "KEEP"))
"""Verbs that say nothing alone: another that follows at once takes their place."""
_BACK = frozenset(
    [
        "it",
        "its",
        "they",
        "theyre",
        "that",
        "thats",
        "those",
        "these",
        "this",
        "you",
        "there",
        "theres",
        "available",
        "in",
        "still",
        "its",
        "their",
        "youve",
        "both",
        "either",
    ]
)
_WE = frozenset(["i", "id", "ill", "we", "wed", "well", "im", "were"])
_JOINTS = frozenset([",", ":", "-", "but", "so", "because"])
"""After these another clause may begin, besides after an `and`."""
_LEADING = frozenset(["with", "on", "for", "having", "a", "my", "within"])
_PLAIN_VERBS = frozenset(["add", "buy", "get", "order", "put", "remove", "replace", "swap", "take"])
_BEFORE_NAMES = frozenset(
    ["a", "an", "and", "i", "my", "of", "or", "that", "the", "to", "we", "you"]
)
_IN_STOCK = frozenset(["STOCK", "NO_STOCK"])
_SUBJECTS = frozenset(["it", "they", "that", "this", "those", "these", "there", "you", "its"])
_PAYMENTS = frozenset(["payment", "purchase", "checkout"])
_PREDICATES = frozenset(["out", "gone", "stock", "available", "unavailable", "finished", "there"])


class _Splitter(Looking):
    def __init__(self, tokens: Sequence[Token]) -> None:
        super().__init__(tokens)
        self._statements: list[Statement] = [Statement()]
        self._verb = ""
        self._said: list[Token] = []
        self._about: list[Token] = []
        self._negated = False
        self._conditional: list[Token] | None = None

    def split(self) -> list[Statement]:
        at, fresh = 0, True
        while at < len(self._tokens):
            if fresh:
                length = self._begin(at)
                if length:
                    at += length
                    fresh = self._opens(at)
                    continue
            fresh = False
            token = self._tokens[at]
            tags, length = self._phrase(at)
            if self._verb == "INSTEAD" and {"ADD", "WANT", "BUY"} & set(tags):
                fresh = True
                continue
            verb = any(tag in VERBS for tag in tags)
            following = self._tokens[at + length].form if at + length < len(self._tokens) else ""
            if (
                not fresh
                and self._about
                and self._conditional is None
                and before_paying(self._tokens, at)
            ):
                fresh = True  # `drop the milk before you place the order`
                continue
            if self._conditional and {*WISHING, "PREFER"} & set(tags) and token.form in _WE:
                self._conditional_ends()  # `should you have it I'll take it`
                fresh = True
                continue
            if "IF_SO" in tags and self._verb == "INFO" and self._about:
                fresh = True  # `check if the lamp is there and if so add it`
                continue
            if self._then_after(at) and self._conditional is None:
                self._asked()  # `Is it over 20? Then leave it.`
                at, fresh = at + 2, True
                continue
            doing = {"ADD", "BUY", "REMOVE"} & set(tags)
            if self._conditional and ((doing and self._complete()) or self._begins_doing(at)):
                self._conditional_ends()  # `if it is dearer than the mug put the mug in`
                fresh = True
                continue
            if "REASON" in tags and (self._about or self._said) and self._conditional is None:
                at = self._past(at + length)
                fresh = True
                continue
            last = self._tokens[at + length - 1].form if length > 1 else following
            if not fresh and verb and self._about and last in PRONOUNS:
                # `two window boxes order them please`
                fresh = True
                continue
            if "RETRACT" in tags and not (token.form == "no" and self._about and not fresh):
                self._retract(at + length)
                fresh = True
            elif "THEN" in tags and self._awaits():
                self._conditional_ends()
                fresh = True  # `if it is cheap, then add it; if not, then leave it`
            elif "THEN" in tags and self._statements[-1].unless and self._statements[-1].before:
                self._else()  # `the hardback unless it is over 20, then the paperback`
                fresh = True
            elif token.form in HARD or "THEN" in tags:
                self._end_sentence()
                fresh, length = True, length or 1
            elif "ELSE" in tags and self._is_else(at, length, following, fresh=False):
                self._else()
                fresh, length = True, self._counted(at + length) - at
            elif ("IF" in tags or "UNLESS" in tags) and self._conditional is None:
                self._if("UNLESS" in tags)
                fresh = False
            elif "ELSE" in tags and token.form == "if" and self._conditional is None:
                self._if(unless=False)  # `if it's more than 20`
                fresh, length = False, 1
            elif self._inverted(at) and self._conditional is None:
                self._if(unless=False)
                fresh, length = False, 1
            elif "IF_SO" in tags and token.form == "if" and self._conditional is None:
                self._if(unless=False)  # `remove it if it is dear`: no question stands before
                fresh, length = False, 1
            else:
                length, fresh = self._other(at, tags)
            at += length
        self._end_sentence()
        return [each for each in self._statements if each.then or each.otherwise]

    def _other(self, at: int, tags: Sequence[str]) -> tuple[int, bool]:
        """A word of the clause or of its condition; gives its length, and whether one may end."""
        token = self._tokens[at]
        limit = limit_at(self._tokens, at)
        length = limit[1] if limit else 1
        if self._conditional is not None:
            if token.form == ",":
                self._conditional_ends()
                return 1, True
            ends = limit is not None
            if {"STOCK", "NO_STOCK"} & set(tags):
                _, length = phrase_at(self._tokens, at)
                ends = ends or self._tokens[at + length - 1].form in _PREDICATES
                limit = limit or (None,)
            self._conditional += self._tokens[at : at + length]
            if ends and self._names(at + length):
                self._conditional_ends()  # `if that is over 400 the smaller one`
            elif ends and self._goes_on(at + length):
                return length + 1, True
            return length, limit is not None
        alone = limit is not None and not (self._verb or {t.form for t in self._about} - _LEADING)
        self._about += self._tokens[at : at + length]
        # `With a budget of 4000 euros buy …`: a limit may lead.
        return length, alone or token.form in _JOINTS or "AND" in tags

    def _phrase(self, at: int) -> tuple[tuple[str, ...], int]:
        """Tags and length of what begins here; `as long as it isn't | over 900` is a condition."""
        tags, length = phrase_at(self._tokens, at)
        if corrects(self._tokens, at, self._about):
            return ("RETRACT",), 1
        paying = before_paying(self._tokens, at)
        if paying:
            return ("CHECKOUT",), paying
        if comes_to(self._tokens, at):
            return ("SET",), 1
        end = at + length
        if "UNWANTED" in tags and self._tokens[at].form in ("as", "so", "provided"):
            for back in range(end, end - 3, -1):
                if back < len(self._tokens) and limit_at(self._tokens, back):
                    return ("IF",), 1 if self._tokens[at].form == "provided" else 3
        return tags, length

    def _complete(self) -> bool:
        """Whether a condition says already what it asks."""
        said = self._conditional or []
        forms = [token.form for token in said]
        compared = "than" in forms and forms[-1] not in ("than", "the", "a")
        return compared or any(limit_at(said, at) for at in range(len(said)))

    def _begins_doing(self, at: int) -> bool:
        """`if you still have the lamp put two in my basket`: a verb that is in no name."""
        said = self._conditional or []
        if self._tokens[at].form not in _PLAIN_VERBS or not said or said[-1].form in _BEFORE_NAMES:
            return False
        stock = (at for at in range(len(said)) if _IN_STOCK & set(phrase_at(said, at)[0]))
        return len(said) > 2 and next(stock, None) is not None

    def _awaits(self) -> bool:
        """Whether a condition, or an otherwise, still waits for what is to be done."""
        last = self._statements[-1]
        leads = (last.condition is not None or self._conditional is not None) and not last.then
        other = last.has_otherwise and not last.otherwise
        return (leads or other) and not self._verb and not self._about

    def _inverted(self, at: int) -> bool:
        """`should it be gone`, `should the mug be over 20`."""
        following = self._tokens[at + 1].form if at + 1 < len(self._tokens) else ""
        begins = at == 0 or self._tokens[at - 1].form in (",", "but", "and", ".", ";", "–", "-")
        subject = following in _SUBJECTS or (begins and following in ("the", "your", "my", "a"))
        asks = self._tokens[at].form == "should" and subject
        return asks and not (self._conditional is not None and following in ("you", "we"))

    def _goes_on(self, at: int) -> bool:
        """`X if it is there and the Y as well`: Y hangs on no condition, and has the verb of X."""
        last = self._statements[-1]
        joined = at + 1 < len(self._tokens) and self._tokens[at].form == "and"
        if not joined or not self._names(at + 1) or not last.before or last.has_otherwise:
            return False
        self._conditional_ends()
        verb = last.then[-1]
        self._statements.append(Statement())
        self._verb, self._said = verb.verb, list(verb.said)
        return True

    def _begin(self, at: int) -> int:
        """What begins a clause, where one begins here: its length, else 0."""
        begun = at
        negated = False
        while at < len(self._tokens):
            tags, length = self._phrase(at)
            if "IF_SO" in tags and self._asked():
                return at + length - begun
            following = self._tokens[at + length].form if at + length < len(self._tokens) else ""
            alone = "ELSE" in tags and self._is_else(at, length, following)
            if "ELSE" in tags and not alone and self._tokens[at].form == "if":
                tags, length = ("IF",), 1  # `if it's more than 20`
            if "IF" in tags or "UNLESS" in tags or self._inverted(at):
                length = length if "IF" in tags or "UNLESS" in tags else 1
                if self._conditional is not None:
                    return 0
                self._end_clause()
                if self._tokens[at].form in ("but", "only"):
                    self._goes_back()
                if not self._leads() and not self._trails(at + length):
                    self._statements.append(Statement())
                self._if("UNLESS" in tags)
                return at + length - begun
            if alone:
                self._else()
                return self._counted(at + length) - begun
            verbs = [tag for tag in tags if tag in VERBS]
            if self._asks_of(at):
                verbs, length = ["INFO"], 1
            unwilling = self._unwilling(at, tags, following)
            if verbs[:1] == ["ONLY"] and self._verb == "CHECKOUT" and self._names(at + length):
                return 0  # `check out with just the lamps`
            if verbs and not unwilling and not self._noun(at, length, verbs[0]):
                # `instead of checking out, add …`
                negated = negated or (self._verb == "INSTEAD" and not self._about)
                self._conditional_ends()
                if self._about or self._verb not in _TRANSITIVE:
                    self._end_clause()
                self._verb, self._negated = verbs[0], negated
                self._said = list(self._tokens[at : at + length])
                if at > begun and self._tokens[at - 1].form == "first":
                    self._said.append(self._tokens[at - 1])
                return at + length - begun
            if "NOT" in tags or self._unwilling(at, tags, following):
                negated = True
                unpaid = self._unpaid(at + length, begun)
                if unpaid:
                    return unpaid
                if length > 1 and self._names(at + length):
                    return self._denied(at, length, begun)
            elif "RETRACT" in tags:
                before = len(self._tokens)
                self._retract(at + length)
                if len(self._tokens) < before:
                    return at + length - begun  # `ten kiwis, or rather twelve`
            elif not self._idle(at, tags, length):
                return self._longing(at, begun, negated)
            at += length or 1
        return 0

    def _denied(self, at: int, length: int, begun: int) -> int:
        """`let's hold off on | the sofa`: of a thing, and of nothing that is to be done."""
        if self._tokens[at + length - 1].form not in ("on", "with", "avoid", "about", "for", "of"):
            return 0
        self._conditional_ends()
        return self._verbed("IGNORE", at, at + length) - begun

    def _unpaid(self, at: int, begun: int) -> int:
        """`wait with the | payment`: that is not to be done."""
        while at < len(self._tokens) and self._tokens[at].form in ("the", "my", "this"):
            at += 1
        if at >= len(self._tokens) or self._tokens[at].form not in _PAYMENTS:
            return 0
        self._conditional_ends()
        end = self._verbed("CHECKOUT", at, at + 1)
        self._negated = True
        return end - begun

    def _longing(self, at: int, begun: int, negated: bool) -> int:
        """`my daughter keeps asking for | that fox`: what somebody else would like is a wish."""
        passed = at > begun and self._tokens[at - 1].form.isalpha()  # `my wife`
        if negated or self._conditional is not None:
            return 0
        found = longing(self._tokens, at, passed)
        return 0 if found is None else self._verbed(found[0], at, found[1]) - begun

    def _verbed(self, verb: str, at: int, end: int) -> int:
        """A clause begins with a verb that is said in these words; gives their end."""
        if self._about or self._verb not in _TRANSITIVE:
            self._end_clause()
        self._verb, self._negated = verb, False
        self._said = list(self._tokens[at:end])
        return end

    def _idle(self, at: int, tags: Sequence[str], length: int) -> bool:
        """Whether what stands here before a verb says nothing: `please`, `first` in `first add`."""
        form, after = self._tokens[at].form, at + (length or 1)
        if form == "first" and after < len(self._tokens) and self._tokens[after].form != "order":
            return any(tag in VERBS for tag in self._phrase(after)[0])
        return "FILLER" in tags or form in (",", ":", "-")

    def _opens(self, at: int) -> bool:
        """Whether another verb may follow at once: `I want to add`, `just add`, `if … then add`."""
        if self._verb in ("ONLY", "INSTEAD", ""):
            return True
        return at < len(self._tokens) and self._tokens[at].form == "to"

    def _noun(self, at: int, length: int, verb: str) -> bool:
        """`order` in `an order`, `set` in `set of knives`: no verb after all."""
        if verb == "SET" and length == 1 and at + 1 < len(self._tokens):
            return self._tokens[at].form == "set" and self._tokens[at + 1].form == "of"
        if verb == "DOUBLE" and length == 1:
            following = (
                self._tokens[at + length].form if at + length < len(self._tokens) else "size"
            )
            return following in ("size", "bed", ",", ".", "please", "duvet")
        return verb == "REMOVE" and self._tokens[at].form == "without" and bool(self._about)

    def _asked(self) -> bool:
        """Whether a question stands before, whose answer is the condition of what follows."""
        self._end_clause()
        while self._statements and self._leads():
            self._statements.pop()
        if not self._statements or not self._statements[-1].then:
            self._statements.append(Statement())
            return False
        asked = self._statements[-1].then.pop()
        if not self._leads():
            self._statements.append(Statement())
        self._statements[-1].condition = asked.tokens
        return True

    def _goes_back(self) -> None:
        """To the statement before: `Add the lamp. But only if it is under 50.`"""
        if self._leads() and len(self._statements) > 1 and self._statements[-2].then:
            self._statements.pop()

    def _trails(self, at: int) -> bool:
        """Whether a condition is of what was said before it: `add it, but only if its cheap`."""
        last = self._statements[-1]
        pronoun = at < len(self._tokens) and self._tokens[at].form in _BACK
        return pronoun and bool(last.then) and last.condition is None

    def _retract(self, at: int) -> None:
        """What was said last is not meant; its verb may be, and `make that ten` takes it up."""
        tags, _ = phrase_at(self._tokens, at) if at < len(self._tokens) else ((), 0)
        if {"SET", "ONLY"} & set(tags):
            return
        while len(self._statements) > 1 and self._leads():
            self._statements.pop()
        if not self._about and not self._said and self._statements[-1].then:
            last = self._statements[-1].then.pop()
            self._verb, self._said, self._about = last.verb, list(last.said), list(last.about)
        self._about = self._recounted(at)

    def _recounted(self, at: int) -> list[Token]:
        """`two mugs, no wait, three`: what was said, but so many of it; else nothing of it."""
        while at < len(self._tokens) and self._tokens[at].form == ",":
            at += 1
        number = number_at(self._tokens, at) if at < len(self._tokens) else None
        end = at + number[1] if number is not None else at
        ends = end >= len(self._tokens) or self._tokens[end].form in (*HARD, ",", "please")
        counts = (each for each in range(len(self._about)) if number_at(self._about, each))
        begin = next(counts, None)
        if number is None or not ends or begin is None:
            return []
        old = number_at(self._about, begin)
        assert old is not None
        about = [*self._about[:begin], *self._tokens[at:end], *self._about[begin + old[1] :]]
        self._tokens = [*self._tokens[:at], *self._tokens[end:]]
        return about

    def _leads(self) -> bool:
        """Whether the last statement has nothing yet, so that a condition leads it."""
        last = self._statements[-1]
        return not last.then and not last.otherwise and last.condition is None

    def _if(self, unless: bool) -> None:
        self._end_clause()
        last = self._statements[-1]
        if last.then and last.condition is None and not last.has_otherwise and len(last.then) > 1:
            # It is said of the clause just before.
            self._statements.append(Statement(then=[last.then.pop()]))
        elif last.condition is not None:
            self._statements.append(Statement())
        self._statements[-1].unless = unless
        self._statements[-1].before = len(self._statements[-1].then)
        self._conditional = []

    def _conditional_ends(self) -> None:
        if self._conditional is not None:
            self._statements[-1].condition = tuple(self._conditional)
            self._conditional = None

    def _else(self) -> None:
        self._conditional_ends()
        self._end_clause()
        last = self._statements[-1]
        if not last.then and len(self._statements) > 1 and last.condition is None:
            self._statements.pop()
            last = self._statements[-1]
        if last.condition is None and len(last.then) > 1:
            self._statements.append(Statement(then=[last.then.pop()]))
        self._statements[-1].has_otherwise = True

    def _end_clause(self) -> None:
        verb, said, about = self._verb, tuple(self._said), tuple(_trimmed(self._about))
        negated = self._negated
        self._verb, self._said, self._about, self._negated = "", [], [], False
        if not about and verb in ("", "WANT", "ONLY", "PREFER", "INSTEAD"):
            return
        last = self._statements[-1]
        if not verb and last.has_otherwise and last.then:
            verb = last.then[-1].verb
            verb = "" if verb == "INFO" else verb
        passive = active(about) if verb in ("", "WANT") and not negated else None
        if passive is not None:
            verb, done, about = passive
            said = (done,)
        if verb in (*WISHING, "TAKE") and about and about[0].form in ("only", "just"):
            about = about[1:]
            verb = verb if verb == "BUY" else "ONLY"
        if verb == "REMOVE" and to_stay(said, about):
            negated, verb, about = True, PARTICIPLES[about[-1].form], about[:-1]
        verb, about = multiplying(verb, not_but(verb, about))
        about = about if verb else gone_but(about)
        verb = turned(verb, said, about)
        if verb == "REMOVE":
            about = tuple(
                token for token in without_phrase(about, "GOES") if token.form not in AWAY
            )
        clause = Clause(verb, said, about, negated)
        (last.otherwise if last.has_otherwise else last.then).append(clause)

    def _end_sentence(self) -> None:
        self._conditional_ends()
        self._end_clause()
        if not self._leads():
            self._statements.append(Statement())


def _trimmed(about: list[Token]) -> list[Token]:
    """Without the separators at its ends."""
    begin, end = 0, len(about)
    while end > begin and about[end - 1].form in (",", ":", "and", "plus", "-", "also"):
        end -= 1
    while begin < end and about[begin].form in (",", ":", "and", "-"):
        begin += 1
    return about[begin:end]


def statements(tokens: Sequence[Token]) -> list[Statement]:
    return [paid_last(each) for each in _Splitter(tokens).split()]
