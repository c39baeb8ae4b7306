"""What is written wrongly is told with its file, line and id."""

from __future__ import annotations

from pathlib import Path

import pytest
from shop_requests.loading import BadRequests, read

GOOD = """\
- id: one
  catalogue: generated
  text: the Hob & Hearth Teal kettle, please
  cart:
    - {title: Longshelf Press Oak Novel, quantity: 2}
  expect:
    decision: intent
    cart:
      - {title: Longshelf Press Oak Novel, quantity: 2}
      - {title: Hob & Hearth Teal Kettle}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "simple.yaml"
    file.write_text(text, "utf-8")
    return file


def test_a_request_has_its_state_and_its_outcome(tmp_path: Path) -> None:
    [request] = read(written(tmp_path, GOOD), "simple", ("generated",))
    assert (request.id, request.kind, request.where) == ("one", "simple", "simple.yaml:1")
    assert [line.quantity for line in request.cart] == [2]
    [outcome] = request.outcomes
    assert [units.quantity for units in outcome.cart] == [2, 1]


def test_what_is_left_out_of_an_expectation_is_unchanged(tmp_path: Path) -> None:
    text = GOOD[: GOOD.index("    cart:\n      -")].replace("intent", "question")
    [request] = read(written(tmp_path, text), "simple", ("generated",))
    assert [units.quantity for units in request.outcomes[0].cart] == [2]


def test_other_catalogues_are_not_looked_at(tmp_path: Path) -> None:
    text = GOOD.replace("generated", "aws")
    assert read(written(tmp_path, text), "simple", ("generated",)) == []


@pytest.mark.parametrize(
    ("before", "after", "wrong"),
    [
        pytest.param("Teal Kettle}", "Teal Kettel}", "0 variants fit", id="an unknown title"),
        pytest.param("Kettle}", "Kettle, size: S}", "unknown field `size`", id="an unknown field"),
        pytest.param("Kettle}", "Kettle, quantity: 0}", "int` >= 1", id="none of something"),
        pytest.param("Kettle}", "Kettle, quantity: 3}", "there are 2", id="more than there is"),
        pytest.param("decision: intent", "decision: maybe", "maybe", id="an unknown decision"),
        pytest.param(
            "decision: intent", "decision: refusal", "changes nothing", id="a refusal that adds"
        ),
        pytest.param(
            "decision: intent",
            "decision: intent\n    about: line",
            "an intent neither",
            id="an intent that asks",
        ),
        pytest.param(
            "decision: intent", "decision: intent\n    cancelled: [0]", "0 orders", id="no order"
        ),
        pytest.param(
            "  text:", "  verify: unique\n  text:", "go together", id="verify without among"
        ),
        pytest.param("  text:", "  texts: [a, b]\n  text:", "either", id="two kinds of text"),
    ],
)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, before: str, after: str, wrong: str
) -> None:
    second = GOOD.replace("id: one", "id: two").replace(before, after)
    with pytest.raises(BadRequests, match="two") as raised:
        read(written(tmp_path, GOOD + second), "simple", ("generated",))
    assert str(raised.value).startswith("simple.yaml:11, two: ")
    assert wrong in str(raised.value)


def test_no_yaml_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRequests, match=r"simple\.yaml"):
        read(written(tmp_path, "- {id: "), "simple", ("generated",))
    with pytest.raises(BadRequests, match="a list"):
        read(written(tmp_path, "id: one"), "simple", ("generated",))


def test_products_of_one_title_are_told_apart_by_their_id(tmp_path: Path) -> None:
    twice = GOOD.replace("Hob & Hearth Teal Kettle", "Corelink Dale Sports Earbuds")
    with pytest.raises(BadRequests, match="variants fit"):
        read(written(tmp_path, twice), "simple", ("generated",))
