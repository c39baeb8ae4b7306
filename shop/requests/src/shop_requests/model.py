"""How requests are written down, and what they come to once the catalogue has been asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta, Struct
from shop_intents.intents import CartLine, Ordered

from shop_requests.catalogues import Name

Part = Literal["development", "test"]
Verify = Literal[
    "unique",  # one alone can be had, and that is what comes
    "cheapest", "dearest", "best_rated",  # of all that can be had, and all that tie
    "any",  # of all that can be had
    "ambiguous",  # several can be had
    "unknown",  # there is none, sold out or not
    "sold_out",  # there is one, and not enough of it can be had
    "beyond_limit",  # what can be had costs too much, or too little
    "held",  # one line of the cart, and what becomes of the cart shows in it
    "held_twice",  # several lines of the cart
    "not_held",  # no line of the cart
]  # fmt: skip


class Among(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A filter: all of it is to fit."""

    title: str = ""
    """The whole of it."""
    id: str = ""
    """A product's or a variant's."""
    words: tuple[str, ...] = ()
    """Each somewhere in title, brand or categories; singular and plural are the same."""
    options: dict[str, str | int] = {}
    unwanted_words: tuple[str, ...] = ()
    unwanted_options: dict[str, tuple[str | int, ...]] = {}
    below_minor: int | None = None
    most_minor: int | None = None
    above_minor: int | None = None
    least_minor: int | None = None


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many of one variant, or together of any of several."""

    title: str = ""
    options: dict[str, str | int] = {}
    id: str = ""
    any_of: tuple[Among, ...] = ()
    """Whatever of these can be had."""
    quantity: Annotated[int, Meta(ge=1, le=1000)] = 1


class Expect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    decision: Literal["intent", "question", "refusal"]
    about: Literal["product", "variant", "quantity", "line", "order", "meaning"] | None = None
    reason: Literal["out_of_scope", "impossible", "not_permitted"] | None = None
    cart: tuple[Line, ...] | None = None
    """All of it afterwards; unchanged where it is left out."""
    bought: tuple[tuple[Line, ...], ...] = ()
    cancelled: tuple[int, ...] = ()


class Verified(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to hold of the catalogue, or of the cart, for the expectation to be right."""

    verify: Verify
    among: Among
    quantity: Annotated[int, Meta(ge=1, le=1000)] = 1
    """That is wanted of one variant."""


class Written(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of a file."""

    id: str
    catalogue: Name
    expect: Expect
    text: str = ""
    texts: tuple[str, ...] = ()
    """Of a group of paraphrases, instead of `text`."""
    cart: tuple[Line, ...] = ()
    orders: tuple[tuple[Line, ...], ...] = ()
    accept: tuple[Expect, ...] = ()
    verified: tuple[Verified, ...] = ()
    verify: Verify | None = None
    """With `among`, the short way to write one `verified`."""
    among: Among | None = None


class Injection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text that tries to give orders. No price, cap, user or policy may change by it."""

    id: str
    text: str
    field: Literal["title", "description"] | None = None
    """Of a product, which is to hold the text; None for a request."""


@dataclass(frozen=True)
class Units:
    """So many pieces, of any of these variants."""

    variant_ids: frozenset[str]
    quantity: int


@dataclass(frozen=True)
class Outcome:
    """One right answer, and what is so afterwards."""

    decision: str
    detail: str | None
    """What a question is about, or a refusal's reason; None where it does not matter."""
    cart: tuple[Units, ...]
    bought: tuple[tuple[Units, ...], ...]
    cancelled: tuple[str, ...]
    """Ids of orders."""


@dataclass(frozen=True)
class Request:
    id: str
    kind: str
    catalogue: Name
    text: str
    cart: tuple[CartLine, ...]
    orders: tuple[Ordered, ...]
    """The newest first."""
    outcomes: tuple[Outcome, ...]
    """Any of them is right."""
    where: str
    """File and line."""
    verified: tuple[Verified, ...] = ()
