import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shop_catalogue import plain_json
from shop_catalogue.mistakes import ImportMistakes, Mistake

MUG: dict[str, Any] = json.loads(plain_json.EXAMPLE)


def mistakes(text: str) -> list[Mistake]:
    with pytest.raises(ImportMistakes) as caught:
        plain_json.parse(text)
    return caught.value.mistakes


def changed(way: str, value: object) -> str:
    """The example with one field set; `None` takes it out."""
    document = deepcopy(MUG)
    at: Any = document
    *walk, last = (int(step) if step.isdigit() else step for step in way.split("."))
    for step in walk:
        at = at[step]
    at[last] = value
    if value is None:
        del at[last]
    return json.dumps(document)


def test_the_example_that_the_help_shows_is_right() -> None:
    found = plain_json.parse(plain_json.EXAMPLE)
    [mug] = found.products
    assert found.currency == "EUR"
    assert (mug.id, mug.category) == ("mug-1", ("Kitchen", "Mugs"))
    [variant] = mug.variants
    assert variant.options == (("Colour", "Blue"),)
    assert (variant.price_minor, variant.available) == (1250, 7)


def test_description_and_options_may_be_left_out() -> None:
    assert plain_json.parse(changed("products.0.description", None)).products[0].description == ""
    [product] = plain_json.parse(changed("products.0.variants.0.options", None)).products
    assert product.variants[0].options == ()


VARIANT = "products.0.variants.0"


@pytest.mark.parametrize(
    ("way", "value", "field", "words"),
    [
        ("currency", None, "currency", "found nothing; write a text"),
        ("currency", "euro", "currency", 'its code, such as "EUR"'),
        ("shop", "mine", "the document", "known here are currency, products"),
        ("products", [], "products", "at least one"),
        ("products", {}, "products", "write a list"),
        ("products.0", "mug", "products[0]", "write an object"),
        ("products.0.titel", "Mug", "products[0]", 'found "titel"; known here are brand'),
        ("products.0.title", "  ", "products[0].title", "not an empty one"),
        ("products.0.title", "a\0b", "products[0].title", "leave out"),
        ("products.0.title", "\ud800", "products[0].title", "surrogate"),
        ("products.0.id", "x" * 65, "products[0].id", "at most 64 characters"),
        ("products.0.brand", 7, "products[0].brand", "write a text"),
        ("products.0.category", "Mugs", "products[0].category", "write a list"),
        ("products.0.category.0", "", "products[0].category[0]", "not an empty one"),
        ("products.0.variants", [], "products[0].variants", "at least one"),
        (f"{VARIANT}.sku", None, "products[0].variants[0].sku", "write a text"),
        (f"{VARIANT}.price", 12.5, "products[0].variants[0].price", "12.50, in quotes"),
        (f"{VARIANT}.price", "12,50", "products[0].variants[0].price", "12.50, in quotes"),
        (f"{VARIANT}.available", -1, "products[0].variants[0].available", "from 0 to"),
        (f"{VARIANT}.available", True, "products[0].variants[0].available", "from 0 to"),
        (f"{VARIANT}.available", 2**31, "products[0].variants[0].available", "2147483647"),
        (f"{VARIANT}.options", [], "products[0].variants[0].options", "an object"),
        (f"{VARIANT}.options.Colour", 3, "products[0].variants[0].options.Colour", "a text"),
    ],
)
def test_a_mistake_is_told_with_its_field(way: str, value: object, field: str, words: str) -> None:
    told = mistakes(changed(way, value))
    assert field in {mistake.field for mistake in told}
    assert any(words in str(mistake) for mistake in told)


def test_a_mistake_is_told_with_the_line_where_its_product_begins() -> None:
    lines = ['{"note": [1, {"products": 2}],', '"currency": "EUR", "products": [']
    for number in range(3):
        product = deepcopy(MUG["products"][0]) | {"id": f"mug-{number}"}
        product["variants"][0]["sku"] = "same" if number else "other"
        lines += ["", json.dumps(product) + ("," if number < 2 else "")]
    told = mistakes("\n".join([*lines, "]}"]))
    assert [(each.line, each.field) for each in told] == [
        (1, "the document"),
        (8, "products[2].variants[0].sku"),
    ]
    assert "products[1].variants[0].sku is the same" in told[1].right


def test_two_products_of_one_id_are_refused() -> None:
    document = deepcopy(MUG)
    document["products"].append(deepcopy(MUG["products"][0]))
    fields = [mistake.field for mistake in mistakes(json.dumps(document))]
    assert fields == ["products[1].id", "products[1].variants[0].sku"]


def test_what_is_no_json_is_told_with_line_and_column() -> None:
    [mistake] = mistakes('{\n  "currency": EUR\n}')
    assert mistake.line == 2
    assert "column 15" in mistake.found
    assert mistakes("[" * 100_000)[0].found == "no catalogue"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["products", "currency", "id", "variants", "x"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 0, 2]))
def test_any_json_is_read_or_refused_with_a_line(document: object, indent: int | None) -> None:
    text = json.dumps(document, indent=indent)
    lines = text.count("\n") + 1
    assert all(1 <= mistake.line <= lines for mistake in mistakes(text))


@given(st.lists(JSON, min_size=1, max_size=4), JSON)
def test_every_product_is_found_again(products: list[object], before: object) -> None:
    text = json.dumps({"x": before, "products": products, "currency": "EUR"})
    for place, product in enumerate(products):
        start = plain_json._offset_of(text, place)
        assert json.JSONDecoder().raw_decode(text, start)[0] == product
