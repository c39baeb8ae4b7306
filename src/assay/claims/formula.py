"""The formula language: `before.lookup.p99 / after.lookup.p99 >= 3.1` becomes a tree.

Grammar only: what the names mean and whether the formula can be judged is in `algebra.py` and
`naming.py`. Every node knows the offset in the text at which it begins.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Literal, cast

from lark import Lark, Token, Tree, UnexpectedInput, UnexpectedToken

MOST_CHARACTERS = 1000
_MOST_DEEP = 100

_GRAMMAR = r"""
    claim: sum COMPARE sum
    shown: sum
    ?sum: product
        | sum PLUS product -> operation
        | sum MINUS product -> operation
    ?product: atom
        | product TIMES atom -> operation
        | product OVER atom -> operation
    ?atom: NUMBER -> number
        | PATH -> path
        | MINUS atom -> minus
        | OPEN sum CLOSE -> inside

    COMPARE: /[<>=!]=|[<>=]/
    PLUS: "+"
    MINUS: "-"
    TIMES: "*"
    OVER: "/"
    OPEN: "("
    CLOSE: ")"
    NUMBER: /(\d+(\.\d+)?([eE][+-]?\d+)?)(\s*(ms|us|s|m|h|x)|\s*%|\/s)?(?![\w.\[])/
    PATH: /[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+|\[("[^"]*"|'[^']*')\])*/
    %import common.WS
    %ignore WS
"""
_UNIT = re.compile(r"ms|us|s|m|h|x|%|/s")
_STEP = re.compile(r"""\.?([A-Za-z0-9_-]+)|\[(["'])(.*?)\2\]""", re.DOTALL)
_QUANTILE = re.compile(r"p\d+")

Operator = Literal["+", "-", "*", "/"]
Sign = Literal[">=", "<=", ">", "<", "=="]


class FormulaError(ValueError):
    """What is wrong at the character `at` of the formula, and what would be right."""

    def __init__(self, message: str, hint: str = "", at: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.at = at


@dataclass(frozen=True)
class Number:
    value: float
    """As it is written: 20 of `20ms`."""
    unit: str = ""
    """`ms`, `us`, `s`, `m`, `h`, `%`, `x`, `/s` or empty."""
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.value!r}{self.unit}"


@dataclass(frozen=True)
class Word:
    text: str
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Named:
    """`variant.workload.measure` or `variant.workload["endpoint"].measure`."""

    variant: Word
    workload: Word
    measure: Word
    request: Word | None = None

    @property
    def at(self) -> int:
        return self.variant.at

    def __str__(self) -> str:
        quote = "'" if self.request and '"' in self.request.text else '"'
        request = f"[{quote}{self.request}{quote}]" if self.request else ""
        return f"{self.variant}.{self.workload}{request}.{self.measure}"


@dataclass(frozen=True)
class Operation:
    operator: Operator
    left: Expression
    right: Expression
    at: int = field(default=0, compare=False)
    """Of the operator."""

    def __str__(self) -> str:
        return f"({self.left} {self.operator} {self.right})"


Expression = Number | Named | Operation


@dataclass(frozen=True)
class Comparison:
    left: Expression
    sign: Sign
    right: Expression
    at: int = field(default=0, compare=False)
    """Of the sign."""

    def __str__(self) -> str:
        return f"{self.left} {self.sign} {self.right}"


def parse_claim(text: str) -> Comparison:
    """The tree of `prove:`, which has one comparison. Raises FormulaError."""
    return cast("Comparison", _parse(text, "claim"))


def parse_shown(text: str) -> Expression:
    """The tree of `show:`, which has none. Raises FormulaError."""
    return cast("Expression", _parse(text, "shown"))


def _built(node: Tree[Token] | Token) -> Comparison | Expression:
    """The tree of the language, of the tree that the grammar gave."""
    assert isinstance(node, Tree)
    children = node.children
    match str(node.data):
        case "claim":
            return _comparison(children)
        case "shown":
            return _built(children[0])
        case "inside":
            return _built(children[1])
        case "number":
            return _number(cast("Token", children[0]))
        case "path":
            token = cast("Token", children[0])
            return _named(str(token), _at(token))
        case "minus":
            at = _at(cast("Token", children[0]))
            value = cast("Expression", _built(children[1]))
            return Operation("-", Number(0.0, "", at), value, at)
        case _:
            operator = cast("Token", children[1])
            left, right = (cast("Expression", _built(children[i])) for i in (0, 2))
            return Operation(cast("Operator", str(operator)), left, right, _at(operator))


def _comparison(children: list[Tree[Token] | Token]) -> Comparison:
    left, right = (cast("Expression", _built(children[i])) for i in (0, 2))
    sign = cast("Token", children[1])
    if sign in ("=", "!="):
        raise never_exactly(str(sign), _at(sign))
    return Comparison(left, cast("Sign", str(sign)), right, _at(sign))


def never_exactly(sign: str, at: int) -> FormulaError:
    """Of a sign that only counts of an audit can keep."""
    return FormulaError(
        f"`{sign}` cannot be proved: a figure that is measured is never exactly another",
        "say what it must be at least (`>=`) or at most (`<=`); only counts of an audit are `== 0`",
        at,
    )


def _number(token: Token) -> Number:
    text = str(token)
    unit = _UNIT.search(text)
    value = float(text[: unit.start()] if unit else text)
    if not math.isfinite(value):
        raise FormulaError(f"`{text}` is too large", "a smaller number would do", _at(token))
    return Number(value, unit[0] if unit else "", _at(token))


def _at(token: Token) -> int:
    return token.start_pos or 0


_LARK = Lark(_GRAMMAR, parser="lalr", start=["claim", "shown"], maybe_placeholders=False)


def _parse(text: str, start: str) -> Comparison | Expression:
    if not text.strip():
        raise FormulaError("the formula is empty", _like(start))
    if len(text) > MOST_CHARACTERS:
        raise FormulaError(
            f"the formula has {len(text)} characters", f"at most {MOST_CHARACTERS} would do"
        )
    try:
        tree = _LARK.parse(text, start=start)  # pyright: ignore[reportUnknownMemberType]
    except UnexpectedInput as error:
        raise _unexpected(text, start, error) from None
    # Walking a tree recurses; what is nested deeper than this is no claim.
    if sum(text.count(sign) for sign in "+-*/(") > _MOST_DEEP:
        raise FormulaError("the formula has too many operations", f"at most {_MOST_DEEP} would do")
    return _built(tree)


def _like(start: str) -> str:
    if start == "claim":
        return "write it like `before.lookup.p99 / after.lookup.p99 >= 3.1`"
    return "write it like `before.lookup.p99 / after.lookup.p99`"


def _unexpected(text: str, start: str, error: UnexpectedInput) -> FormulaError:
    is_token = isinstance(error, UnexpectedToken)
    token = cast("Token", error.token) if is_token else None  # pyright: ignore[reportUnknownMemberType]
    if token is not None and token.type == "$END":
        at = len(text.rstrip())
        if start == "claim" and "COMPARE" in error.accepts:  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
            hint = "end it with what it must be, such as `>= 3.1` or `<= 20ms`"
            return FormulaError("the formula compares with nothing", hint, at)
        return FormulaError("the formula ends too soon", _like(start), at)
    at = error.pos_in_stream or 0
    if token is not None and token.type == "COMPARE":
        if start == "shown":
            hint = "remove the comparison, or move the row to `claims` with `prove`"
            return FormulaError(f"`{token}` compares, and what is shown promises nothing", hint, at)
        if any(sign in text[:at] for sign in "<>="):
            hint = "split it into two claims"
            return FormulaError(f"`{token}` is a second comparison, and one is meant", hint, at)
    rest = text[at:]
    word = (re.match(r"[\w.]+|\S", rest) or [rest[:1]])[0]
    if word[0].isdigit():
        if token is None:
            hint = "units are ms, us, s, m, h, %, x and /s, such as `20ms`"
            return FormulaError(f"`{word}` is no number with a unit", hint, at)
        hint = "put `+`, `-`, `*` or `/` between; a minus needs spaces around it"
        return FormulaError(f"found the number `{token}` where it has no meaning", hint, at)
    if rest[0] in "≥≤≠":
        return FormulaError(f"found `{rest[0]}`", "write `>=` or `<=`", at)
    return FormulaError(f"found `{word}` where it has no meaning", _like(start), at)


def _named(text: str, at: int) -> Named:
    """Take `before.lookup["/a"].p99.9` apart."""
    words: list[Word] = []
    request: Word | None = None
    request_after = 0
    for step in _STEP.finditer(text):
        if step[3] is not None:
            if request is not None:
                hint = 'name one: variant.workload["endpoint"].measure'
                raise FormulaError("found a second endpoint", hint, at + step.start())
            request, request_after = Word(step[3], at + step.start(3)), len(words)
        else:
            words.append(Word(step[1], at + step.start(1)))
    if len(words) > 2 and words[-1].text.isdigit() and _QUANTILE.fullmatch(words[-2].text):
        fraction = words.pop()
        words[-1] = Word(f"{words[-1].text}.{fraction.text}", words[-1].at)
    if len(words) != 3 or (request is not None and request_after != 2):
        hint = 'write variant.workload.measure, or variant.workload["endpoint"].measure'
        if len(words) > 3 and "-" in text:
            hint = "a minus needs spaces around it, as names may have dashes"
        raise FormulaError(f"`{text}` is no measure of a variant", hint, at)
    return Named(words[0], words[1], words[2], request)
