"""Brings a formula to the form that can be judged: one ratio, or one measure against a limit.

A formula is a sum of terms: a number times measures to whole powers. What is left when both sides
of the comparison are on one side must be two terms whose quotient is one measure, or one measure
over another; measures are above zero, so that dividing by one keeps the comparison.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from assay.claims.formula import (
    Comparison,
    Expression,
    FormulaError,
    Named,
    Number,
    Operation,
    never_exactly,
)
from assay.claims.shapes import Limit, Measure, Ratio, Single, unit_of

_MOST_TERMS = 16
_US = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 6e7, "h": 3.6e9}

Powers = frozenset[tuple[Measure, int]]
"""The measures of a term, with their powers; empty for a plain number."""
Dimension = tuple[int, int]
"""Powers of time and of a rate: a latency is (1, 0), a ratio (0, 0)."""

_ONE: Powers = frozenset()
_PLAIN: Dimension = (0, 0)
_DIMENSIONS = {"ms": (1, 0), "s": (1, 0), "/s": (0, 1), "%": _PLAIN}
_NAMES = {_PLAIN: "a plain number", (1, 0): "a time", (0, 1): "a rate"}


@dataclass(frozen=True)
class _Sum:
    terms: dict[Powers, float]
    """In the order in which they were written."""
    dimension: Dimension = _PLAIN

    @property
    def is_zero(self) -> bool:
        """Zero needs no unit."""
        return not any(self.terms.values())


def question_of(comparison: Comparison) -> Ratio | Limit:
    """What a claim asks. Raises FormulaError where it cannot be judged, with the reason."""
    if comparison.sign == "==":
        raise never_exactly(comparison.sign, comparison.at)
    left, right = _value(comparison.left), _value(comparison.right)
    _same_dimension(left, right, "compared with", comparison.at)
    at_least = comparison.sign in (">=", ">")
    if set(left.terms) <= {_ONE} and not set(right.terms) <= {_ONE}:
        left, right, at_least = right, left, not at_least
    in_percent = _has_unit(comparison, "%")
    terms = _added(left, right, -1.0, comparison.at).terms
    base, other = _two_terms(terms, comparison.at)
    # factor * other + constant >= 0, where `other` is over `base`.
    quotient, factor, constant = _quotient(other, base), terms[other], terms.get(base, 0.0)
    at_least = at_least == (factor > 0)
    required = _finite(-constant / factor, comparison.at)
    numerator, denominator = _shape(quotient, comparison.at)
    if numerator is not None and denominator is not None:
        offset, slope = _as_written(left, right, quotient)
        unit = _ratio_unit(offset, slope, in_percent)
        return Ratio(numerator, denominator, at_least, required, offset, slope, unit)
    if denominator is not None and required <= 0:
        hint = "compare it with a number above zero"
        message = "measures are above zero, so this holds always or never"
        raise FormulaError(message, hint, comparison.at)
    if numerator is not None:
        return Limit(numerator, at_least, required, _limit_unit(numerator, in_percent))
    assert denominator is not None
    limit = _finite(1 / required, comparison.at)
    return Limit(denominator, not at_least, limit, _limit_unit(denominator, in_percent))


def shown_of(expression: Expression) -> Ratio | Single:
    """What information shows. Raises FormulaError."""
    value = _value(expression)
    terms = {powers: factor for powers, factor in value.terms.items() if factor}
    offset = terms.pop(_ONE, 0.0)
    hint = "show one measure or one ratio: `before.lookup.p50 / after.lookup.p50`"
    if not terms:
        raise FormulaError("there is no measure in it", hint, expression.at)
    [(powers, slope), *more] = terms.items()
    neither = FormulaError("it is neither one measure nor one ratio", hint, expression.at)
    if more:
        raise neither
    numerator, denominator = _shape(powers, expression.at)
    if numerator is not None and denominator is not None and value.dimension == _PLAIN:
        unit = _ratio_unit(offset, slope, _has_unit(expression, "%"))
        return Ratio(numerator, denominator, offset=offset, slope=slope, unit=unit)
    if numerator is not None and denominator is None and not offset and slope == 1:
        return Single(numerator, unit_of(numerator.measure))
    raise neither


def _two_terms(terms: dict[Powers, float], at: int) -> tuple[Powers, Powers]:
    """The term to divide by, and the one to divide; `_ONE` may stand for a zero."""
    measured = [powers for powers in terms if powers]
    match measured:
        case []:
            hint = "name a measure, such as `after.lookup.p99`"
            raise FormulaError("there is no measure left in it", hint, at)
        case [powers]:
            return _ONE, powers
        case [first, second] if _ONE not in terms:
            return second, first
        case _:
            raise _not_judgeable(at)


def _not_judgeable(at: int) -> FormulaError:
    return FormulaError(
        "it does not come to one ratio of two measures, or to one measure and a limit",
        "bring it to `a / b >= number` or `a <= limit`; a difference of times is no ratio",
        at,
    )


def _as_written(left: _Sum, right: _Sum, quotient: Powers) -> tuple[float, float]:
    """Offset and slope of the left side, where it alone holds the ratio; else of the ratio."""
    slope = left.terms.get(quotient, 0.0)
    if slope and set(left.terms) <= {_ONE, quotient} and set(right.terms) <= {_ONE}:
        return left.terms.get(_ONE, 0.0), slope
    return 0.0, 1.0


def _ratio_unit(offset: float, slope: float, in_percent: bool) -> str:
    if in_percent:
        return "%"
    return "x" if (offset, slope) == (0.0, 1.0) else ""


def _limit_unit(quantity: Measure, in_percent: bool) -> str:
    unit = unit_of(quantity.measure)
    return "" if unit == "%" and not in_percent else unit


def _shape(powers: Powers, at: int) -> tuple[Measure | None, Measure | None]:
    """Numerator and denominator; raises FormulaError where there is more than one of either."""
    above = [measure for measure, power in powers if power == 1]
    below = [measure for measure, power in powers if power == -1]
    if len(above) > 1 or len(below) > 1 or len(above) + len(below) != len(powers) or not powers:
        raise _not_judgeable(at)
    return (above[0] if above else None, below[0] if below else None)


# -- sums of terms ---------------------------------------------------------------------------------


def _value(expression: Expression) -> _Sum:
    match expression:
        case Number():
            return _constant(expression)
        case Named():
            request = expression.request.text if expression.request else None
            measure = Measure(
                expression.variant.text, expression.workload.text, expression.measure.text, request
            )
            unit = unit_of(measure.measure)
            return _Sum({frozenset({(measure, 1)}): 1.0}, _DIMENSIONS[unit])
        case Operation(operator, below_left, below_right, at):
            left, right = _value(below_left), _value(below_right)
            match operator:
                case "+" | "-":
                    words = "added to" if operator == "+" else "subtracted from"
                    _same_dimension(right, left, words, at)
                    return _added(left, right, 1.0 if operator == "+" else -1.0, at)
                case "*":
                    return _multiplied(left, right, at)
                case "/":
                    return _multiplied(left, _inverse(right, at), at)


def _constant(number: Number) -> _Sum:
    match number.unit:
        case "%":
            return _Sum({_ONE: number.value / 100})
        case "/s":
            return _Sum({_ONE: number.value}, (0, 1))
        case unit if unit in _US:
            return _Sum({_ONE: _finite(number.value * _US[unit], number.at)}, (1, 0))
        case _:
            return _Sum({_ONE: number.value})


def _same_dimension(one: _Sum, other: _Sum, words: str, at: int) -> None:
    if one.dimension == other.dimension or one.is_zero or other.is_zero:
        return
    kinds = [_NAMES.get(each.dimension, "a product of units") for each in (one, other)]
    if "a time" in kinds and "a plain number" in kinds:
        hint = "times need a unit: us, ms, s, m or h, such as `20ms`; a ratio has none"
    elif "a rate" in kinds and "a plain number" in kinds:
        hint = "rates need a unit, such as `1000/s`; a ratio has none"
    else:
        hint = "both must be times, or rates, or plain numbers"
    raise FormulaError(f"{kinds[0]} cannot be {words} {kinds[1]}", hint, at)


def _added(left: _Sum, right: _Sum, factor: float, at: int) -> _Sum:
    terms = dict(left.terms)
    for powers, value in right.terms.items():
        terms[powers] = _finite(terms.get(powers, 0.0) + factor * value, at)
    return _bounded(terms, right.dimension if left.is_zero else left.dimension, at)


def _multiplied(left: _Sum, right: _Sum, at: int) -> _Sum:
    terms: dict[Powers, float] = {}
    for powers, value in left.terms.items():
        for more, factor in right.terms.items():
            product = _product(powers, more)
            terms[product] = _finite(terms.get(product, 0.0) + value * factor, at)
    (a, b), (c, d) = left.dimension, right.dimension
    return _bounded(terms, (a + c, b + d), at)


def _inverse(divisor: _Sum, at: int) -> _Sum:
    terms = {powers: factor for powers, factor in divisor.terms.items() if factor}
    if not terms:
        raise FormulaError("it divides by zero", "divide by a measure or a number", at)
    if len(terms) > 1:
        hint = "divide by one measure: `(a - b) / b` is right, `a / (a - b)` is not"
        raise FormulaError("it divides by a sum", hint, at)
    [(powers, factor)] = terms.items()
    time, rate = divisor.dimension
    return _Sum({_quotient(_ONE, powers): _finite(1 / factor, at)}, (-time, -rate))


def _product(one: Powers, other: Powers) -> Powers:
    powers = dict(one)
    for measure, power in other:
        powers[measure] = powers.get(measure, 0) + power
    return frozenset((measure, power) for measure, power in powers.items() if power)


def _quotient(one: Powers, other: Powers) -> Powers:
    return _product(one, frozenset((measure, -power) for measure, power in other))


def _bounded(terms: dict[Powers, float], dimension: Dimension, at: int) -> _Sum:
    if len(terms) > _MOST_TERMS:
        raise _not_judgeable(at)
    return _Sum({powers: factor for powers, factor in terms.items() if factor}, dimension)


def _finite(value: float, at: int) -> float:
    if not math.isfinite(value):
        raise FormulaError("its numbers are too large", "use smaller numbers", at)
    # 1 - 0.7 is meant to be 0.3.
    return float(f"{value:.12g}")


def _has_unit(tree: Comparison | Expression, unit: str) -> bool:
    match tree:
        case Number():
            return tree.unit == unit
        case Named():
            return False
        case Operation() | Comparison():
            return _has_unit(tree.left, unit) or _has_unit(tree.right, unit)
