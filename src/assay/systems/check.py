"""Names that must exist, circles, words in braces: what the shape of a stack cannot say. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from assay.systems.address import Address
from assay.systems.errors import AddressError, nearest
from assay.systems.model import Process, Stack
from assay.systems.template import TemplateError, fill, placeholders

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_PORT = re.compile(r"port(\.[A-Za-z0-9][A-Za-z0-9_-]*)?")
_HOST_AND_PORT = re.compile(r"([^\s:/]+:|\[[0-9a-f:]+\]:)?\d{1,5}")
_PAGE = re.compile(r"\d{1,5}(/\S*)?|https?://\S+")
_OWN = ("python", "root", "scratch")
_TAKEN = (*_OWN, "port")
"""Words in braces that no process may be named after."""

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Misfit:
    """One thing that is wrong, and where: `("processes", "lookup", "needs", 0)`."""

    place: Place
    message: str
    hint: str = ""


def stack_misfits(stack: Stack) -> list[Misfit]:
    """Everything that is wrong with a stack of the right shape, in the order of the file."""
    found = [*_names(stack), *_switches(stack)]
    for name, process in stack.processes.items():
        place = ("processes", name)
        found += _arrangement(stack, process, place)
        found += _job(process, place)
        found += _needs(stack, name, process, place)
    found += _services(stack)
    if not found:
        found += _cycle(stack) or _words(stack)
    return found


def variant_misfits(stack: Stack, chosen: Mapping[str, str]) -> list[Misfit]:
    """What is wrong with a variant's choices, {switch: option}; places begin below the variant."""
    found: list[Misfit] = []
    for switch, option in chosen.items():
        options = stack.switches.get(switch)
        if options is None:
            hint = nearest(switch, stack.switches)
            found.append(Misfit((switch,), f"the stack has no switch `{switch}`", hint))
        elif option not in options:
            hint = nearest(option, options)
            found.append(Misfit((switch,), f"the switch {switch} has no option `{option}`", hint))
    return found


def needed(needs: Mapping[str, Sequence[str]], *names: str) -> list[str]:
    """Every process that these name in `needs`, and so on, each once. Cycles do no harm."""
    found: list[str] = []
    waiting = [need for name in names for need in needs[name]]
    while waiting:
        need = waiting.pop(0)
        if need not in found and need in needs:
            found.append(need)
            waiting += needs[need]
    return found


def port_words(process: Process) -> tuple[str, ...]:
    """The ports that a process names, in order: `port`, `port.grpc`. TemplateError: see `check`."""
    words: dict[str, None] = {}
    for _, settings in process.all_settings():
        for _, text in settings.templates():
            words |= dict.fromkeys(sorted(w for w in placeholders(text) if _PORT.fullmatch(w)))
    return tuple(words)


def _names(stack: Stack) -> Iterator[Misfit]:
    for kind, names in (("switches", stack.switches), ("processes", stack.processes)):
        for name in names:
            if not _NAME.fullmatch(name):
                hint = "letters, digits, `-` and `_`, a letter or digit first"
                yield Misfit((kind, name), f"`{name}` cannot be a name", hint)
    for name in stack.processes:
        if name in _TAKEN:
            hint = f"`{{{name}}}` has a meaning of its own; name the process otherwise"
            yield Misfit(("processes", name), f"a process cannot be named `{name}`", hint)
    for name, process in stack.processes.items():
        for below, settings in process.all_settings():
            for command in settings.commands:
                if not _NAME.fullmatch(command):
                    hint = "letters, digits, `-` and `_`, a letter or digit first"
                    place = ("processes", name, *below, "commands", command)
                    yield Misfit(place, f"`{command}` cannot be a name", hint)
    if not stack.processes:
        yield Misfit(("processes",), "there are no processes", "name at least one")


def _switches(stack: Stack) -> Iterator[Misfit]:
    for switch, options in stack.switches.items():
        place = ("switches", switch)
        if not options:
            yield Misfit(place, f"the switch {switch} has no options", "list at least one")
        for i, option in enumerate(options):
            if option in options[:i]:
                yield Misfit((*place, i), f"the option `{option}` is listed twice")


def _arrangement(stack: Stack, process: Process, place: Place) -> Iterator[Misfit]:
    """Are the options complete, and is there always something to run?"""
    for switch, overrides in process.by.items():
        here = (*place, "by", switch)
        options = stack.switches.get(switch)
        if options is None:
            hint = nearest(switch, stack.switches)
            yield Misfit(here, f"there is no switch `{switch}`", hint)
            continue
        unknown = [option for option in overrides if option not in options]
        for option in unknown:
            message = f"the switch {switch} has no option `{option}`"
            yield Misfit((*here, option), message, nearest(option, options))
        for option in options:
            # Not said of a misspelt option too.
            if option not in overrides and not unknown:
                hint = f"write `{option}: {{}}` where it changes nothing"
                yield Misfit(here, f"does not say what `{option}` changes", hint)
    if process.run is None and not any(
        all(override.run for override in overrides.values()) for overrides in process.by.values()
    ):
        hint = "give it one, or one for each option of a switch"
        yield Misfit(place, "has no `run`, so there is nothing to start", hint)


