"""Real catalogues, where the machine has them: ASSAY_SHARED_DATA names their folder."""

import csv
import io
import json
import os
from pathlib import Path

import pytest
from shop_catalogue import plain_json, shopify
from shop_catalogue.drafts import catalogue

SHARED = os.environ.get("ASSAY_SHARED_DATA")

pytestmark = pytest.mark.skipif(SHARED is None, reason="ASSAY_SHARED_DATA is not set")


def test_spree_products_in_shopifys_columns_are_read() -> None:
    file = Path(SHARED or "") / "catalogues/spree/products.csv"
    with file.open(encoding="utf-8", newline="") as source:
        # Further down it says the prices of the same goods again, in euros.
        rows = [row for row in csv.DictReader(source) if row["currency"] == "USD"]
    # Spree's first row of a product with variants is no variant: it has no price.
    columns = {
        "Handle": "slug",
        "Title": "name",
        "Body (HTML)": "description",
        "Type": "product_type",
        "Option1 Name": "option1_name",
        "Option1 Value": "option1_value",
        "Option2 Name": "option2_name",
        "Option2 Value": "option2_value",
        "Status": "status",
    }
    names = {row["slug"]: row for row in rows if row["option1_name"]}
    out = io.StringIO()
    writer = csv.DictWriter(out, [*columns, "Variant SKU", "Variant Price"])
    writer.writeheader()
    for row in rows:
        sold = float(row["price"]) > 0
        one = {ours: row[theirs] for ours, theirs in columns.items()}
        for option in ("1", "2"):
            one[f"Option{option} Name"] = names.get(row["slug"], row)[f"option{option}_name"]
        one |= {"Variant SKU": row["sku"], "Variant Price": row["price"]} if sold else {}
        writer.writerow(one)
    found = shopify.parse(out.getvalue(), "USD")
    assert len(found.products) + found.left_out == len({row["slug"] for row in rows})
    sold = sum(float(row["price"]) > 0 for row in rows)
    assert sum(len(each.variants) for each in found.products) == sold


def test_a_real_catalogue_in_json_is_read() -> None:
    file = Path(SHARED or "") / "catalogues/dummyjson/products.json"
    document = json.loads(file.read_text("utf-8"))
    theirs = document["products"] if isinstance(document, dict) else document
    products = [
        {
            "id": str(each["id"]),
            "title": each["title"],
            "description": each["description"],
            "brand": each.get("brand") or "Unbranded",
            "category": [each["category"]],
            "variants": [
                {
                    "sku": f"{each['sku']}-{each['id']}",
                    "price": f"{each['price']:.2f}",
                    "available": each["stock"],
                }
            ],
        }
        for each in theirs
    ]
    found = plain_json.parse(json.dumps({"currency": "USD", "products": products}))
    made = catalogue(found.products, found.currency)
    assert [entry.product.title for entry in made.entries] == [each["title"] for each in theirs]
    assert {category.name for category in made.categories} == {each["category"] for each in theirs}
