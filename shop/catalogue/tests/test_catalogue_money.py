import pytest
from hypothesis import given
from hypothesis import strategies as st
from shop_catalogue.money import is_currency, minor_digits, price_minor


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "EUR", 1250),
        ("12.5", "EUR", 1250),
        ("12", "EUR", 1200),
        ("0", "EUR", 0),
        ("12.500", "EUR", 1250),
        ("1200", "JPY", 1200),
        ("1200.00", "JPY", 1200),
        ("1.234", "KWD", 1234),
    ],
)
def test_a_price_is_read(text: str, currency: str, minor: int) -> None:
    assert price_minor(text, currency) == minor


@pytest.mark.parametrize("text", ["", "12,50", "-1", "1.234", "€ 5", "1 000", "1e3", "٣", ".5"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as 12\.50"):
        price_minor(text, "EUR")


@given(st.integers(0, 10**12 - 1), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_a_price_survives_being_written(minor: int, currency: str) -> None:
    digits = minor_digits(currency)
    whole, part = divmod(minor, 10**digits)
    assert price_minor(f"{whole}.{part:0{digits}d}" if digits else str(whole), currency) == minor


def test_a_currency_has_three_capitals() -> None:
    assert is_currency("EUR")
    assert not any(map(is_currency, ["eur", "EURO", "", "E1R"]))
