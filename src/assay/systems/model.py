"""The shape of a stack file: which processes make up a system, and what its switches change.

`docs/stack.md` is the reference. What a shape cannot say (names that must exist, cycles, words in
braces) is in `check.py`.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from assay.systems.units import duration_s, size_bytes


def _words(value: object) -> object:
    if isinstance(value, list) and value:
        return cast("list[object]", value)
    raise PydanticCustomError(
        "words", 'must be a list of words, such as ["{{python}}", -m, my_service]'
    )


def _text(value: object) -> object:
    """Numbers are taken as they are written; `yes`, `null` and lists are likely mistakes."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return value
    raise PydanticCustomError("text", "must be text; put it in quotes")


def _stop_signal(value: object) -> object:
    if isinstance(value, str) and value in signal.Signals.__members__:
        return value
    raise PydanticCustomError(
        "signal", "must be a signal's name, such as SIGTERM, SIGINT or SIGQUIT"
    )


def _pattern(value: object) -> object:
    if not isinstance(value, str):
        raise PydanticCustomError("pattern", "must be a regular expression; put it in quotes")
    try:
        re.compile(value)
    except re.error as error:
        raise PydanticCustomError(
            "pattern", "is not a regular expression: {why}", {"why": str(error)}
        ) from None
    return value


Text = Annotated[str, BeforeValidator(_text)]
Duration = Annotated[float, BeforeValidator(duration_s)]
Size = Annotated[int, BeforeValidator(size_bytes)]


class Part(BaseModel):
    """Unknown keys are errors; what was read does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Ready(Part):
    """When a process counts as started; with no probe, being alive is ready."""

    tcp: Text | None = None
    """`PORT` or `HOST:PORT` that accepts a connection."""
    http: Text | None = None
    """`PORT`, `PORT/path` or a URL that answers 2xx."""
    grpc: Text | None = None
    """`PORT` or `HOST:PORT` whose standard health service says SERVING for the whole server."""
    log: Annotated[str, BeforeValidator(_pattern)] | None = None
    """Regular expression found in a line of the log; taken as it stands, braces too."""
    within_s: Duration = Field(default=30.0, alias="within")

    @property
    def probes(self) -> tuple[str, ...]:
        """Which of tcp, http, grpc and log are given."""
        return tuple(kind for kind in ("tcp", "http", "grpc", "log") if getattr(self, kind))

    @model_validator(mode="after")
    def _one_probe(self) -> Self:
        if len(self.probes) > 1:
            raise PydanticCustomError(
                "probes",
                "has {probes}: one probe says when a process is ready; keep the one that is "
                "true last",
                {"probes": " and ".join(self.probes)},
            )
        return self


class Limits(Part):
    """Of each process by itself, not of all its children together."""

    memory_bytes: Size | None = Field(default=None, alias="memory")
    """RLIMIT_DATA: heap, private writable mappings and thread stacks, as address space."""
    files: Annotated[int, Field(gt=0)] | None = None
    """RLIMIT_NOFILE: open files and sockets."""


class Command(Part):
    """Something that can be done to a process from outside while it runs, such as a fault."""

    run: Annotated[tuple[Text, ...], BeforeValidator(_words)]
    """Its last line on standard output says what it has done."""
    undo: Annotated[tuple[Text, ...], BeforeValidator(_words)] | None = None
    """Does no harm twice, nor where there is nothing to undo, nor when all processes are gone."""
    within_s: Duration = Field(10.0, alias="within")
    """How long each of them may take."""


class Settings(Part):
    """How a process is run. An option of a switch may override any of it."""

    run: Annotated[tuple[Text, ...], BeforeValidator(_words)] | None = None
    env: dict[str, Text] = Field(default_factory=dict)
    cwd: Text | None = None
    """None: the stack file's folder."""
    ready: Ready = Field(default_factory=Ready)
    stop_signal: Annotated[str, BeforeValidator(_stop_signal)] = "SIGTERM"
    stop_within_s: Duration = Field(10.0, alias="stop_within")
    """How long it may take to stop before it is killed."""
    provides: dict[str, Text] = Field(default_factory=dict)
    """Name → path or URL of something that the run uses, e.g. a file of ids."""
    serves: dict[str, Text] = Field(default_factory=dict)
    """Service → its address."""
    needs: tuple[str, ...] = ()
    """Processes that must be ready first; their ports and folders can be named in braces."""
    limits: Limits = Field(default_factory=Limits)
    disk_bytes: Size | None = Field(default=None, alias="disk")
    """Its folder is a file system of its own, so large, which can be filled; root can have that."""
    commands: dict[str, Command] = Field(default_factory=dict)
    """Name → what can be done to it while it runs."""
    user: str | None = None
    """Run as this user; only root can do that."""

    def overridden(self, by: Settings) -> Settings:
        """These settings with those that `by` names: mappings merge, needs are added, all else is
        replaced."""
        together = tuple(dict.fromkeys((*self.needs, *by.needs)))
        return _merged(self, by).model_copy(update={"needs": together})

    def templates(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every text that may hold words in braces, with its place below the process."""
        yield from ((("run", i), word) for i, word in enumerate(self.run or ()))
        for name in ("env", "provides", "serves"):
            texts: dict[str, str] = getattr(self, name)
            yield from (((name, key), text) for key, text in texts.items())
        for name, command in self.commands.items():
            for kind, words in (("run", command.run), ("undo", command.undo or ())):
                yield from ((("commands", name, kind, i), word) for i, word in enumerate(words))
        if self.cwd is not None:
            yield ("cwd",), self.cwd
        for kind in ("tcp", "http", "grpc"):
            text: str | None = getattr(self.ready, kind)
            if text is not None:
                yield ("ready", kind), text


class Process(Settings):
    once: bool = False
    """A job: it is done, and ready, when it exits with 0."""
    outside: bool = False
    """Part of the world around the system, such as a payment provider: it runs on the cores of the
    load, not on those of the system."""
    by: dict[str, dict[str, Settings]] = Field(default_factory=dict)
    """Switch → option → what is different then."""

    @property
    def all_needs(self) -> tuple[str, ...]:
        """Its own, and those of any option."""
        return tuple(dict.fromkeys(need for _, each in self.all_settings() for need in each.needs))

    def all_settings(self) -> Iterator[tuple[tuple[str, ...], Settings]]:
        """The settings and every override of them, each with its place below the process."""
        yield (), self
        for switch, options in self.by.items():
            yield from ((("by", switch, option), override) for option, override in options.items())


class Stack(Part):
    assay: Literal[1]
    switches: dict[str, tuple[Text, ...]] = Field(default_factory=dict)
    """Switch → its options; a variant has one option of each, the first where it chooses none."""
    processes: dict[str, Process]

    def chosen(self, options: Mapping[str, str]) -> dict[str, str]:
        """Every switch with its option, where a variant names some."""
        return {switch: options.get(switch, known[0]) for switch, known in self.switches.items()}


_Part = TypeVar("_Part", bound=Part)


def _merged(base: _Part, over: Part) -> _Part:
    changed: dict[str, Any] = {}
    for name in over.model_fields_set:
        old, new = getattr(base, name), getattr(over, name)
        if isinstance(old, dict):
            changed[name] = {**old, **new}
        elif isinstance(old, Part):
            changed[name] = _merged(old, new)
        else:
            changed[name] = new
    if isinstance(over, Ready) and over.probes:
        # A process has one probe: naming another one takes the first one's place.
        changed |= {kind: getattr(over, kind) for kind in ("tcp", "http", "grpc", "log")}
    return base.model_copy(update=changed)
