import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shop_catalogue import shopify
from shop_catalogue.mistakes import ImportMistakes, Mistake, decoded
from shop_catalogue.shopify import NOT_COUNTED, plain_text

HEADER = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Option1 Name,Option1 Value,"
    "Option2 Name,Option2 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src,Status"
)
SHIRT = """\
shirt,Oxford Shirt,"<p>Soft.</p>
<p>Washes &amp; wears</p>",Halden,Clothing > Shirts,,Colour,Blue,Size,M,SH-1,4,49.90,,active
shirt,,,,,,,Blue,,L,'SH-2,-2,54.00,,
shirt,,,,,,,,,,,,,https://example.org/back.jpg,
"""
MUG = "mug,Mug,,,,Tableware,Title,Default Title,,,,,7,,\n"


def read(rows: str, header: str = HEADER, currency: str = "EUR") -> shopify.Imported:
    return shopify.parse(f"{header}\n{rows}", currency)


def mistakes(rows: str, header: str = HEADER) -> list[Mistake]:
    with pytest.raises(ImportMistakes) as caught:
        read(rows, header)
    return caught.value.mistakes


def test_rows_of_one_handle_are_one_product() -> None:
    [shirt] = read(SHIRT).products
    assert shirt.title == "Oxford Shirt"
    assert shirt.description == "Soft. Washes & wears"
    assert shirt.brand == "Halden"
    assert shirt.category == ("Clothing", "Shirts")
    first, second = shirt.variants
    assert first.options == (("Colour", "Blue"), ("Size", "M"))
    assert (first.sku, first.price_minor, first.available) == ("SH-1", 4990, 4)
    assert second.options == (("Colour", "Blue"), ("Size", "L"))
    assert (second.sku, second.price_minor, second.available) == ("SH-2", 5400, 0)


def test_what_is_not_said_is_filled_in() -> None:
    [mug] = read(MUG).products
    assert (mug.brand, mug.category) == ("Unbranded", ("Tableware",))
    [variant] = mug.variants
    assert variant.options == ()
    assert (variant.sku, variant.price_minor, variant.available) == ("mug-1", 700, NOT_COUNTED)


def test_the_newer_names_of_columns_are_known_in_any_case() -> None:
    header = "Title,URL handle,description,SKU,Option1 name,Option1 value,Price,Inventory quantity"
    [mug] = read("Mug,mug,<b>Big</b>,M-1,Colour,Red,7.50,3\n", header).products
    assert mug.description == "Big"
    assert mug.variants[0].options == (("Colour", "Red"),)
    assert mug.variants[0].available == 3


def test_drafts_and_archived_products_are_left_out() -> None:
    gone = "old,Old,,,,,,,,,,,x,,archived\nnew,New,,,,,,,,,,,,,draft\n"
    found = read(MUG + gone)
    assert [each.title for each in found.products] == ["Mug"]
    assert found.left_out == 2


def test_a_handle_keeps_its_id_from_import_to_import() -> None:
    [alone], [*_, later] = read(MUG).products, read(SHIRT + MUG).products
    assert alone.id == later.id


