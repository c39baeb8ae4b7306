"""The system that a claims file names: started from its stack, or reached where it runs."""

from __future__ import annotations

from collections.abc import Mapping

from assay.claims import ClaimsDocument
from assay.documents import Document, DocumentError, nearest
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
    for name, fault in claims.file.faults.items():
        if fault.process not in stack.value.processes:
            key = "kill" if fault.kill is not None else "freeze"
            message = f"the stack has no process `{fault.process}`"
            hint = nearest(fault.process, stack.value.processes)
            problems.append(
                claims.document.problem("faults", name, key, message=message, hint=hint)
            )
    if problems:
        raise DocumentError(problems)
    return stack
