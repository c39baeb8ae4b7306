"""`assay up` and `assay down`: the system of a claims file, kept up in the background."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from assay.claims import ClaimsDocument
from assay.run.exits import UsageError
from assay.run.stage import checked_stack
from assay.systems import start_keeper, stop_keeper


def up(claims: ClaimsDocument, variant: str | None) -> Iterator[str]:
    """Start one variant or all; a line for each address."""
    stack = checked_stack(claims)
    if stack is None:
        raise UsageError(f"{claims.document.path} names addresses: there is nothing to start")
    variants = claims.file.variants
    if variant is not None and variant not in variants:
        raise UsageError(f"there is no variant `{variant}`; the file has {', '.join(variants)}")
    chosen = {name: variants[name] for name in variants if variant in (None, name)}
    keeper = start_keeper(stack.path, chosen, Path("runs") / "up")
    for name, services in keeper.addresses.items():
        for service, address in services.items():
            yield f"{name}  {service}  {address}"


def down(claims: ClaimsDocument) -> str:
    """Stop what `up` started."""
    path = claims.stack_path
    if path is None:
        raise UsageError(f"{claims.document.path} names addresses: there is nothing to stop")
    stop_keeper(path)
    return f"the system of {path} is down"