def _job(process: Process, place: Place) -> Iterator[Misfit]:
    if not process.once:
        return
    for below, settings in process.all_settings():
        if settings.ready.probes:
            hint = "keep only `within`, or remove `once`"
            message = "a job that runs once is ready when it exits with 0, so it has no probe"
            yield Misfit((*place, *below, "ready"), message, hint)
        if settings.serves:
            message = "a job that runs once serves nobody after it is done"
            yield Misfit((*place, *below, "serves"), message, "remove `once` or `serves`")


def _needs(stack: Stack, name: str, process: Process, place: Place) -> Iterator[Misfit]:
    for below, settings in process.all_settings():
        for i, need in enumerate(settings.needs):
            here = (*place, *below, "needs", i)
            if need == name:
                yield Misfit(here, f"{name} needs itself", "remove it")
            elif need not in stack.processes:
                hint = nearest(need, (other for other in stack.processes if other != name))
                yield Misfit(here, f"there is no process `{need}`", hint)


def _services(stack: Stack) -> Iterator[Misfit]:
    served_by: dict[str, str] = {}
    for name, process in stack.processes.items():
        for below, settings in process.all_settings():
            for service in settings.serves:
                owner = served_by.setdefault(service, name)
                if owner != name:
                    place = ("processes", name, *below, "serves", service)
                    yield Misfit(place, f"{owner} serves `{service}` already", "use another name")


def _cycle(stack: Stack) -> list[Misfit]:
    graph = {name: process.all_needs for name, process in stack.processes.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # graphlib tells it from the needed to the needing; a reader goes the other way.
        circle: list[str] = list(reversed(error.args[1]))
        message = f"a circle: {' needs '.join(circle)}"
        hint = "none of them can be the first; remove one of these needs"
        return [Misfit(("processes", circle[0], "needs"), message, hint)]
    return []


def _words(stack: Stack) -> list[Misfit]:
    """Words in braces. Presumes that all that is needed exists and that there is no cycle."""
    found: list[Misfit] = []
    parsed: dict[str, list[tuple[Place, frozenset[str]]]] = {}
    for name, process in stack.processes.items():
        parsed[name] = []
        for below, settings in process.all_settings():
            for place, text in settings.templates():
                here = ("processes", name, *below, *place)
                try:
                    parsed[name].append((here, placeholders(text)))
                except TemplateError as error:
                    hint = "double a brace that is meant as such: `{{` or `}}`"
                    found.append(Misfit(here, str(error), hint))
                else:
                    found += _written_well(here, text)
    if found:
        return found
    ports = {
        name: {word for _, words in texts for word in words if _PORT.fullmatch(word)}
        for name, texts in parsed.items()
    }
    graph = {name: process.all_needs for name, process in stack.processes.items()}
    for name, texts in parsed.items():
        process = stack.processes[name]
        for here, words in texts:
            # What an option needs is there for its own texts alone.
            below = [each for at, each in process.all_settings() if here[2 : 2 + len(at)] == at]
            own = [need for settings in below for need in settings.needs]
            needs = needed(graph | {name: own}, name)
            known = [*_OWN, *sorted(ports[name] or {"port"})]
            for need in needs:
                known += [f"{need}.{word}" for word in ("scratch", *sorted(ports[need]))]
            for word in sorted(words):
                if word not in known and not _PORT.fullmatch(word):
                    hint = _why_unknown(stack, name, needs, word, known)
                    found.append(Misfit(here, f"`{{{word}}}` is not known here", hint))
    return found


def _written_well(place: Place, text: str) -> Iterator[Misfit]:
    """Probes and addresses, as they look once every word in braces is a number."""
    filled = fill(text, dict.fromkeys(placeholders(text), "1"))
    match place[-2:]:
        case ("ready", "tcp" | "grpc") if not _HOST_AND_PORT.fullmatch(filled):
            yield Misfit(place, f"`{text}` is no port", "write `{port}` or `127.0.0.1:{port}`")
        case ("ready", "http") if not _PAGE.fullmatch(filled):
            hint = "write `{port}/health` or `http://127.0.0.1:{port}/health`"
            yield Misfit(place, f"`{text}` is no page", hint)
        case ("serves", _):
            try:
                Address.parse(filled)
            except AddressError as error:
                yield Misfit(place, f"`{text}` is no address", str(error).replace(filled, text))
        case _:
            pass


def _why_unknown(stack: Stack, name: str, needs: list[str], word: str, known: list[str]) -> str:
    owner, _, rest = word.partition(".")
    if owner == name:
        return f"its own are written without the name: `{{{rest}}}`"
    if owner in stack.processes and owner not in needs:
        return f"{name} does not need {owner}; add it to `needs`"
    return nearest(word, known)
