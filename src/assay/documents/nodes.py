"""Where things stand in a YAML file: steps along its nodes, and lines and columns of them."""

from __future__ import annotations

from typing import cast

import yaml

from assay.documents.problem import Place, Step


def pairs(node: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
    return cast("list[tuple[yaml.Node, yaml.Node]]", node.value)


def entries(node: yaml.SequenceNode) -> list[yaml.Node]:
    return cast("list[yaml.Node]", node.value)


def child(node: yaml.Node, step: Step) -> tuple[yaml.Node | None, yaml.Node] | None:
    """Key (None in a list) and value at one step below; None where there is nothing."""
    if isinstance(node, yaml.MappingNode):
        # From the end: merged keys (`<<`) come first, and its own override them.
        for key, value in reversed(pairs(node)):
            if isinstance(key, yaml.ScalarNode) and key.value == step:
                return key, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        listed = entries(node)
        if 0 <= step < len(listed):
            return None, listed[step]
    return None


def descend(root: yaml.Node, path: Place) -> tuple[yaml.Node | None, yaml.Node, int]:
    """Key, value and number of steps gone: as far down `path` as the document goes."""
    key: yaml.Node | None = None
    node = root
    for gone, step in enumerate(path):
        found = child(node, step)
        if found is None:
            return key, node, gone
        key, node = found
    return key, node, len(path)


def start(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def inside(node: yaml.ScalarNode, text: str, offset: int) -> tuple[int, int]:
    """Where the character `offset` of the scalar's value was written; its start where unclear.

    YAML folds white space only, so the k-th visible character of the value is the k-th visible one
    of the source, unless there are escapes.
    """
    begin, end = node.start_mark.index, node.end_mark.index
    if node.style in ("'", '"'):
        begin, end = begin + 1, end - 1
    elif node.style in ("|", ">"):
        begin = text.find("\n", begin, end) + 1 or begin
    value: str = node.value
    visible = [i for i in range(begin, end) if not text[i].isspace()]
    if offset == 0 and node.style not in ("|", ">"):
        return start(node)
    if [text[i] for i in visible] != [character for character in value if not character.isspace()]:
        return start(node)
    gone = sum(not character.isspace() for character in value[:offset])
    if gone < len(visible) and offset < len(value) and not value[offset].isspace():
        index = visible[gone]
    else:
        index = visible[gone - 1] + 1 if gone else begin
    before = text[:index]
    return before.count("\n") + 1, index - before.rfind("\n")
