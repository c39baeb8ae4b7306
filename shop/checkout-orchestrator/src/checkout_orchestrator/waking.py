"""Who waits for a checkout is woken: with each change of it, or only when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checkout_orchestrator.saga import Change


def end_of(checkout_id: str) -> str:
    """To be watched by those for whom only the end counts: most change four times before."""
    return f"{checkout_id} over"


def keys_of(changes: Iterable[Change]) -> Iterator[str]:
    """What watchers are told of changes."""
    for change in changes:
        yield change.checkout.checkout_id
        if change.checkout.terminal:
            yield end_of(change.checkout.checkout_id)
