"""What a request may ask for: `ProductChange`, checked whole before anything is touched."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Annotated, Literal

from pydantic import (
    MISSING,
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

Kind = Literal["price", "stock", "text"]

ID_CHARS = 64
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}
_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"{_TAG}(?:[ \t]*,[ \t]*{_TAG})*")


def _without_nul(text: str) -> str:
    if "\0" in text:  # no text in Postgres holds it
        raise ValueError("a text without NUL")
    return text


def _printable(text: str) -> str:
    if not text.strip() or any(unicodedata.category(each) in _UNPRINTABLE for each in text):
        raise ValueError("1 to 200 printable characters")
    return text


def check_id(text: str) -> str:
    """The id, if a product can have it. ValueError otherwise."""
    if not 1 <= len(text) <= ID_CHARS:
        raise ValueError(f"1 to {ID_CHARS} characters")
    return _without_nul(text)


Id = Annotated[
    str, StringConstraints(min_length=1, max_length=ID_CHARS), AfterValidator(_without_nul)
]
Title = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
Description = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(_without_nul)]
PriceMinor = Annotated[int, Field(ge=0, le=10**12, description="In the currency's minor unit.")]
Available = Annotated[int, Field(ge=0, le=10**9)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class VariantChange(_Body):
    """A price, a stock, or both, of one variant."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 2})

    id: Id
    price_minor: PriceMinor | MISSING = MISSING
    available: Available | MISSING = MISSING

    @model_validator(mode="after")
    def _says_something(self) -> VariantChange:
        if self.price_minor is MISSING and self.available is MISSING:
            raise ValueError("at least one of price_minor, available")
        return self


def _each_once(variants: list[VariantChange]) -> list[VariantChange]:
    twice = [each for each, times in Counter(v.id for v in variants).items() if times > 1]
    if twice:
        raise ValueError(f"each variant once; {twice[0]!r} is there more often")
    return variants


class ProductChange(_Body):
    """What becomes of a product; what is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    title: Title | MISSING = MISSING
    description: Description | MISSING = MISSING
    variants: (
        Annotated[
            list[VariantChange], Field(min_length=1, max_length=100), AfterValidator(_each_once)
        ]
        | MISSING
    ) = MISSING

    @model_validator(mode="after")
    def _says_something(self) -> ProductChange:
        if not self.model_fields_set:
            raise ValueError("at least one of title, description, variants")
        return self

    def of_variants(self) -> list[VariantChange]:
        return [] if self.variants is MISSING else self.variants

    def kinds(self) -> list[Kind]:
        kinds: list[Kind] = []
        if any(each.price_minor is not MISSING for each in self.of_variants()):
            kinds.append("price")
        if any(each.available is not MISSING for each in self.of_variants()):
            kinds.append("stock")
        if self.title is not MISSING or self.description is not MISSING:
            kinds.append("text")
        return kinds


def etag(version: int) -> str:
    return f'"{version}"'


def tags(if_match: str) -> frozenset[str] | None:
    """The versions' tags that an If-Match asks for; None for any. ValueError otherwise.

    A weak one is none of ours: it matches no version.
    """
    if if_match.strip() == "*":
        return None
    if not _TAGS.fullmatch(if_match.strip()):
        raise ValueError('the version in quotes, as an answer\'s ETag has it: "7"')
    return frozenset(re.findall(_TAG, if_match))
