"""Where one clause ends and the next begins, and what hangs on which condition."""

from __future__ import annotations

from collections.abc import Sequence

from intent_parser.clauses import VERBS, WISHING, Clause, Statement
from intent_parser.limits import limit_at
from intent_parser.longing import longing
from intent_parser.looking import HARD, Looking
from intent_parser.paying import before_paying, paid_last
from intent_parser.phrases import number_at, phrase_at
from intent_parser.reading import Token
from intent_parser.shaping import shaped
from intent_parser.turning import PRONOUNS

_TRANSITIVE = frozenset(("ADD", "BUY", "WANT", "ONLY", "PREFER", "INSTEAD", "TAKE", "KEEP"))
"""Verbs that say nothing alone: another that follows at once takes their place."""
_WE = frozenset(["i", "id", "ill", "we", "wed", "well", "im", "were"])
_JOINTS = frozenset([",", ":", "-", "but", "so", "because"])
"""After these another clause may begin, besides after an `and`."""
_LEADING = frozenset(["with", "on", "for", "having", "a", "my", "within"])
_FATED = frozenset(["can", "should", "must", "has", "one", "needs", "goes", "needn't"])
"""After a `so that` that tells no reason: `we have one, so that can go`."""
_SIZED = frozenset(["SIZE_UP", "SIZE_DOWN"])
_PAYMENTS = frozenset(["payment", "purchase", "checkout"])
_PREDICATES = frozenset(["out", "gone", "stock", "available", "unavailable", "finished", "there"])


class _Splitter(Looking):
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
            forms = [each.form for each in self._tokens[at : at + 2]]
            if self._conditional and forms in (["should", "you"], ["should", "we"]):
                self._conditional_ends()  # `only if it is cheap should you add it`
                at, fresh = at + 2, True
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
            if (
                "REASON" in tags
                and following not in _FATED
                and (self._about or self._said)
                and self._conditional is None
            ):
                at = self._past(at + length)
                fresh = True
                continue
            if not fresh and verb and token.form in _WE and self._topic():
                fresh = True  # `for the lamp I'd rather have the blue`
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
        if "FILLER" in tags:
            _, length = phrase_at(self._tokens, at)
            polite = length > 1 and self._tokens[at + length - 1].form == "if"
            after = range(at + length, len(self._tokens))
            if polite and not any(limit_at(self._tokens, place) for place in after):
                return length, True  # `it would be appreciated if`: no condition
        limit = limit_at(self._tokens, at)
        length = limit[1] if limit else 1
        if _SIZED & set(tags):
            _, length = phrase_at(self._tokens, at)  # `the next size up`: no `next` of what follows
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
            if "IF_SO" in tags and self._contrary(at):
                self._else()
                return at + length - begun
            if "IF_SO" in tags and self._asked():
                return at + length - begun
            following = self._tokens[at + length].form if at + length < len(self._tokens) else ""
            alone = "ELSE" in tags and self._is_else(at, length, following)
            if "ELSE" in tags and not alone and self._tokens[at].form == "if":
                tags, length = ("IF",), 1  # `if it's more than 20`
            if "IF" in tags or "UNLESS" in tags or (not alone and self._inverted(at)):
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
            limited = self._limited_answer(at)
            if limited:
                return at + limited - begun
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
                again = self._verb == verbs[0] == "SWAP"  # `swap the … no, swap the kettle`
                if self._about or (self._verb not in _TRANSITIVE and not again):
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

    def _limited_answer(self, at: int) -> int:
        """`How much is it? | Under 40, | I want two.`: a condition; its length, else 0."""
        asks = at > 0 and self._tokens[at - 1].form == "?" and self._leads()
        limit = limit_at(self._tokens, at) if asks and len(self._statements) > 1 else None
        end = at + limit[1] if limit is not None else len(self._tokens)
        if end + 1 >= len(self._tokens) or self._tokens[end].form not in (",", ":", "-", "?"):
            return 0
        self._statements[-1].condition = tuple(self._tokens[at:end])
        return end + 1 - at

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
        if at < len(self._tokens) and "UNWANTED" in phrase_at(self._tokens, at)[0]:
            # `all of it except the mug, I mean except the lamp`
            excepts = (
                n for n in range(len(self._about)) if self._about[n].form == self._tokens[at].form
            )
            return self._about[: next(excepts, 0)]
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
        last = self._statements[-1]
        last.has_third = last.has_third or (last.condition is None and bool(last.otherwise))
        last.has_otherwise = True

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
        clauses = shaped(Clause(verb, said, about, negated), last.then)
        filled = last.third if last.has_third else last.otherwise
        (filled if last.has_otherwise else last.then).extend(clauses)

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