@pytest.mark.parametrize(
    ("rows", "line", "column", "words"),
    [
        ("mug,,,,,,,,,,,,7,,\n", 2, "Title", "first row of the product 'mug' needs its title"),
        (",Mug,,,,,,,,,,,7,,\n", 2, "Handle", "needs the handle"),
        ('mug,Mug,,,,,,,,,,,"7,50",,\n', 2, "Variant Price", "price in EUR such as 12.50"),
        (MUG + "pot,Pot,,,,,,,,,P,1,-3,,\n", 3, "Variant Price", "price in EUR"),
        ("pot,Pot,,,,,,,,,P,1,1.999,,\n", 2, "Variant Price", "price in EUR"),
        ("pot,Pot,,,,,,,,,P,1,,,\n", 2, "Variant Price", "found nothing"),
        ("pot,Pot,,,,,,,,,,,,x.jpg,\n", 2, "Variant Price", "needs a row with a price"),
        ("pot,Pot,,,,,,,,,P,few,3,,\n", 2, "Variant Inventory Qty", "whole number"),
        ("pot,Pot,,,,,,,,,P,1.5,3,,\n", 2, "Variant Inventory Qty", "whole number"),
        ("pot,Pot,,,,,,,,,P,9999999999,3,,\n", 2, "Variant Inventory Qty", "up to 2147483647"),
        ("pot,Pot,,,,,,Red,,,P,1,3,,\n", 2, "Option1 Value", "name for this option"),
        (SHIRT + "pot,Pot,,,,,,,,,SH-2,1,3,,\n", 6, "Variant SKU", "line 4 has the SKU 'SH-2'"),
        ("pot,Pot, a,b,c,d,e,f,g,h,i,j,k,l,m,n,o\n", 2, "", "texts with commas into quotes"),
        (SHIRT + 'pot,"Pot"x,,,,,,,,,,,3,,\n', 6, "", "write it as CSV"),
        ('pot,"Pot\n\n', 2, "", "write it as CSV"),
        ("", 1, "", "neither a draft nor archived"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_column(
    rows: str, line: int, column: str, words: str
) -> None:
    [mistake] = mistakes(rows)
    assert (mistake.line, mistake.field) == (line, column)
    assert words in str(mistake)


def test_all_mistakes_are_told_at_once_and_the_file_is_named() -> None:
    rows = "pot,Pot,,,,,,,,,P,x,y,,\npan,,,,,,,,,,,1,1,,\n"
    told = ImportMistakes(mistakes(rows)).told("export.csv").splitlines()
    assert len(told) == 3
    assert all(line.startswith("export.csv:") for line in told)
    assert told[2].startswith("export.csv:3, Title: found nothing; ")


def test_of_very_many_mistakes_the_first_are_shown() -> None:
    rows = "".join(f"pot-{each},Pot,,,,,,,,,,,y,,\n" for each in range(30))
    told = ImportMistakes(mistakes(rows)).told("export.csv").splitlines()
    assert len(told) == 21
    assert told[-1] == "and 10 more"


@pytest.mark.parametrize("header", ["", "Handle,Title", "Name;Price", "Title,Variant Price"])
def test_a_missing_column_is_named(header: str) -> None:
    [mistake] = mistakes("a,b,c\n", header)
    assert mistake.line == 1
    assert "no column" in mistake.found


def test_prices_follow_their_currency() -> None:
    [mug] = read(MUG.replace(",7,", ",700.00,"), currency="JPY").products
    assert mug.variants[0].price_minor == 700


def test_a_file_that_is_not_utf8_is_refused_with_its_line() -> None:
    with pytest.raises(ImportMistakes) as caught:
        decoded(b"Handle\nmug\ncaf\xe9\n")
    assert caught.value.told("x.csv") == "x.csv:3: found the byte 0xe9; save the file as UTF-8"
    with pytest.raises(ImportMistakes, match="NUL"):
        decoded(b"Handle\n\0")
    assert decoded(b"\xef\xbb\xbfHandle") == "Handle"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One Two"),
        ("re<b>mark</b>able", "remarkable"),
        ("a<br>b &lt; c &euro;", "a b < c €"),
        ("<style>p {color: red}</style>Seen<script>alert(1)</script>", "Seen"),
        ("an < unfinished <b", "an < unfinished"),
        ("", ""),
    ],
)
def test_html_becomes_text(html: str, text: str) -> None:
    assert plain_text(html).startswith(text)


def refusal(text: str) -> list[Mistake]:
    try:
        assert shopify.parse(text, "EUR").products
    except ImportMistakes as refused:
        return refused.mistakes
    return []


@given(st.text())
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    assert all(mistake.line >= 1 for mistake in refusal(text))


@given(st.lists(st.lists(st.sampled_from(["", "a", "1", "7.5", "'", '"', "\n", "<b>"]))))
def test_any_table_under_the_right_header_is_read_or_refused(table: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(table)
    text = f"{HEADER}\n{out.getvalue()}"
    lines = text.count("\n") + 1
    assert all(1 <= mistake.line <= lines for mistake in refusal(text))


WORD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).map(str.strip)


@given(
    st.dictionaries(
        WORD.filter(bool),
        st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**6)), min_size=1, max_size=4),
        min_size=1,
        max_size=5,
    )
)
def test_what_was_written_is_what_is_read(products: dict[str, list[tuple[int, int]]]) -> None:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["Handle", "Title", "Variant SKU", "Variant Price", "Variant Inventory Qty"])
    for number, (title, variants) in enumerate(products.items()):
        for place, (price, pieces) in enumerate(variants):
            shown = f"{price // 100}.{price % 100:02d}"
            first = title if place == 0 else ""
            rows.writerow([f"h{number}", first, f"S-{number}-{place}", shown, pieces])
    found = shopify.parse(out.getvalue(), "EUR").products
    assert [each.title for each in found] == list(products)
    assert [
        [(variant.price_minor, variant.available) for variant in each.variants] for each in found
    ] == list(products.values())
