"""Runs blocks on the engine and waits for them as asyncio tasks; detects the end of a warm-up."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager

from assay import _engine
from assay.load.errors import LoadError
from assay.load.spec import BlockSpec

POLL_S = 1.0
"""Between two looks at a block under way. Each takes time from the system that is measured: at ten
a second they delayed 1% of the requests of a fast service by 0.4 ms, and so made its p99."""
WARM_UP_LIMIT_S = 30.0
"""A system that is not steady by then is not measured."""
WARM_UP_SLICE_S = 0.25

OnProgress = Callable[[_engine.Progress], None]
SteadyAt = Callable[[Sequence[_engine.Slice]], float | None]
"""Given the slices so far: the second at which the load had become steady, or None."""


async def run_block(
    spec: BlockSpec,
    feeds: Mapping[str, _engine.Feed],
    on_progress: OnProgress | None = None,
    check: Callable[[], None] | None = None,
    poll_s: float = POLL_S,
) -> _engine.Result:
    """Load one block. `check` is called along the way and ends the block by raising.

    A cancelled task cancels the engine. Raises LoadError where the block could not be run at all.
    """
    with _started(spec, feeds) as running:
        while (result := await asyncio.to_thread(running.wait, poll_s)) is None:
            if on_progress:
                on_progress(running.progress())
            if check:
                check()
        return result


@dataclasses.dataclass(frozen=True)
class WarmUp:
    """How a warm-up ended."""

    steady_at_s: float | None
    """None: never steady within the limit."""
    seconds: float


async def warm_up(
    spec: BlockSpec,
    feeds: Mapping[str, _engine.Feed],
    steady_at: SteadyAt,
    check: Callable[[], None] | None = None,
    limit_s: float = WARM_UP_LIMIT_S,
) -> WarmUp:
    """Load with the block's own workload until `steady_at` is satisfied or `limit_s` has passed."""
    warming = dataclasses.replace(
        spec, duration_s=limit_s, slice_s=WARM_UP_SLICE_S, lead_in_s=0.0, hiccups=False
    )
    with _started(warming, feeds) as running:
        while await asyncio.to_thread(running.wait, WARM_UP_SLICE_S / 2) is None:
            if check:
                check()
            steady = steady_at(running.slices())
            if steady is not None:
                seconds = running.progress().elapsed_s
                running.cancel()
                await asyncio.to_thread(running.wait)
                return WarmUp(steady, seconds)
        return WarmUp(steady_at(running.slices()), limit_s)


@contextmanager
def _started(spec: BlockSpec, feeds: Mapping[str, _engine.Feed]) -> Generator[_engine.Running]:
    """A block under way that is cancelled when the code around it is left early."""
    try:
        running = _engine.start(spec.as_json(), dict(feeds))
    except (ValueError, _engine.EngineError) as error:
        raise LoadError(str(error)) from error
    try:
        yield running
    except _engine.EngineError as error:
        raise LoadError(str(error)) from error
    finally:
        running.cancel()
