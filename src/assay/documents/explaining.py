"""What pydantic found, in plain words and at its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assay.documents.document import Document
from assay.documents.nodes import child
from assay.documents.problem import Place, Problem, Step, dotted, found, nearest

_WANTED: dict[str, str] = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "string_type": "a text, in quotes where it looks like something else,",
    "bool_type": "`true` or `false`",
    "bool_parsing": "`true` or `false`",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping of `key: value`",
    "model_type": "a mapping of `key: value`",
    "model_attributes_type": "a mapping of `key: value`",
    "none_required": "nothing",
    "literal_error": "one of what is known",
    "greater_than": "a number more than {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number less than {lt}",
    "less_than_equal": "a number of at most {le}",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
    "string_too_short": "a text of at least {min_length} characters",
}


@dataclass(frozen=True)
class _Located:
    place: Place
    union: Place | None
    """Place of the union that the error comes from one branch of."""
    branch: str
    error: ErrorDetails


def explained(
    document: Document[Any], error: ValidationError, model: type[BaseModel]
) -> list[Problem]:
    located = [_locate(document.root, each) for each in error.errors(include_url=False)]
    schema = _Schema(model)
    misspelt = _misspelt(schema, located)
    located = [
        each for each in located if each.error["type"] != "missing" or each.place not in misspelt
    ]
    problems = [_worded(document, schema, [each]) for each in located if each.union is None]
    unions = dict.fromkeys(each.union for each in located if each.union is not None)
    for union in unions:
        told = _one_branch([each for each in located if each.union == union])
        if all(each.place == union for each in told):
            problems.append(_worded(document, schema, told))
        else:
            problems += [_worded(document, schema, [each]) for each in told]
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _locate(root: yaml.Node, error: ErrorDetails) -> _Located:
    """Part the steps that the document has from the names of union branches between them."""
    steps = list(error["loc"])
    if steps and steps[-1] == "[key]":
        steps.pop()
    missing = [steps.pop()] if error["type"] == "missing" else []
    place: list[Step] = []
    node = root
    union: Place | None = None
    branch = ""
    for step in steps:
        below = child(node, step)
        if below is not None:
            node = below[1]
            place.append(step)
        elif union is None:
            union, branch = tuple(place), str(step)
    return _Located((*place, *missing), union, branch, error)


def _one_branch(errors: list[_Located]) -> list[_Located]:
    """Of a union, the branch that was probably meant; every branch where none fits at all."""
    branches: dict[str, list[_Located]] = {}
    for each in errors:
        branches.setdefault(each.branch, []).append(each)
    near = [
        told
        for told in branches.values()
        if any(each.place != each.union or each.error["type"] not in _WANTED for each in told)
    ]
    return min(near, key=len) if near else errors


def _worded(document: Document[Any], schema: _Schema, alike: list[_Located]) -> Problem:
    """One problem of one error, or of all branches of a union that the value fits none of."""
    place, error = alike[0].place, alike[0].error
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        name = str(place[-1])
        like = schema.example(place)
        hint = f"add `{name}: {like}`" if like else f"add `{name}: …`"
        above = document.problem(*place[:-1], message=f"`{name}` is missing", hint=hint)
        return Problem(
            above.file, above.line, above.column, dotted(place[:-1]), above.message, hint
        )
    if kind == "extra_forbidden":
        line, column = document.position(*place, key=True)
        hint = nearest(str(place[-1]), schema.keys(place[:-1]))
        message = f"`{place[-1]}` is not known here"
        return Problem(str(document.path), line, column, dotted(place), message, hint)
    if kind in _WANTED:
        wanted = dict.fromkeys(
            _wanted(each.error) for each in alike if each.error["type"] in _WANTED
        )
        hint = f"{' or '.join(wanted)} would be right"
        like = schema.example(place)
        hint += f", such as `{like}`" if like and kind != "literal_error" else ""
        return document.problem(*place, message=f"found {found(error['input'])}", hint=hint)
    said = context.get("error") if kind == "value_error" else None
    message = str(said) if said is not None else error["msg"]
    return document.problem(*place, message=message, hint=str(context.get("hint", "")))


def _wanted(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    if error["type"] == "literal_error":
        expected = str(context["expected"])
        return expected.replace("'", "`") if "'" in expected else f"`{expected}`"
    return _WANTED[error["type"]].format(**context)


def _misspelt(schema: _Schema, errors: list[_Located]) -> set[Place]:
    """Places that are missing because their key is there under a similar name."""
    missing = {each.place for each in errors if each.error["type"] == "missing"}
    meant: set[Place] = set()
    for each in errors:
        if each.error["type"] == "extra_forbidden":
            above, name = each.place[:-1], str(each.place[-1])
            close = difflib.get_close_matches(name, schema.keys(above), n=1)
            meant |= {(*above, key) for key in close}
    return missing & meant


class _Schema:
    """What a model knows at a place, read from its JSON Schema."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._root = model.model_json_schema()

    def keys(self, place: Place) -> list[str]:
        return [key for node in self._at(place) for key in node.get("properties", {})]

    def example(self, place: Place) -> str:
        """How such a value is written; empty where the model gives no example."""
        examples = [each for node in self._at(place) for each in node.get("examples", ())]
        return str(examples[0]) if examples else ""

    def _at(self, place: Place) -> list[Mapping[str, Any]]:
        nodes = self._open(self._root)
        for step in place:
            nodes = [
                below
                for node in nodes
                for child in _below(node, step)
                for below in self._open(child)
            ]
        return nodes

    def _open(self, node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The node and all that it refers to: `$ref`, `anyOf`, `oneOf`, `allOf`."""
        opened = [node]
        if reference := node.get("$ref"):
            opened += self._open(self._root["$defs"][reference.rsplit("/", 1)[1]])
        for kind in ("anyOf", "oneOf", "allOf"):
            opened += [each for branch in node.get(kind, ()) for each in self._open(branch)]
        return opened


def _below(node: Mapping[str, Any], step: Step) -> Iterator[Mapping[str, Any]]:
    if step in node.get("properties", {}):
        yield node["properties"][step]
    elif isinstance(node.get("additionalProperties"), dict):
        yield node["additionalProperties"]
    if isinstance(step, int) and isinstance(node.get("items"), dict):
        yield node["items"]
