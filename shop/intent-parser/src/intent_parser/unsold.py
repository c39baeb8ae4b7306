"""Whether a sentence that came to nothing names goods: then they are not sold here."""

from __future__ import annotations

from collections.abc import Sequence

from intent_parser.lexicon import Lexicon
from intent_parser.phrases import KNOWN, number_at, phrase_at
from intent_parser.reading import Token

TALKING = frozenset(
    ["i", "im", "ive", "me", "my", "you", "your", "we", "us", "our", "he", "she", "they", "them",
     "is", "are", "was", "were", "am", "has", "have", "had", "do", "does", "did", "can", "cant",
     "what", "who", "why", "how", "when", "where", "if", "so", "because", "it", "its", "thats",
     "not", "no", "never", "up", "off", "about", "hello", "hi", "hey", "bye"]
)  # fmt: skip
_MOST = 6
"""Words of the name of a thing."""
_POLITE = frozenset(["please", "pls", "plz", "thanks"])


def names_goods(lexicon: Lexicon, tokens: Sequence[Token]) -> bool:
    """`some Lego, please`, `an elephant`, `a Kawasaki in green`: and not `asdf`, `hello`."""
    rest = _unsaid(tokens)
    forms = [token.form for token in rest]
    words = [form for form in forms if form[0].isalnum()]
    if not words or len(words) > _MOST or TALKING & set(forms):
        return False
    begins = forms[0] in ("a", "an", "some", "any") or number_at(rest, 0) is not None
    polite = bool(_POLITE & {token.form for token in tokens})
    known = [t for t in rest if lexicon.known(t.word) and t.form not in KNOWN]
    named = any(token.word in lexicon.heads for token in known)
    named = named or (rest[0] in known and rest[0].word in lexicon.titles)
    return len(words) > int(begins) and (begins or polite or len(known) > 1 or named)


def _unsaid(tokens: Sequence[Token]) -> list[Token]:
    """Without the phrases that say nothing: `please`, `I don't mind`."""
    rest: list[Token] = []
    at = 0
    while at < len(tokens):
        tags, length = phrase_at(tokens, at)
        if not {"FILLER", "PICK_ANY"} & set(tags):
            rest += tokens[at : at + (length or 1)]
        at += length or 1
    return rest
