"""Makes a catalogue out of a number: the same seed makes the same one, product by product."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product as combinations
from random import Random

from shop_catalogue.axes import Axis
from shop_catalogue.departments import DEPARTMENTS
from shop_catalogue.model import (
    Catalogue,
    Entry,
    Options,
    Path,
    Product,
    Stars,
    Variant,
    brand_id,
    brands_of,
    categories_of,
    category_id,
    opaque_id,
)
from shop_catalogue.shelves import Department, Shelf
from shop_catalogue.words import ASSURANCES, LINES

CURRENCY = "EUR"
MOST_VARIANTS = 8
SOLD_OUT_VARIANTS = 0.12
SOLD_OUT_PRODUCTS = 0.03
MEAN_PIECES = 40
MOST_RATINGS = 200

_PLACES: tuple[tuple[Department, Shelf, Path], ...] = tuple(
    (department, shelf, (department.name, *shelf.under, shelf.name))
    for department in DEPARTMENTS
    for shelf in department.shelves
)
_WEIGHTS = tuple(shelf.weight for _, shelf, _ in _PLACES)


def generate(products: int, seed: int) -> Catalogue:
    """A catalogue of so many products; a longer one begins with the shorter one."""
    return Catalogue(
        categories=categories_of(path for _, _, path in _PLACES),
        brands=brands_of(name for department in DEPARTMENTS for name in department.brands),
        entries=entries(products, seed),
    )


def entries(products: int, seed: int) -> Iterator[Entry]:
    for number in range(products):
        yield entry(number, seed)


def entry(number: int, seed: int) -> Entry:
    """The product of this number, which depends on no other."""
    rng = Random(f"{seed}/{number}")
    [(department, shelf, path)] = rng.choices(_PLACES, _WEIGHTS)
    brand, line = rng.choice(department.brands), rng.choice(LINES)
    noun = rng.choice(shelf.nouns)
    material = rng.choice(shelf.materials) if shelf.materials else ""
    product = Product(
        id=opaque_id("p", seed, number),
        title=" ".join(filter(None, (brand, line, material, noun))),
        description=_description(rng, department, shelf, noun, material),
        brand_id=brand_id(brand),
        category_id=category_id(path),
    )
    variants = tuple(_variants(rng, shelf, product, number, _code(brand, shelf)))
    return Entry(product, variants, _stars(rng))


def _stars(rng: Random) -> Stars:
    """Few products have many ratings; most people who rate are content."""
    count = int(rng.paretovariate(0.8)) - 1
    liked = rng.betavariate(6, 2)
    given = [0, 0, 0, 0, 0]
    for _ in range(min(count, MOST_RATINGS)):
        given[sum(rng.random() < liked for _ in range(4))] += 1
    return given[0], given[1], given[2], given[3], given[4]


def _description(
    rng: Random, department: Department, shelf: Shelf, noun: str, material: str
) -> str:
    adjective = rng.choice(department.adjectives)
    made_of = f"{material} {noun}" if material else noun
    sentences = [f"{adjective} {_running(made_of)}, {rng.choice(shelf.uses)}."]
    if rng.random() < 0.7:
        sentences.append(rng.choice(department.features))
    if rng.random() < 0.3:
        sentences.append(rng.choice(ASSURANCES))
    return " ".join(sentences)


def _running(name: str) -> str:
    """As it stands within a sentence: `usb-c cable` would be wrong."""
    return " ".join(word.lower() if word.istitle() else word for word in name.split())


def _code(brand: str, shelf: Shelf) -> str:
    """`NOR-TSH`: how the SKUs of this brand's goods on this shelf begin."""
    return f"{_letters(brand)}-{_letters(shelf.name)}"


def _letters(name: str) -> str:
    return "".join(letter for letter in name.upper() if "A" <= letter <= "Z")[:3]


def _variants(
    rng: Random, shelf: Shelf, product: Product, number: int, code: str
) -> Iterator[Variant]:
    low, high = shelf.euros
    base = math.exp(rng.uniform(math.log(low), math.log(high)))
    ending = rng.choices((99, 95, 0), (6, 2, 2))[0]
    gone = rng.random() < SOLD_OUT_PRODUCTS
    for position, (options, dearer) in enumerate(_choices(rng, shelf.axes), 1):
        sold_out = gone or rng.random() < SOLD_OUT_VARIANTS
        yield Variant(
            id=opaque_id("v", product.id, position),
            product_id=product.id,
            position=position,
            sku=f"{code}-{number:06d}-{position}",
            options=options,
            currency=CURRENCY,
            price_minor=price_minor(base * dearer, ending),
            available=0 if sold_out else 1 + int(rng.expovariate(1 / MEAN_PIECES)),
        )


def price_minor(euros: float, ending: int) -> int:
    """In cents, near so many euros and never under 95 cents: 1999 for 19.7 and the ending 99."""
    whole = max(1, round(euros))
    return whole * 100 if ending == 0 else (whole - 1) * 100 + ending


def _choices(rng: Random, axes: tuple[Axis, ...]) -> Iterator[tuple[Options, float]]:
    """The options of each variant, and how many times dearer than the first it is."""
    room = MOST_VARIANTS
    picked: list[list[tuple[str, str, float]]] = []
    for axis in axes:
        count = rng.randint(1, min(room, axis.most, len(axis.values)))
        room //= count
        picked.append(_pick(rng, axis, count))
    for chosen in combinations(*picked):
        options = tuple((name, value) for name, value, _ in chosen)
        yield options, math.prod(factor for _, _, factor in chosen)


def _pick(rng: Random, axis: Axis, count: int) -> list[tuple[str, str, float]]:
    """Neighbours where the values are a scale (S, M, L), any where they are not (colours)."""
    if axis.scale:
        first = rng.randint(0, len(axis.values) - count)
        values = axis.values[first : first + count]
    else:
        values = tuple(rng.sample(axis.values, count))
    return [(axis.name, value, axis.step**place) for place, value in enumerate(values)]
