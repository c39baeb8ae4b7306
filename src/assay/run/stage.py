"""The system that a claims file names: started from its stack, or reached where it runs."""

from __future__ import annotations

from collections.abc import Mapping

from assay.claims import ClaimsDocument, Ratio, Zero
from assay.documents import Document, DocumentError, Problem, nearest
from assay.evidence import RunFolder
from assay.load.cores import Cores
from assay.run.observer import Observer
from assay.systems import (
    Address,
    Event,
    LocalSystem,
    RunningSystem,
    Stack,
    System,
    read_stack,
    variant_misfits,
)
from assay.systems.plan import plan
from assay.systems.template import placeholders


def open_system(
    claims: ClaimsDocument,
    stack: Document[Stack] | None,
    folder: RunFolder,
    observer: Observer,
    cores: Cores,
) -> System:
    """The system, not started yet; an async context manager. `stack` is the `checked_stack`."""
    if stack is None:
        addresses = claims.file.addresses or {}
        return RunningSystem(
            {
                variant: {name: Address.parse(text) for name, text in services.items()}
                for variant, services in addresses.items()
            }
        )

    def happened(event: Event) -> None:
        folder.event(
            event.kind,
            process=event.process,
            variant=event.variant,
            seconds=event.seconds,
            detail=event.detail,
        )
        if event.kind == "starting":
            observer.stage(
                f"starting {event.process}" + (f" ({event.variant})" if event.variant else "")
            )

    outside = None if cores.generator is None else [cores.generator]
    return LocalSystem(stack, claims.file.variants, folder.logs, happened, cores.system, outside)


def checked_stack(claims: ClaimsDocument) -> Document[Stack] | None:
    """The stack file of the claims, with every variant's switches checked.

    None where the claims name addresses: nothing is started. Raises DocumentError.
    """
    path = claims.stack_path
    if path is None:
        return None
    stack = read_stack(path)
    variants: Mapping[str, Mapping[str, str]] = claims.file.variants
    problems = [
        claims.document.problem(
            "variants", variant, *misfit.place, message=misfit.message, hint=misfit.hint
        )
        for variant, chosen in variants.items()
        for misfit in variant_misfits(stack.value, chosen)
    ]
    problems += _fault_problems(claims, stack.value) if not problems else []
    if problems:
        raise DocumentError(problems)
    return stack


def _is_told(stack: Stack, client: str, server: str) -> bool:
    """Whether a text of the client, in any option, names a port of the server."""
    return any(
        word.startswith(f"{server}.port")
        for _, settings in stack.processes[client].all_settings()
        for _, text in settings.templates()
        for word in placeholders(text)
    )


def _has_disk(stack: Stack, process: str) -> bool:
    """In any option."""
    settings = (each for _, each in stack.processes[process].all_settings())
    return any(each.disk_bytes is not None for each in settings)


def _commands(stack: Stack, process: str) -> set[str]:
    """Of the process, in any option."""
    return {
        name
        for _, settings in stack.processes[process].all_settings()
        for name in settings.commands
    }


def _fault_problems(claims: ClaimsDocument, stack: Stack) -> list[Problem]:
    """Of faults of what is no process, and of claims whose variant does not have it to itself.

    What others of the variants have too may be done something to: they stand still meanwhile.
    """
    problems: list[Problem] = []
    for name, fault in claims.file.faults.items():
        if fault.any_of is not None:
            continue
        place = "faults", name, fault.kind
        for named in (*fault.processes, *([fault.server] if fault.server else [])):
            process = stack.processes.get(named)
            if process is None:
                message = f"the stack has no process `{named}`"
                hint = nearest(named, stack.processes)
                problems.append(claims.document.problem(*place, message=message, hint=hint))
            elif process.once:
                message = f"`{named}` is a job: it has ended before a block begins"
                problems.append(claims.document.problem(*place, message=message))
        if not problems and fault.server and not _is_told(stack, fault.process, fault.server):
            message = f"`{fault.process}` is told no port of `{fault.server}`"
            hint = f"a link is where a process's texts name one: {{{fault.server}.port}}"
            problems.append(claims.document.problem(*place, message=message, hint=hint))
        if not problems and fault.kind == "fill" and not _has_disk(stack, fault.process):
            message = f"`{fault.process}` has no disk of its own"
            hint = "give it one in the stack, such as `disk: 256MB`"
            problems.append(claims.document.problem(*place, message=message, hint=hint))
        if not problems and fault.kind == "run":
            known = _commands(stack, fault.process)
            if fault.command not in known:
                message = f"`{fault.process}` has no command `{fault.command}`"
                hint = nearest(fault.command, known) or "give it one in the stack, in `commands`"
                problems.append(claims.document.problem(*place, message=message, hint=hint))
    planned = plan(stack, claims.file.variants)
    for row in () if problems else claims.rows:
        if row.during is None or isinstance(row.shape, Ratio):
            continue
        shape = row.shape
        variant = shape.variant if isinstance(shape, Zero) else shape.quantity.variant
        own = {each.process for each in planned.own(variant)}
        broken = {
            process
            for fault in claims.file.broken_by(row.during)
            if fault.kind != "run"
            for process in fault.processes
        }
        for process in sorted(broken - own):
            message = f"`{process}` is not of `{variant}` alone: variants share it"
            place = row.place[0], row.name, "during"
            hint = f"one of its own would do: {', '.join(sorted(own))}"
            problems.append(claims.document.problem(*place, message=message, hint=hint))
    return problems
