"""What is known of a department and of the shelves (the leaf categories) in it."""

from __future__ import annotations

from dataclasses import dataclass

from shop_catalogue.axes import Axis


@dataclass(frozen=True)
class Shelf:
    name: str
    nouns: tuple[str, ...]
    materials: tuple[str, ...]  # may be none
    uses: tuple[str, ...]  # how the first sentence of a description ends
    euros: tuple[float, float]  # from the cheapest to the dearest
    axes: tuple[Axis, ...]  # none: one variant without options
    under: tuple[str, ...] = ()  # categories between the department and this one
    weight: float = 1.0  # of all products, against the other shelves


@dataclass(frozen=True)
class Department:
    name: str
    brands: tuple[str, ...]
    adjectives: tuple[str, ...]
    features: tuple[str, ...]  # whole sentences
    shelves: tuple[Shelf, ...]
