"""What a catalogue offers, and which of it a filter fits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from shop_catalogue.model import Catalogue, Stars

from shop_requests import catalogues
from shop_requests.model import Among


@dataclass(frozen=True)
class Offer:
    """A variant, as the filters see it."""

    product_id: str
    variant_id: str
    title: str
    words: frozenset[str]
    """Of the title, the brand and the categories, in the singular."""
    options: Mapping[str, str]
    price_minor: int
    available: int
    stars: Stars


class Goods:
    def __init__(self, catalogue: Catalogue) -> None:
        self.offers = tuple(_offers(catalogue))
        self.by_variant = {offer.variant_id: offer for offer in self.offers}

    def among(self, among: Among) -> list[Offer]:
        """All that the filter fits, sold out or not."""
        wanted, unwanted = singulars(among.words), singulars(among.unwanted_words)
        return [
            offer
            for offer in self.offers
            if wanted <= offer.words
            and not (unwanted and unwanted & offer.words)
            and (not among.title or among.title == offer.title)
            and among.id in ("", offer.product_id, offer.variant_id)
            and _has(offer, among.options)
            and not any(
                str(value) == offer.options.get(name)
                for name, values in among.unwanted_options.items()
                for value in values
            )
            and (among.below_minor is None or offer.price_minor < among.below_minor)
            and (among.most_minor is None or offer.price_minor <= among.most_minor)
            and (among.above_minor is None or offer.price_minor > among.above_minor)
            and (among.least_minor is None or offer.price_minor >= among.least_minor)
        ]


@cache
def goods(name: catalogues.Name) -> Goods:
    """Raises CatalogueMissing."""
    return Goods(catalogues.catalogue(name))


def singulars(texts: Iterable[str]) -> frozenset[str]:
    """The words of the texts: `T-Shirts` and `t shirt` are the same two."""
    return frozenset(_singular(word) for text in texts for word in _words(text))


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.findall(r"[a-z0-9]+", re.sub("['’]", "", letters))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and word[-2] != "s" else word


def _has(offer: Offer, options: Mapping[str, str | int]) -> bool:
    return all(offer.options.get(name) == str(value) for name, value in options.items())


def _offers(catalogue: Catalogue) -> Iterable[Offer]:
    brands = {brand.id: brand.name for brand in catalogue.brands}
    paths = {category.id: category.path for category in catalogue.categories}
    for entry in catalogue.entries:
        product = entry.product
        texts = (product.title, brands[product.brand_id], *paths[product.category_id])
        words = singulars(texts)
        for variant in entry.variants:
            yield Offer(
                product_id=product.id,
                variant_id=variant.id,
                title=product.title,
                words=words,
                options=dict(variant.options),
                price_minor=variant.price_minor,
                available=variant.available,
                stars=entry.stars,
            )
