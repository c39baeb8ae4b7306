"""What stands at a place of a text, and what it means there: nothing is changed by looking."""

from __future__ import annotations

from collections.abc import Sequence

from intent_parser.clauses import VERBS, Statement
from intent_parser.correcting import comes_to, corrects
from intent_parser.limits import limit_at
from intent_parser.paying import before_paying
from intent_parser.phrases import number_at, phrase_at
from intent_parser.reading import Token

HARD = frozenset(".?!;\n")
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
_SUBJECTS = frozenset(["it", "they", "that", "this", "those", "these", "there", "you", "its"])
_ALL_ELSE = frozenset(
    ["everything", "anything", "nothing", "something", "whatever", "what", "all", "who", "anyone"]
)
"""Before an `else` that is no otherwise."""
_ASKING = frozenset(["is", "are", "does", "do", "was", "were", "has", "had", "did", "will"])
_ASKED_OF = (["the"], ["your"], ["my"], ["these"], ["those"])
_PLAIN_VERBS = frozenset(["add", "buy", "get", "order", "put", "remove", "replace", "swap", "take"])
_BEFORE_NAMES = frozenset(
    ["a", "an", "and", "i", "my", "of", "or", "that", "the", "to", "we", "you"]
)
_NOTS = frozenset(["not", "isnt", "arent", "doesnt", "dont", "hasnt", "havent", "no", "nor"])
_IN_STOCK = frozenset(["STOCK", "NO_STOCK"])


