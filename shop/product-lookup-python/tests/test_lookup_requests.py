from __future__ import annotations

import pytest
from product_lookup.requests import InvalidRequest, check_id, check_ids


@pytest.mark.parametrize("product_id", ["a", "x" * 64, "🍵" * 64, " ", "\0"])
def test_ids_that_can_be(product_id: str) -> None:
    check_id(product_id)
    check_ids([product_id] * 1_000)


@pytest.mark.parametrize(
    ("product_ids", "words"),
    [
        ([], "product_ids is empty, 1 to 1000 ids are needed"),
        (["a"] * 1_001, "product_ids has 1001 ids, at most 1000 are allowed"),
        (["a", ""], r"product_ids\[1\] is empty"),
        (["x" * 65], r"product_ids\[0\] has 65 characters, at most 64 are allowed"),
    ],
)
def test_what_cannot_be_says_why(product_ids: list[str], words: str) -> None:
    with pytest.raises(InvalidRequest, match=f"^{words}$"):
        check_ids(product_ids)
