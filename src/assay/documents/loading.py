"""From a file to YAML nodes and plain data, or to the reasons why not."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import yaml

from assay.documents.nodes import entries, pairs, start
from assay.documents.problem import DocumentError, Place, Problem, dotted

_MOST_NODES = 200_000
"""Of the document with its aliases written out; a few lines of nested aliases would be billions."""


def text_of(path: Path) -> str:
    def unreadable(message: str, hint: str) -> DocumentError:
        return DocumentError([Problem(str(path), 0, 0, "", message, hint)])

    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        there = [each.name for each in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        close = difflib.get_close_matches(path.name, there, n=1)
        hint = f"did you mean `{path.parent / close[0]}`?" if close else "give the path of a file"
        raise unreadable("there is no such file", hint) from None
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text: byte {error.start + 1} is 0x{error.object[error.start]:02x}"
        raise unreadable(message, "save it as UTF-8") from None
    except IsADirectoryError:
        raise unreadable("is a folder", "give the path of a file in it") from None
    except OSError as error:
        hint = "make it a file that you may read"
        raise unreadable(f"cannot be read: {error.strerror}", hint) from None


class _Loader(yaml.SafeLoader):
    """Values that look like a date or a number and are none become marked errors as well."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        except ValueError as error:
            raise yaml.constructor.ConstructorError(
                None, None, f"cannot be read: {error}", node.start_mark
            ) from None


def load(path: Path, text: str) -> tuple[yaml.Node, dict[str, Any]]:
    def wrong(line: int, column: int, message: str, hint: str) -> DocumentError:
        return DocumentError([Problem(str(path), line, column, "", message, hint)])

    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            raise wrong(1, 1, "the file is empty", "begin it with `assay: 1`")
        problems = list(_unfit_keys(path, root))
        if problems:
            raise DocumentError(problems)
        if not isinstance(root, yaml.MappingNode):
            raise wrong(*start(root), "found no keys", "write `key: value` lines")
        data: dict[str, Any] = loader.construct_document(root)  # pyright: ignore[reportUnknownMemberType]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise wrong(line, column, *_syntax(error, text, mark)) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        # The stubs say bytes; of text it is the code point.
        code = cast("int", error.character)
        message = f"found the character U+{code:04X}"
        raise wrong(line, column, message, "remove it; YAML files hold printable text") from None
    except RecursionError:
        raise wrong(1, 1, "is nested too deep", "nest it less") from None
    return root, data


def _syntax(error: yaml.MarkedYAMLError, text: str, mark: yaml.Mark | None) -> tuple[str, str]:
    """A syntax error in words, with what to do about it."""
    problem = (error.problem or "cannot be read").replace("'", "`")
    context = f" ({error.context.replace(chr(39), '`')})" if error.context else ""
    line = text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""
    if "\\t" in problem or "\t" in line[: len(line) - len(line.lstrip())]:
        hint = "indent with spaces; YAML takes no tabs"
    elif "mapping values are not allowed" in problem:
        hint = "put a text that holds `: ` in quotes, or check the indentation"
    elif "undefined alias" in problem:
        hint = "a text that begins with `*` needs quotes"
    elif "expected a single document" in problem or "expected a single document" in context:
        hint = "keep one document a file; remove the line `---`"
    elif "constructor for the tag" in problem:
        hint = "a text that begins with `!` needs quotes"
    elif "expected the node content" in problem or "cannot start any token" in problem:
        hint = "put a text that begins with a special character in quotes"
    elif "cannot be read" in problem:
        hint = "put it in quotes if it is meant as text"
    else:
        hint = "check indentation, quotes and brackets here and in the line above"
    return f"is not YAML: {problem}{context}", hint


def _unfit_keys(path: Path, root: yaml.Node) -> Iterator[Problem]:
    """Keys that are there twice or are no text, and aliases that hold themselves or too much."""
    sizes: dict[int, int] = {}

    def told(node: yaml.Node, place: Place, message: str, hint: str) -> Problem:
        return Problem(str(path), *start(node), dotted(place), message, hint)

    def visit(node: yaml.Node, place: Place) -> Iterator[Problem]:
        if id(node) in sizes:
            if not sizes[id(node)]:
                yield told(node, place, "holds itself", "an alias cannot be inside its own anchor")
            return
        sizes[id(node)] = 0
        children: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            seen: dict[str, yaml.Node] = {}
            for key, value in pairs(node):
                if not isinstance(key, yaml.ScalarNode):
                    yield told(key, place, "a key is a list or a mapping", "a key must be a text")
                    continue
                here = (*place, key.value)
                if key.tag not in ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"):
                    hint = f'write `"{key.value}":`'
                    yield told(key, here, f"the key `{key.value}` is not read as text", hint)
                elif key.value in seen:
                    line = start(seen[key.value])[0]
                    hint = f"it stands in line {line} already; keep one of them"
                    yield told(key, here, f"the key `{key.value}` is there twice", hint)
                seen.setdefault(key.value, key)
                children.append(value)
                yield from visit(value, here)
        elif isinstance(node, yaml.SequenceNode):
            for i, value in enumerate(entries(node)):
                children.append(value)
                yield from visit(value, (*place, i))
        sizes[id(node)] = 1 + sum(sizes[id(child)] for child in children)

    yield from visit(root, ())
    if sizes[id(root)] > _MOST_NODES:
        message = f"is too large: {sizes[id(root)]} values with its aliases written out"
        yield told(root, (), message, f"at most {_MOST_NODES} would do")
