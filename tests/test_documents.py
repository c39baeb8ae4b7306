"""YAML files: where things stand, and what is said of those that cannot be used."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from assay.documents import Document, DocumentError, Problem, nearest, read_document


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Inner(Part):
    text: str = Field(examples=["hello"])
    count: Annotated[int, Field(gt=0)] = 1
    draw: Literal["uniform", "zipf"] = "uniform"


class Address(Part):
    host: str
    port: int


class Model(Part):
    inner: dict[str, Inner] = Field(default_factory=dict)
    words: tuple[str, ...] = ()
    ready: bool = False
    either: int | str | None = None
    target: Address | Inner | None = None
    anything: Any = None


def read(tmp_path: Path, text: str | bytes) -> Document[Model]:
    path = tmp_path / "file.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_document(path, Model)


def problems_of(tmp_path: Path, text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(DocumentError) as wrong:
        read(tmp_path, text)
    return wrong.value.problems


MISTAKES = [
    # text, line, column, message, hint
    ("words: [a, b", 1, 13, "is not YAML", "brackets"),
    ("words: a: b", 1, 9, "mapping values are not allowed", "in quotes"),
    ("inner:\n\tx: 1", 2, 1, "is not YAML", "no tabs"),
    ("words: *a", 1, 8, "undefined alias", "begins with `*`"),
    ("words: !a b", 1, 8, "constructor for the tag", "begins with `!`"),
    ("words: [a]\n---\nwords: [b]", 2, 1, "is not YAML", "one document"),
    ("words: @a", 1, 8, "is not YAML", "in quotes"),
    ("words: 2024-13-45", 1, 8, "cannot be read", "in quotes"),
    ("words: [a\x07]", 1, 10, "U+0007", "printable"),
    ("", 1, 1, "the file is empty", "begin it with"),
    ("# nothing\n", 1, 1, "the file is empty", "begin it with"),
    ("- a", 1, 1, "found no keys", "`key: value`"),
    ("words: [a]\nready: true\nwords: [b]", 3, 1, "`words` is there twice", "line 1"),
    ("inner: { a: { text: x }, a: { text: y } }", 1, 26, "`a` is there twice", "keep one"),
    ("inner: { on: { text: x } }", 1, 10, "`on` is not read as text", '`"on":`'),
    ("inner: { 404: { text: x } }", 1, 10, "`404` is not read as text", '`"404":`'),
    ("? [a]\n: b", 1, 3, "a key is a list", "must be a text"),
    ("anything: &a [*a]", 1, 11, "holds itself", "cannot be inside"),
    ("wrds: [a]", 1, 1, "`wrds` is not known here", "did you mean `words`?"),
    ("zzz: 1", 1, 1, "`zzz` is not known here", "there is `inner`, `words`"),
    ("inner:\n  a:\n    txt: x\n    text: y", 3, 5, "`txt` is not known", "`text`?"),
    ("inner:\n  a: { count: 2 }", 2, 3, "`text` is missing", "add `text: hello`"),
    ("inner: { a: { text: [x] } }", 1, 15, "found a list", "a text"),
    ("inner: { a: { text: x, count: many } }", 1, 31, "found `many`", "a whole number"),
    ("inner: { a: { text: x, count: 0 } }", 1, 31, "found `0`", "more than 0"),
    ("inner: { a: { text: x, draw: zip } }", 1, 30, "found `zip`", "`uniform` or `zipf`"),
    ("inner: { a: 3 }", 1, 13, "found `3`", "a mapping of"),
    ("inner: [3]", 1, 1, "found a list", "a mapping of"),
    ("words: text", 1, 8, "found `text`", "a list would be right"),
    ("ready: maybe", 1, 8, "found `maybe`", "`true` or `false`"),
    ("words: [a, null]", 1, 12, "found nothing", "a text"),
    ("either: [1]", 1, 1, "found a list", "a whole number or a text"),
    ("target: 3", 1, 9, "found `3`", "a mapping of"),
    ("target: { host: a, port: b }", 1, 26, "found `b`", "a whole number"),
]


@pytest.mark.parametrize(("text", "line", "column", "message", "hint"), MISTAKES)
def test_a_mistake_is_told_once_where_it_stands(
    tmp_path: Path, text: str, line: int, column: int, message: str, hint: str
) -> None:
    [problem] = problems_of(tmp_path, text)
    assert (problem.line, problem.column) == (line, column)
    assert message in problem.message
    assert hint in problem.hint


def test_all_mistakes_are_told_in_their_order(tmp_path: Path) -> None:
    text = "ready: maybe\ninner:\n  a: { cnt: 3 }\nwords: x\n"
    said = [(each.line, each.message) for each in problems_of(tmp_path, text)]
    assert said == [
        (1, "found `maybe`"),
        (3, "`text` is missing"),
        (3, "`cnt` is not known here"),
        (4, "found `x`"),
    ]


def test_a_problem_reads_like_a_compilers() -> None:
    problem = Problem("a.yaml", 3, 7, "inner.a[0]", "found `x`", "a number would be right")
    assert str(problem) == "a.yaml:3:7: inner.a[0]: found `x`\n    a number would be right"
    assert str(Problem("a.yaml", 3, 7, "", "found `x`")) == "a.yaml:3:7: found `x`"
    assert str(Problem("a.yaml", 0, 0, "", "is a folder")) == "a.yaml: is a folder"
    error = DocumentError([problem, problem])
    assert str(error) == f"{problem}\n{problem}"
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "claims.yaml").write_text("")
    for path, message, hint in [
        (tmp_path / "clams.yaml", "no such file", "claims.yaml`?"),
        (tmp_path / "no" / "x.yaml", "no such file", "give the path"),
        (tmp_path, "is a folder", "a file in it"),
        (tmp_path / "claims.yaml" / "x", "cannot be read", "that you may read"),
    ]:
        with pytest.raises(DocumentError) as wrong:
            read_document(path, Model)
        [problem] = wrong.value.problems
        assert message in problem.message
        assert hint in problem.hint
    [problem] = problems_of(tmp_path, b"words: [\xff]")
    assert problem.message == "is not UTF-8 text: byte 9 is 0xff"


def test_what_is_nested_too_deep_or_grows_without_end_is_refused(tmp_path: Path) -> None:
    [problem] = problems_of(tmp_path, "anything: " + "[" * 5000 + "]" * 5000)
    assert problem.message == "is nested too deep"
    levels = [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]" for i in range(1, 9)]
    [problem] = problems_of(tmp_path, "\n".join(["l0: &l0 [x]", *levels]))
    assert "is too large" in problem.message


def test_a_byte_order_mark_merges_and_aliases_are_fine(tmp_path: Path) -> None:
    text = "inner:\n  a: &a { text: x, count: 2 }\n  b:\n    <<: *a\n    count: 3\nwords: [ä]\n"
    document = read(tmp_path, b"\xef\xbb\xbf" + text.encode())
    assert document.value.inner["b"] == Inner(text="x", count=3)
    assert document.position("inner", "b", "count") == (5, 12)
    assert document.position("inner", "b", "text") == (2, 17)
    assert document.position("words", 0) == (6, 9)


def test_positions_are_of_values_keys_or_what_is_next_above(tmp_path: Path) -> None:
    document = read(tmp_path, "inner:\n  a:\n    text: x\nwords:\n  - y\n")
    assert document.position("inner", "a", "text") == (3, 11)
    assert document.position("inner", "a", "text", key=True) == (3, 5)
    assert document.position("inner", "a", "nothing") == (3, 5)
    assert document.position("words", 0) == (5, 5)
    assert document.position("words", 7) == (5, 3)
    assert document.position() == (1, 1)
    problem = document.problem("inner", "a", message="no")
    assert (problem.line, problem.column, problem.field) == (2, 3, "inner.a")
    assert document.problem("words", 0, message="no").field == "words[0]"


INSIDE = [
    # the scalar, offset into its value, line and column
    ("ab cd", 3, (1, 14)),
    ("'ab cd'", 3, (1, 15)),
    ('"ab cd"', 0, (1, 11)),
    ('"ab cd"', 3, (1, 15)),
    ("'it''s cd'", 5, (1, 11)),
    ('"\\x61b cd"', 3, (1, 11)),
    ("ab\n  cd", 3, (2, 3)),
    ("ab\n  cd", 5, (2, 5)),
    ("ab\n  cd", 2, (1, 13)),
    (">-\n  ab\n  cd", 0, (2, 3)),
    (">-\n  ab\n  cd", 3, (3, 3)),
    ("|\n  ab\n  cd\n", 4, (3, 4)),
    ("| # why\n  ab\n  cd\n", 4, (3, 4)),
]


@pytest.mark.parametrize(("scalar", "offset", "expected"), INSIDE)
def test_characters_inside_a_text_have_places(
    tmp_path: Path, scalar: str, offset: int, expected: tuple[int, int]
) -> None:
    document = read(tmp_path, f"anything: {scalar}")
    problem = document.problem("anything", message="here", offset=offset)
    assert (problem.line, problem.column) == expected


def test_the_nearest_name_is_a_hint() -> None:
    assert nearest("befor", ["before", "after"]) == "did you mean `before`?"
    assert nearest("x", ["before", "after"]) == "there is `before`, `after`"
    assert nearest("x", []) == "there are none"


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text("abi:- {}[]&*!'\"\n\t<|>%,0129", max_size=60)))
def test_any_text_is_read_or_told_to_be_wrong(tmp_path_factory: Any, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text.encode("utf-8", "replace"))
    problems: tuple[Problem, ...] = ()
    try:
        read_document(path, Model)
    except DocumentError as error:
        problems = error.problems or (Problem("", 0, 0, "", "an error of nothing"),)
    assert all(each.line >= 1 and each.column >= 1 and each.message for each in problems)
