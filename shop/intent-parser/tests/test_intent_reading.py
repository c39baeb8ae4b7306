"""Tokens, spellings, money and what is put right of misspelled words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intent_parser.money import Money, money_at
from intent_parser.phrases import ENGLISH, Tag, entries
from intent_parser.reading import stems, tokens
from intent_parser.spelling import Speller

TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)
WEIGHTS = {"flannel": 3.0, "kettle": 2.0, "shirt": 1.0, "double": 2.0, "serum": 2.0, "42": 1.0}


@given(TEXTS)
def test_every_token_knows_where_it_stands(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end <= len(text)
        assert token.word
        end = token.end


SAME = [
    ("T-Shirts", "t shirt"),
    ("knives", "Knife"),
    ("GLASSES", "glass"),
    ("colours", "color"),
    ("500ml", "500 ml"),
    ("crew-neck", "crew neck"),
    ("Chef's Knife", "chefs knife".replace("chefs", "chef")),
    ("0–3 months", "0-3 months"),
    ("60 × 90 cm", "60x90cm"),
    ("Sauté", "saute"),
]


@pytest.mark.parametrize(("one", "other"), SAME, ids=str)
def test_two_spellings_of_one_word(one: str, other: str) -> None:
    assert stems(one) == stems(other)


def test_what_is_another_word_stays_another() -> None:
    assert stems("dress") != stems("dres")
    assert stems("S") != stems("XS")


AMOUNTS = [
    ("€20", Money(2000, "EUR")),
    ("20 euros", Money(2000, "EUR")),
    ("19,99 €", Money(1999, "EUR")),
    ("$1,200", Money(120_000, "USD")),
    ("twenty five quid", Money(2500, "GBP")),
    ("fifteen bucks", Money(1500, "")),
    ("8.99", Money(899, None)),
    ("two hundred", Money(20_000, None)),
]


@pytest.mark.parametrize(("text", "amount"), AMOUNTS, ids=str)
def test_amounts(text: str, amount: Money) -> None:
    found = money_at(tokens(text), 0)
    assert found == (amount, len(tokens(text)))


@pytest.mark.parametrize(
    ("written", "meant"),
    [("flanel", "flannel"), ("kettel", "kettle"), ("duble", "double"), ("sreum", "serum")],
)
def test_a_slip_is_put_right(written: str, meant: str) -> None:
    assert [token.word for token in Speller(WEIGHTS).corrected(tokens(written))] == [meant]


@given(st.sampled_from(sorted(WEIGHTS)) | st.integers(0, 10**6).map(str) | st.just("please"))
def test_numbers_and_known_words_are_never_touched(word: str) -> None:
    read = tokens(word)
    assert Speller(WEIGHTS).corrected(read) == read


def test_another_word_is_not_a_slip() -> None:
    """`leak` is no `lead`, and `handle` no `candle`."""
    speller = Speller({"lead": 1.0, "candle": 1.0})
    assert [token.word for token in speller.corrected(tokens("leak handle"))] == ["leak", "handle"]


def test_no_phrase_is_written_twice() -> None:
    seen: set[tuple[Tag, tuple[str, ...]]] = set()
    for tag, phrase, spelled in entries(ENGLISH.joinpath("phrases.txt").read_text("utf-8")):
        new = {(tag, words) for words in spelled} - seen
        assert new, f"{tag}: {phrase}"
        seen |= new
