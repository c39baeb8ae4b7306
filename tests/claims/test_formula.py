"""The formula language: what is read, what it comes to, and what cannot be judged."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.claims import Limit, Measure, Ratio, Single
from assay.claims.algebra import question_of, shown_of
from assay.claims.formula import (
    Comparison,
    Expression,
    FormulaError,
    Named,
    Number,
    Operation,
    Word,
    parse_claim,
    parse_shown,
)

A = Measure("after", "w", "p99")
B = Measure("before", "w", "p99")
PAGE = Measure("after", "w", "p99", "/a b?c={d}")
ERRORS = Measure("after", "w", "error_rate")
SERVED = Measure("after", "w", "throughput")

CLAIMS: list[tuple[str, Ratio | Limit]] = [
    ("before.w.p99 / after.w.p99 >= 3.1", Ratio(B, A, True, 3.1)),
    ("before.w.p99 / after.w.p99 > 3.1x", Ratio(B, A, True, 3.1)),
    ("after.w.p99/before.w.p99<=0.3", Ratio(A, B, False, 0.3)),
    ("after.w.p99/before.w.p99 < 30%", Ratio(A, B, False, 0.3, unit="%")),
    ("3.1 <= before.w.p99 / after.w.p99", Ratio(B, A, True, 3.1)),
    ("1 - after.w.p99/before.w.p99 >= 0.7", Ratio(A, B, False, 0.3, 1, -1, "")),
    ("1 - after.w.p99/before.w.p99 >= 70%", Ratio(A, B, False, 0.3, 1, -1, "%")),
    ("70% <= 1 - after.w.p99/before.w.p99", Ratio(A, B, False, 0.3, 1, -1, "%")),
    (
        "(before.w.p99 - after.w.p99) / before.w.p99 >= 70%",
        Ratio(A, B, False, 0.3, 1, -1, "%"),
    ),
    ("100 * (after.w.p99 / before.w.p99 - 1) <= 5", Ratio(A, B, False, 1.05, -100, 100, "")),
    ("-after.w.p99 / before.w.p99 >= -2", Ratio(A, B, False, 2, 0, -1, "")),
    ("after.w.p99 <= 0.5 * before.w.p99", Ratio(A, B, False, 0.5)),
    ("after.w.p99 * 2 <= before.w.p99", Ratio(A, B, False, 0.5)),
    ("before.w.p99 >= 2 * after.w.p99", Ratio(B, A, True, 2)),
    ("after.w.p99 < before.w.p99", Ratio(A, B, False, 1)),
    ("before.w.p99 - after.w.p99 > 0", Ratio(B, A, True, 1)),
    ("after.w.p99 <= 20ms", Limit(A, False, 20_000, "ms")),
    ("after.w.p99 <= 20 ms", Limit(A, False, 20_000, "ms")),
    ("after.w.p99 <= 1.5s", Limit(A, False, 1_500_000, "ms")),
    ("after.w.p99 <= 250us", Limit(A, False, 250, "ms")),
    ("20ms >= after.w.p99", Limit(A, False, 20_000, "ms")),
    ("2 * after.w.p99 + 1ms <= 40ms", Limit(A, False, 19_500, "ms")),
    ("20ms / after.w.p99 >= 2", Limit(A, False, 10_000, "ms")),
    ("after.w.error_rate <= 1%", Limit(ERRORS, False, 0.01, "%")),
    ("after.w.error_rate <= 0.01", Limit(ERRORS, False, 0.01, "")),
    ("after.w.throughput >= 900/s", Limit(SERVED, True, 900, "/s")),
    ('after.w["/a b?c={d}"].p99 <= 20ms', Limit(PAGE, False, 20_000, "ms")),
    ("after.w['/a b?c={d}'].p99 <= 20ms", Limit(PAGE, False, 20_000, "ms")),
    (
        "python-store.my-w.p99.9 <= 1m",
        Limit(Measure("python-store", "my-w", "p99.9"), False, 6e7, "ms"),
    ),
]


@pytest.mark.parametrize(("text", "expected"), CLAIMS)
def test_a_claim_comes_to_a_ratio_or_a_limit(text: str, expected: Ratio | Limit) -> None:
    assert question_of(parse_claim(text)) == expected


SHOWN: list[tuple[str, Ratio | Single]] = [
    ("before.w.p99 / after.w.p99", Ratio(B, A)),
    ("1 - before.w.p99 / after.w.p99", Ratio(B, A, offset=1, slope=-1, unit="")),
    ("100% - before.w.p99 / after.w.p99", Ratio(B, A, offset=1, slope=-1, unit="%")),
    ("after.w.p99", Single(A, "ms")),
    ("after.w.error_rate", Single(ERRORS, "%")),
    ("after.w.throughput", Single(SERVED, "/s")),
]


@pytest.mark.parametrize(("text", "expected"), SHOWN)
def test_information_comes_to_a_ratio_or_one_measure(text: str, expected: Ratio | Single) -> None:
    assert shown_of(parse_shown(text)) == expected


MISTAKES = [
    # the formula with a mark where the mistake is told, what is said, the hint
    ("^", "is empty", "write it like"),
    ("after.w.p99^", "compares with nothing", "<= 20ms"),
    ("after.w.p99 >=^", "ends too soon", "write it like"),
    ("(after.w.p99^", "ends too soon", "write it like"),
    ("after.w.p99 ^== 3", "`==` cannot be proved", "`>=`"),
    ("after.w.p99 ^= 3", "`=` cannot be proved", "`>=`"),
    ("after.w.p99 ^!= 3", "`!=` cannot be proved", "`>=`"),
    ("1 < after.w.p99 ^< 3", "second comparison", "two claims"),
    ("after.w.p99 ^≥ 3", "found `≥`", "`>=`"),
    ("after.w.p99 <= ^20sec", "`20sec` is no number", "units are ms"),
    ("after.w.p99 <= 20 ^parsecs", "found `parsecs`", "write it like"),
    ("after.w.p99 ^3 > 2", "found the number `3`", "spaces around"),
    ("after.w.p99 ^) > 2", "found `)`", "write it like"),
    ("^$x > 2", "found `$`", "write it like"),
    ("^after.p99 > 2ms", "is no measure of a variant", "variant.workload.measure"),
    ("^after.w.x.p99 > 2ms", "is no measure of a variant", "variant.workload.measure"),
    ("^after.w.p99-before.w.p99 > 0", "is no measure", "spaces around it"),
    ('after.w["a"]^["b"].p99 > 2ms', "a second endpoint", "name one"),
    ('^after["a"].w.p99 > 2ms', "is no measure of a variant", "endpoint"),
    ("after.w.p99 ^<= 20", "a time cannot be compared with a plain number", "20ms"),
    ("after.w.p99 / before.w.p99 ^>= 3ms", "a plain number cannot be compared", "has none"),
    ("after.w.p99 ^+ 1 <= 3ms", "a plain number cannot be added to a time", "20ms"),
    ("after.w.throughput ^>= 900", "a rate cannot be compared", "1000/s"),
    ("after.w.throughput ^>= 900ms", "a rate cannot be compared with a time", "both must"),
    ("3 ^> 2", "no measure left", "name a measure"),
    ("after.w.p99 / after.w.p99 ^> 2", "no measure left", "name a measure"),
    ("after.w.p99 ^/ 0 > 2", "divides by zero", "divide by"),
    ("after.w.p99 ^/ (after.w.p99 - before.w.p99) > 2", "divides by a sum", "(a - b) / b"),
    ("before.w.p99 - after.w.p99 ^> 3ms", "does not come to one ratio", "a difference of times"),
    ("after.w.p99 * before.w.p99 ^> 0", "does not come to one ratio", "a / b"),
    ("a.w.p9 + b.w.p9 ^> c.w.p9", "does not come to one ratio", "a / b"),
    ("1 / after.w.p99 ^> 0", "holds always or never", "above zero"),
    ("after.w.p99 / before.w.p99 > 1e300 ^* 1e300", "too large", "smaller"),
    ("after.w.p99 / before.w.p99 > ^1e999", "too large", "smaller"),
]


@pytest.mark.parametrize(("marked", "message", "hint"), MISTAKES)
def test_a_mistake_is_told_at_its_character(marked: str, message: str, hint: str) -> None:
    at = marked.index("^")
    with pytest.raises(FormulaError) as wrong:
        question_of(parse_claim(marked.replace("^", "")))
    assert wrong.value.at == at
    assert message in wrong.value.message
    assert hint in wrong.value.hint


SHOWN_MISTAKES = [
    ("after.w.p99 ^> 3ms", "promises nothing", "`claims`"),
    ("after.w.p99 ^- before.w.p99", "neither one measure nor one ratio", "one ratio"),
    ("2 ^* after.w.p99", "neither one measure nor one ratio", "one ratio"),
    ("after.w.throughput ^/ after.w.p99", "neither one measure nor one ratio", "one ratio"),
    ("^3", "no measure", "one ratio"),
]


@pytest.mark.parametrize(("marked", "message", "hint"), SHOWN_MISTAKES)
def test_what_cannot_be_shown_is_told(marked: str, message: str, hint: str) -> None:
    with pytest.raises(FormulaError) as wrong:
        shown_of(parse_shown(marked.replace("^", "")))
    assert wrong.value.at == marked.index("^")
    assert message in wrong.value.message
    assert hint in wrong.value.hint


def test_long_and_deep_formulas_are_refused() -> None:
    for text in ("(" * 400 + "1" + ")" * 400, "-" * 900 + "1", "1+" * 400 + "1", "1" * 1001):
        with pytest.raises(FormulaError, match=r"many operations|characters|meaning"):
            parse_shown(text)
    product = "*".join(f"(a{i}.w.p9 + b{i}.w.p9)" for i in range(20))
    with pytest.raises(FormulaError, match="does not come to one ratio"):
        question_of(parse_claim(f"{product} > 1"))


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,6}", fullmatch=True).map(Word)
MEASURES = st.sampled_from(["p50", "p99", "p99.9", "mean", "error_rate", "throughput"]).map(Word)
ENDPOINTS = st.none() | st.text(st.characters(exclude_characters='"'), max_size=8).map(Word)
NUMBERS = st.builds(
    Number,
    st.floats(0, 1e12, allow_nan=False),
    st.sampled_from(["", "ms", "us", "s", "m", "h", "x", "%", "/s"]),
)
LEAVES: st.SearchStrategy[Expression] = NUMBERS | st.builds(
    Named, NAMES, NAMES, MEASURES, ENDPOINTS
)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    LEAVES,
    lambda inner: st.builds(Operation, st.sampled_from("+-*/"), inner, inner),
    max_leaves=8,
)


@given(EXPRESSIONS, st.sampled_from([">=", "<=", ">", "<"]), EXPRESSIONS)
def test_what_is_written_is_read_back(left: Expression, sign: str, right: Expression) -> None:
    comparison = Comparison(left, sign, right)  # pyright: ignore[reportArgumentType]
    assert parse_claim(str(comparison)) == comparison
    assert parse_shown(str(left)) == left


PIECES = [
    *("a.w.p9", "b.w.p9", "a.w.error_rate", 'a.w["x"].max', "3", "0", "2%", "1e200", "20ms"),
    *("(", ")", "+", "-", "*", "/", ">=", "<", "==", ".", "["),
]


@settings(max_examples=500)
@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(PIECES),
        max_size=14,
    ).map(" ".join)
)
def test_any_text_comes_to_something_finite_or_is_told_to_be_wrong(text: str) -> None:
    for ask in (lambda: question_of(parse_claim(text)), lambda: shown_of(parse_shown(text))):
        try:
            shape = ask()
        except FormulaError as error:
            outside, said = not 0 <= error.at <= len(text), error.message and error.hint
        else:
            outside, said = False, True
            match shape:
                case Ratio():
                    assert math.isfinite(shape.required or 0.0)
                    assert shape.slope
                case Limit():
                    assert math.isfinite(shape.limit)
                case Single():
                    assert shape.unit
        assert not outside
        assert said


NONZERO = st.integers(-40, 40).filter(bool).map(lambda n: n / 4)


@given(NONZERO, st.integers(-40, 40), st.integers(-40, 40), st.floats(0.01, 100))
def test_the_ratio_holds_where_the_formula_does(
    slope: float, offset: int, wanted: int, ratio: float
) -> None:
    """The form that is judged and the formula as it was written agree at every ratio."""
    text = f"{offset} + ({slope}) * (after.w.p99 / before.w.p99) >= {wanted}"
    asked = question_of(parse_claim(text))
    assert isinstance(asked, Ratio)
    assert asked.required is not None
    written = offset + slope * ratio
    assert asked.shown(ratio) == pytest.approx(written)
    if not math.isclose(written, wanted, rel_tol=1e-6, abs_tol=1e-6):
        holds = ratio >= asked.required if asked.at_least else ratio <= asked.required
        assert holds == (written >= wanted)
