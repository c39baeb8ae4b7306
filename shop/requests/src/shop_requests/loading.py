"""Reads the requests; a mistake in one is told with its file, line and id."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar, cast, get_args

import msgspec
import yaml

from shop_requests.catalogues import Name
from shop_requests.catalogues import here as catalogues_here
from shop_requests.goods import goods
from shop_requests.model import Injection, Part, Request, Written
from shop_requests.resolving import WrongReference, resolved

PARTS: tuple[Part, ...] = get_args(Part)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Kind = TypeVar("_Kind", Written, Injection)


class BadRequests(Exception):
    """What is written is no request, or names what the catalogue does not have."""


def requests(part: Part, of: tuple[Name, ...] | None = None) -> list[Request]:
    """Of one part, over the catalogues that are asked for, or that this machine has.

    Raises BadRequests, CatalogueMissing.
    """
    folder = files("shop_requests") / part
    names = catalogues_here() if of is None else of
    return [
        request
        for file in sorted(folder.iterdir(), key=lambda each: each.name)
        if file.name.endswith(".yaml")
        for request in read(file, file.name.removesuffix(".yaml"), names)
    ]


def paraphrases() -> list[tuple[Request, ...]]:
    """Groups of requests that mean the same. Raises BadRequests."""
    file = files("shop_requests") / "paraphrases.yaml"
    groups: dict[str, list[Request]] = {}
    for request in read(file, "paraphrases", catalogues_here()):
        groups.setdefault(request.id.rpartition("/")[0], []).append(request)
    return [tuple(group) for group in groups.values()]


def injected_requests() -> list[Injection]:
    return _injections("requests")


def injected_products() -> list[Injection]:
    """Texts for a product's title or description."""
    return _injections("products")


def read(file: Traversable, kind: str, names: tuple[Name, ...]) -> list[Request]:
    """The requests of a file, of whose catalogues only these are looked at. Raises BadRequests."""
    root = _composed(file, file.read_text("utf-8"))
    found: list[Request] = []
    for where, written in _entries(file, root, Written):
        if written.catalogue not in names:
            continue
        try:
            found += resolved(written, kind, where, goods(written.catalogue))
        except WrongReference as error:
            raise BadRequests(f"{where}, {written.id}: {error}") from error
    return found


def _injections(key: str) -> list[Injection]:
    file = files("shop_requests") / "injections.yaml"
    root = _composed(file, file.read_text("utf-8"))
    pairs: list[tuple[yaml.Node, yaml.Node]] = []
    if isinstance(root, yaml.MappingNode):
        pairs = root.value
    for name, node in pairs:
        if name.value == key:
            return [injection for _, injection in _entries(file, node, Injection)]
    raise BadRequests(f"{file.name}: it has no {key}")


def _composed(file: Traversable, text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, _LOADER)
    except yaml.YAMLError as error:
        raise BadRequests(f"{file.name}: {error}") from error


def _entries(
    file: Traversable, node: yaml.Node | None, kind: type[_Kind]
) -> Iterator[tuple[str, _Kind]]:
    """Each entry of a list, and where it stands."""
    if not isinstance(node, yaml.SequenceNode):
        raise BadRequests(f"{file.name}: a list of entries is expected")
    for one in node.value:
        where = f"{file.name}:{one.start_mark.line + 1}"
        value = _plain(one)
        try:
            yield where, msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            raise BadRequests(f"{where}, {_id(value)}: {error}") from error


def _id(value: object) -> object:
    return cast("dict[object, object]", value).get("id") if isinstance(value, dict) else None


def _plain(node: yaml.Node) -> object:
    loader: Any = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    except yaml.YAMLError as error:
        raise BadRequests(str(error)) from error
    finally:
        loader.dispose()
