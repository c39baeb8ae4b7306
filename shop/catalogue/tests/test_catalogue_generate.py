import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shop_catalogue.departments import DEPARTMENTS
from shop_catalogue.generate import MOST_VARIANTS, entry, generate, price_minor
from shop_catalogue.model import Entry

SAMPLE = 2_000


def fingerprint(products: int, seed: int) -> str:
    made = generate(products, seed)
    return hashlib.sha256(
        repr((made.categories, made.brands, list(made.entries))).encode()
    ).hexdigest()


@pytest.fixture(scope="module")
def sample() -> list[Entry]:
    return list(generate(SAMPLE, 1).entries)


def test_the_same_seed_makes_the_same_catalogue_and_another_seed_another() -> None:
    assert fingerprint(200, 7) == fingerprint(200, 7)
    assert fingerprint(200, 7) != fingerprint(200, 8)


def test_a_longer_catalogue_begins_with_the_shorter_one() -> None:
    assert list(generate(50, 3).entries)[:20] == list(generate(20, 3).entries)


def test_whatever_is_referred_to_is_there_and_parents_come_first() -> None:
    made = generate(SAMPLE, 1)
    known: set[str] = set()
    for category in made.categories:
        assert category.parent_id is None or category.parent_id in known
        assert category.path[-1] == category.name
        known.add(category.id)
    brands = {brand.id for brand in made.brands}
    for product, variants, _ in made.entries:
        assert product.category_id in known
        assert product.brand_id in brands
        assert {variant.product_id for variant in variants} == {product.id}


def test_the_tables_constraints_hold(sample: list[Entry]) -> None:
    variants = [variant for each in sample for variant in each.variants]
    assert len({each.product.id for each in sample}) == SAMPLE
    assert len({variant.id for variant in variants}) == len(variants)
    assert len({variant.sku for variant in variants}) == len(variants)
    for each in sample:
        assert 1 <= len(each.product.id) <= 64
        places = [variant.position for variant in each.variants]
        assert places == list(range(1, len(places) + 1))
    assert all(len(each.currency) == 3 and each.available >= 0 for each in variants)


def test_no_two_variants_of_a_product_are_the_same(sample: list[Entry]) -> None:
    for each in sample:
        assert 1 <= len(each.variants) <= MOST_VARIANTS
        assert len({variant.options for variant in each.variants}) == len(each.variants)
        names = {tuple(name for name, _ in variant.options) for variant in each.variants}
        assert len(names) == 1


def test_it_looks_like_a_shop(sample: list[Entry]) -> None:
    variants = [variant for each in sample for variant in each.variants]
    assert 2.5 < len(variants) / SAMPLE < 3.5
    assert 0.05 < sum(variant.available == 0 for variant in variants) / len(variants) < 0.25
    assert {variant.price_minor % 100 for variant in variants} == {99, 95, 0}
    assert len({each.product.title for each in sample}) > 0.95 * SAMPLE
    sentences = Counter(each.product.description.count(". ") + 1 for each in sample)
    assert set(sentences) == {1, 2, 3}


def test_ids_tell_nothing_of_the_order(sample: list[Entry]) -> None:
    ids = [each.product.id for each in sample]
    assert ids != sorted(ids)
    assert len({each[:4] for each in ids}) > 500


def test_the_vocabulary_is_wide_and_its_names_are_unique() -> None:
    shelves = [(each.name, shelf.name) for each in DEPARTMENTS for shelf in each.shelves]
    assert len(shelves) >= 60
    assert len(set(shelves)) == len(shelves)
    brands = [brand for each in DEPARTMENTS for brand in each.brands]
    assert len(brands) >= 140
    assert len(set(brands)) == len(brands)


@given(st.floats(0.01, 100_000), st.sampled_from([99, 95, 0]))
def test_a_price_ends_as_asked_and_is_near(euros: float, ending: int) -> None:
    price = price_minor(euros, ending)
    assert price % 100 == ending
    assert price >= 95
    assert abs(price - 100 * euros) <= 160


@given(st.integers(0, 10**9), st.integers())
def test_any_number_and_seed_make_a_product(number: int, seed: int) -> None:
    made = entry(number, seed)
    assert made == entry(number, seed)
    assert made.variants
