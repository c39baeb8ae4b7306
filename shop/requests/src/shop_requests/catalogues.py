"""The three catalogues that the requests are about."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

import yaml
from shop_catalogue import plain_json
from shop_catalogue.drafts import UNBRANDED
from shop_catalogue.drafts import catalogue as drafted
from shop_catalogue.generate import generate
from shop_catalogue.model import Catalogue

Name = Literal["generated", "dummyjson", "aws"]
NAMES: tuple[Name, ...] = get_args(Name)
GENERATED_PRODUCTS = 3000
GENERATED_SEED = 5
VARIABLE = "ASSAY_SHARED_DATA"

_Read = Mapping[str, Any]
_PLACES: dict[Name, str] = {
    "dummyjson": "catalogues/dummyjson/products.json",
    "aws": "catalogues/aws-retail-demo/products.yaml",
}


class CatalogueMissing(Exception):
    """The machine does not have this catalogue's file."""


def here() -> tuple[Name, ...]:
    """Those that this machine has."""
    return tuple(name for name in NAMES if name == "generated" or _file(name) is not None)


@cache
def catalogue(name: Name) -> Catalogue:
    """Raises CatalogueMissing."""
    if name == "generated":
        made = generate(GENERATED_PRODUCTS, GENERATED_SEED)
        # What it makes can be read once; this is to be read often.
        return replace(made, entries=tuple(made.entries))
    file = _file(name)
    if file is None:
        raise CatalogueMissing(f"{name}: set {VARIABLE} to the folder whose catalogues/ has it")
    text = file.read_text("utf-8")
    products = _dummyjson(text) if name == "dummyjson" else _aws(text)
    found = plain_json.parse(json.dumps({"currency": "USD", "products": products}))
    return drafted(found.products, found.currency)


def _file(name: Name) -> Path | None:
    folder = os.environ.get(VARIABLE)
    file = Path(folder) / _PLACES[name] if folder else None
    return file if file is not None and file.is_file() else None


def _dummyjson(text: str) -> list[_Read]:
    document = json.loads(text)
    # Some copies of it are the bare list.
    theirs = cast("list[_Read]", document if isinstance(document, list) else document["products"])
    return [
        _product(each, str(each["id"]), each["title"], [each["category"]], each["stock"])
        for each in theirs
    ]


def _aws(text: str) -> list[_Read]:
    # The slow loader takes a minute for as many products.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [
        _product(
            each, each["id"], each["name"], [each["category"], each["style"]], each["current_stock"]
        )
        for each in yaml.load(text, loader)
    ]


def _product(
    theirs: _Read, product_id: str, title: str, category: list[str], available: int
) -> _Read:
    return {
        "id": product_id,
        "title": title,
        "description": theirs["description"],
        "brand": theirs.get("brand") or UNBRANDED,
        "category": category,
        "variants": [
            {
                "sku": product_id,
                "price": f"{theirs['price']:.2f}",
                "available": max(0, available),
            }
        ],
    }
