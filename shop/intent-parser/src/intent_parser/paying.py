"""What is asked for beside a checkout comes before it, however it is put.

"before you check out, add a lamp"    "check out, but add a lamp first"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from intent_parser.clauses import Clause, Statement
from intent_parser.phrases import phrase_at
from intent_parser.reading import Token


def before_paying(tokens: Sequence[Token], at: int) -> int:
    """How long `before you check out` is, if that stands here."""
    forms = [token.form for token in tokens[at : at + 2]]
    if forms[:1] != ["before"]:
        return 0
    after = at + (2 if forms[1:] in (["you"], ["we"]) else 1)
    if after >= len(tokens):
        return 0
    tags, length = phrase_at(tokens, after)
    told = after - at == 2 or tokens[after].form.endswith("ing")
    return after - at + length if told and "CHECKOUT" in tags else 0


def paid_last(statement: Statement) -> Statement:
    """`check out, but first add a lamp`, `before you pay, add one`: all of it is paid for."""
    then = [_first(clause) for clause in statement.then]
    pays = [clause for clause in then if clause.verb == "CHECKOUT"]
    first = any(clause.said and clause.said[-1].form == "first" for clause in then)
    before = any(clause.said[0].form == "before" for clause in pays)
    if not pays or not (first or before) or statement.condition is not None:
        return statement
    return replace(statement, then=[each for each in then if each not in pays] + pays)


def _first(clause: Clause) -> Clause:
    """`add a lamp first`"""
    if len(clause.about) < 2 or clause.about[-1].form != "first" or not clause.verb:
        return clause
    return replace(clause, said=(*clause.said, clause.about[-1]), about=clause.about[:-1])