class Looking:
    """At the tokens, and at what was split of them so far."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._statements: list[Statement] = [Statement()]
        self._verb = ""
        self._said: list[Token] = []
        self._about: list[Token] = []
        self._negated = False
        self._conditional: list[Token] | None = None

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

    def _contrary(self, at: int) -> bool:
        """`if it isn't over 20 add it, if it is leave it`: the latter is an otherwise."""
        said = {token.form for token in self._statements[-1].condition or ()}
        forms = [token.form for token in self._tokens[at : at + 3]]
        positive = forms[:1] == ["if"] and forms[-1] in ("is", "are", "does", "do", "has", "have")
        return positive and len(forms) == 3 and bool(_NOTS & said) and not self._leads()

    def _is_else(self, at: int, length: int, following: str, fresh: bool = True) -> bool:
        """Not in `if it's more than 20`, `everything else`, nor in `is the mask sold out?`."""
        if following == "of" and self._tokens[at + length - 1].form == "out":
            return False  # `if you've sold out of the lamp`
        answers = [token.form for token in self._tokens[at : at + 2]] == ["no", ":"]
        asked = [each for each in self._statements if each.then or each.condition is not None]
        if answers and not (asked and asked[-1].condition is not None):
            return False
        if self._tokens[at].form == "else" and at and self._tokens[at - 1].form in _ALL_ELSE:
            return False
        after = at + length
        if after < len(self._tokens) and self._tokens[after].form == "(":
            after += 1  # `if it's too dear (over 20)`
        limited = after < len(self._tokens) and limit_at(self._tokens, after)
        asks = self._tokens[at + length - 1].form == "?"
        return following != "than" and not limited and (fresh or not asks)

    def _topic(self) -> bool:
        """Whether what was said only tells of what something will be said: `as for the lamp`."""
        forms = [token.form for token in self._about[:2]]
        return (
            not self._verb
            and len(self._about) > 1
            and (forms[0] in ("for", "of", "regarding", "concerning") or forms == ["as", "for"])
        )

    def _complete(self) -> bool:
        """Whether a condition says already what it asks."""
        said = self._conditional or []
        forms = [token.form for token in said]
        compared = "than" in forms and forms[-1] not in ("than", "the", "a")
        return compared or any(limit_at(said, at) for at in range(len(said)))

    def _then_after(self, at: int) -> bool:
        """Whether a question ends here whose answer what follows hangs on."""
        asks = [token.form for token in self._tokens[at : at + 2]] == ["?", "then"]
        following = phrase_at(self._tokens, at + 2)[0] if at + 2 < len(self._tokens) else ()
        counts = at + 2 < len(self._tokens) and number_at(self._tokens, at + 2) is not None
        names = self._names(at + 2) and _weighs(self._about)
        return asks and (counts or names or any(tag in VERBS for tag in following))

    def _begins_doing(self, at: int) -> bool:
        """`if you still have the lamp put two in my basket`: a verb that is in no name."""
        said = self._conditional or []
        if self._tokens[at].form not in _PLAIN_VERBS or not said or said[-1].form in _BEFORE_NAMES:
            return False
        stock = (at for at in range(len(said)) if _IN_STOCK & set(phrase_at(said, at)[0]))
        return len(said) > 2 and next(stock, None) is not None

    def _past(self, at: int) -> int:
        """Past why something is wanted: `…, so that I can paint`."""
        while at < len(self._tokens) and self._tokens[at].form not in (*HARD, ","):
            at += 1
        return at

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

    def _names(self, at: int) -> bool:
        """Whether something is named here: what is to be, where a condition holds."""
        return at < len(self._tokens) and self._tokens[at].form in ("the", "a", "an")

    def _unwilling(self, at: int, tags: Sequence[str], following: str) -> bool:
        """`I don't want to cancel it`: that is not to be done, and nothing is to be removed."""
        _, length = phrase_at(self._tokens, at)
        last = self._tokens[at + length - 1].form if length else ""
        return "REMOVE" in tags and following == "to" and last in ("want", "need")

    def _asks_of(self, at: int) -> bool:
        """`is the blender any good?`: a question, and not whether it is there or what it costs."""
        forms = [token.form for token in self._tokens]
        begins = at == 0 or forms[at - 1] in HARD
        if not begins or forms[at] not in _ASKING or forms[at + 1 : at + 2] not in _ASKED_OF:
            return False
        if forms[at] == "does":
            return True
        end = next((each for each in range(at, len(forms)) if forms[each] in HARD), len(forms))
        said = self._tokens[at:end]
        told = any(
            {"STOCK", "NO_STOCK"} & set(phrase_at(said, each)[0]) for each in range(len(said))
        )
        told = told or any(limit_at(said, each) for each in range(len(said))) or "than" in forms
        alone = "than" in forms[at:end] or forms[at] in ("has", "had", "did", "will")
        alone = alone and end + 1 >= len(forms)  # `is the lamp cheaper than the mug?`
        return forms[end : end + 1] == ["?"] and (alone or not told)

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

    def _trails(self, at: int) -> bool:
        """Whether a condition is of what was said before it: `add it, but only if its cheap`."""
        last = self._statements[-1]
        pronoun = at < len(self._tokens) and self._tokens[at].form in _BACK
        return pronoun and bool(last.then) and last.condition is None

    def _leads(self) -> bool:
        """Whether the last statement has nothing yet, so that a condition leads it."""
        last = self._statements[-1]
        return not last.then and not last.otherwise and last.condition is None

    def _counted(self, at: int) -> int:
        """Past `three,` in `in case there aren't three, …`: how many there would have to be."""
        found = number_at(self._tokens, at) if at < len(self._tokens) else None
        end = at + found[1] if found else at
        plain = self._tokens[at - 2].form == "if"  # `thirty, if not ten`
        counts = self._tokens[at - 1].form in _NOTS | {"have", "got", "cant"} and not plain
        if counts and (end == len(self._tokens) or self._tokens[end].form in HARD):
            return end  # `…, or two if there aren't three`
        return end if end < len(self._tokens) and self._tokens[end].form == "," else at


def _weighs(about: Sequence[Token]) -> bool:
    """Whether it is of the stock or of a price."""
    stock = any(_IN_STOCK & set(phrase_at(about, at)[0]) for at in range(len(about)))
    return stock or any(limit_at(about, at) for at in range(len(about)))
