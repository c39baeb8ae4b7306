"""What stands at a place of a text, whatever was read before it."""

from __future__ import annotations

from collections.abc import Sequence

from intent_parser.clauses import VERBS
from intent_parser.limits import limit_at
from intent_parser.phrases import number_at, phrase_at
from intent_parser.reading import Token

HARD = frozenset(".?!;\n")
_ASKING = frozenset(["is", "are", "does", "do", "was", "were"])
_ASKED_OF = (["the"], ["your"], ["these"], ["those"])


class Looking:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens

    def _is_else(self, at: int, length: int, following: str, fresh: bool = True) -> bool:
        """Not in `if it's more than 20`, nor in `is the mask sold out?`."""
        after = at + length
        if after < len(self._tokens) and self._tokens[after].form == "(":
            after += 1  # `if it's too dear (over 20)`
        limited = after < len(self._tokens) and limit_at(self._tokens, after)
        asks = self._tokens[at + length - 1].form == "?"
        return following != "than" and not limited and (fresh or not asks)

    def _then_after(self, at: int) -> bool:
        """Whether a question ends here whose answer what follows hangs on."""
        asks = [token.form for token in self._tokens[at : at + 2]] == ["?", "then"]
        following = phrase_at(self._tokens, at + 2)[0] if at + 2 < len(self._tokens) else ()
        return asks and any(tag in VERBS for tag in following)

    def _past(self, at: int) -> int:
        """Past why something is wanted: `…, so that I can paint`."""
        while at < len(self._tokens) and self._tokens[at].form not in (*HARD, ","):
            at += 1
        return at

    def _names(self, at: int) -> bool:
        """Whether something is named here: what is to be, where a condition holds."""
        return at < len(self._tokens) and self._tokens[at].form in ("the", "a", "an")

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
        return forms[end : end + 1] == ["?"] and not told

    def _unwilling(self, at: int, tags: Sequence[str], following: str) -> bool:
        """`I don't want to cancel it`: that is not to be done, and nothing is to be removed."""
        _, length = phrase_at(self._tokens, at)
        last = self._tokens[at + length - 1].form if length else ""
        return "REMOVE" in tags and following == "to" and last in ("want", "need")

    def _counted(self, at: int) -> int:
        """Past `three,` in `in case there aren't three, …`: how many there would have to be."""
        found = number_at(self._tokens, at) if at < len(self._tokens) else None
        end = at + found[1] if found else at
        return end if end < len(self._tokens) and self._tokens[end].form == "," else at
