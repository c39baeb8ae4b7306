"""Which processes are started for a set of variants, how often, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter

from assay.systems.check import needed, port_words
from assay.systems.errors import UnknownName, named
from assay.systems.model import Process, Settings, Stack


@dataclass(frozen=True)
class Instance:
    """One process as it will be started: for one variant, or shared by all."""

    process: str
    variant: str | None
    """None: shared."""
    settings: Settings
    """With the overrides of the variant's options; words in braces not filled in yet."""
    once: bool
    needs: tuple[str, ...]
    """Keys of the instances that must be ready first."""
    sees: tuple[str, ...]
    """Keys of the instances whose ports and folders its texts may name: all it needs, also through
    others."""
    ports: tuple[str, ...]
    """The ports it asks for, as words in braces: `port`, `port.grpc`."""
    outside: bool = False
    """Part of the world around the system: it runs where the load comes from."""

    @property
    def key(self) -> str:
        """Unique in the plan, and fit for a file name: `postgres`, `lookup.before`."""
        return _key(self.process, self.variant)

    @property
    def offers(self) -> frozenset[str]:
        """The services it serves and the files it provides: `lookup`, `catalogue.ids`."""
        provided = (f"{self.process}.{name}" for name in self.settings.provides)
        return frozenset((*self.settings.serves, *provided))

    def __str__(self) -> str:
        return named(self.process, self.variant)


@dataclass(frozen=True)
class Plan:
    instances: tuple[Instance, ...]
    """In an order in which each comes after all that it needs."""
    variants: tuple[str, ...]

    @cached_property
    def by_key(self) -> Mapping[str, Instance]:
        return {instance.key: instance for instance in self.instances}

    def own(self, variant: str) -> tuple[Instance, ...]:
        """The instances that this variant shares with nobody. Raises UnknownName."""
        if variant not in self.variants:
            raise UnknownName("variant", variant, self.variants)
        return tuple(each for each in self.instances if each.variant == variant)

    def of(
        self, variants: Iterable[str], uses: Iterable[str] | None = None
    ) -> tuple[Instance, ...]:
        """All that these variants need, shared instances among them. Raises UnknownName.

        With `uses`, names of services and of provided files, only what serves or provides one of
        them, and all that it needs.
        """
        wanted = {each.key for variant in variants for each in self.own(variant)}
        found = [each for each in self.instances if each.variant is None or each.key in wanted]
        if uses is not None:
            users = [each for each in found if not each.offers.isdisjoint(uses)]
            needed = {key for each in users for key in (each.key, *each.sees)}
            found = [each for each in found if each.key in needed]
        return tuple(found)

    def serving(self, variant: str, service: str) -> Instance:
        """Who serves `service` to a variant. Raises UnknownName."""
        known: list[str] = []
        for instance in self.of([variant]):
            if service in instance.settings.serves:
                return instance
            known += instance.settings.serves
        raise UnknownName("service", service, known)

    def providing(self, variant: str, name: str) -> Instance:
        """Who provides `PROCESS.NAME` to a variant. Raises UnknownName."""
        known: list[str] = []
        for instance in self.of([variant]):
            names = [f"{instance.process}.{provided}" for provided in instance.settings.provides]
            if name in names:
                return instance
            known += names
        raise UnknownName("provided file", name, known)


def plan(stack: Stack, variants: Mapping[str, Mapping[str, str]]) -> Plan:
    """One instance a variant of each process that follows a switch, itself or through what it
    needs, and one of each other process.

    The stack and the variants' choices must have passed `stack_misfits` and `variant_misfits`.
    """
    processes = stack.processes
    graph = {name: process.all_needs for name, process in processes.items()}
    follows = {
        name: any(processes[each].by for each in (name, *needed(graph, name))) for name in processes
    }
    arranged = {
        variant: {
            name: _arranged(process, stack.chosen(chosen)) for name, process in processes.items()
        }
        for variant, chosen in variants.items()
    }

    def instance(name: str, variant: str | None) -> Instance:
        process = processes[name]
        settings = process if variant is None else arranged[variant][name]
        needs = graph if variant is None else {n: s.needs for n, s in arranged[variant].items()}

        def keys(names: Iterable[str]) -> tuple[str, ...]:
            return tuple(_key(each, variant if follows[each] else None) for each in names)

        return Instance(
            process=name,
            variant=variant,
            settings=settings,
            once=process.once,
            needs=keys(settings.needs),
            sees=keys(needed(needs, name)),
            ports=port_words(process),
            outside=process.outside,
        )

    order = TopologicalSorter(graph)
    return Plan(
        tuple(
            instance(name, variant)
            for name in order.static_order()
            for variant in (variants if follows[name] else (None,))
        ),
        tuple(variants),
    )


def _arranged(process: Process, chosen: Mapping[str, str]) -> Settings:
    settings: Settings = process
    for switch, options in process.by.items():
        settings = settings.overridden(options[chosen[switch]])
    return settings


def _key(process: str, variant: str | None) -> str:
    return process if variant is None else f"{process}.{variant}"
